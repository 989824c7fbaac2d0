//! Mutants of proof terms, statements and declarations, judged by the kernel and by the naive checker.
//!
//! Mutants come in blocks. A block works on one declaration of one theory, in one fork of the environment in which that
//! was checked, so that the caches of the kernel are full of entries from earlier mutants of the block. All of a block
//! follows from the seed and the block's number.

use crate::edit::{Edit, Mutator};
use crate::material::{Original, World};
use crate::naive::{self, Declared, Reader, Refusal, Work};
use prover::logic::{DeclarationKind, Environment, KernelError, Sort, TermId};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Mutants a block.
pub const BLOCK: u64 = 64;

/// Declarations after a changed one that are checked with it.
const FOLLOWERS: usize = 8;

/// Counts by name.
pub type Counts = BTreeMap<String, u64>;

/// Counts of the mutants by their outcome.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Changed declarations that were judged.
    pub mutants: u64,
    /// Attempts that changed nothing; they are not among the mutants.
    pub trivial: u64,
    /// Unchanged declarations that were judged after a changed one.
    pub followers: u64,
    pub kernel_accepts: u64,
    pub naive_accepts: u64,
    pub naive_gave_up: u64,
    /// Accepted by the naive checker, and too much for the kernel's budget.
    pub kernel_gave_up: u64,
    /// The kernel's answers.
    pub answers: Counts,
    /// By the last change: mutants, and those accepted.
    pub edits: BTreeMap<Edit, (u64, u64)>,
}

impl Sum for Figures {
    fn mutants(&self) -> u64 {
        self.mutants
    }

    fn add(&mut self, other: &Self) {
        self.mutants += other.mutants;
        self.trivial += other.trivial;
        self.followers += other.followers;
        self.kernel_accepts += other.kernel_accepts;
        self.naive_accepts += other.naive_accepts;
        self.naive_gave_up += other.naive_gave_up;
        self.kernel_gave_up += other.kernel_gave_up;
        for (answer, count) in &other.answers {
            *self.answers.entry(answer.clone()).or_default() += count;
        }
        for (edit, (count, accepted)) in &other.edits {
            let entry = self.edits.entry(*edit).or_default();
            *entry = (entry.0 + count, entry.1 + accepted);
        }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |count: u64| 100.0 * count as f64 / (self.mutants + self.followers).max(1) as f64;
        writeln!(f, "{} mutants, {} declarations after them, {} trivial", self.mutants, self.followers, self.trivial)?;
        writeln!(f, "kernel accepts {} ({:.1}%)", self.kernel_accepts, share(self.kernel_accepts))?;
        writeln!(f, "naive accepts {}, gave up {}", self.naive_accepts, self.naive_gave_up)?;
        writeln!(f, "naive accepts what exhausts the kernel: {}", self.kernel_gave_up)?;
        let mut answers: Vec<_> = self.answers.iter().collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (answer, count) in answers {
            writeln!(f, "  {count:>9} {:>5.1}% {answer}", share(*count))?;
        }
        for (edit, (count, accepted)) in &self.edits {
            let percent = 100.0 * *accepted as f64 / (*count).max(1) as f64;
            writeln!(f, "  {count:>9} {:>15} {percent:>5.1}% accepted", format!("{edit:?}"))?;
        }
        Ok(())
    }
}

/// A disagreement of the two checkers, with all that is needed to see it again.
#[derive(Clone, Debug)]
pub struct Disagreement(pub String);

/// Answer of both checkers on a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Both have added it.
    Accepted,
    /// Neither has.
    Refused,
    /// One accepts it, the other gave up: they no longer declare the same.
    Unknown,
}

/// A declaration to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    kind: DeclarationKind,
    ty: TermId,
    value: Option<TermId>,
}

impl From<&Original> for Candidate {
    fn from(original: &Original) -> Self {
        Self { kind: original.kind, ty: original.ty, value: original.value }
    }
}

impl Candidate {
    /// Hands it to the kernel under a name.
    fn add(self, environment: &mut Environment, name: &str) -> Result<(), KernelError> {
        match (self.kind, self.value) {
            (DeclarationKind::Definition, Some(value)) => environment.add_definition(name, self.ty, value).map(|_| ()),
            (DeclarationKind::Theorem, Some(proof)) => environment.add_theorem(name, self.ty, proof).map(|_| ()),
            _ => environment.add_axiom(name, self.ty).map(|_| ()),
        }
    }

    fn read(self, environment: &Environment) -> naive::Result<Declared> {
        let mut reader = Reader::new(environment);
        let ty = reader.read(self.ty)?;
        Ok(match (self.kind, self.value) {
            (DeclarationKind::Definition, Some(value)) => Declared::Definition { ty, value: reader.read(value)? },
            (DeclarationKind::Theorem, Some(proof)) => Declared::Theorem { statement: ty, proof: reader.read(proof)? },
            _ => Declared::Axiom { ty },
        })
    }

    fn show(self, environment: &Environment) -> String {
        let show = |id| Reader::new(environment).read(id).map_or_else(|r| format!("{r:?}"), |term| naive::show(&term));
        let value = self.value.map_or_else(String::new, |value| format!("\n  = {}", show(value)));
        format!("{:?} : {}{value}", self.kind, show(self.ty))
    }
}

/// The kernel's answer in a few words: mismatches by whether the two types begin alike, since the differences of those
/// that do are found by conversion only.
fn in_words(environment: &Environment, result: &Result<(), KernelError>) -> String {
    let heads = |expected, found| {
        let store = &environment.store;
        if store.head(expected) == store.head(found) { "same head" } else { "other head" }
    };
    match result {
        Ok(()) => "accepted".to_owned(),
        Err(KernelError::ArgumentMismatch { expected, found, .. }) => {
            format!("ArgumentMismatch, {}", heads(*expected, *found))
        }
        Err(KernelError::TypeMismatch { expected, found }) => format!("TypeMismatch, {}", heads(*expected, *found)),
        Err(error) => format!("{error:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
    }
}

/// Has the kernel begin to judge a declaration and run out of steps: nothing that it leaves in its caches may be wrong.
fn interrupt(environment: &mut Environment, candidate: Candidate, rng: &mut ChaCha8Rng) {
    let Some(value) = candidate.value else { return };
    let is_inferred = rng.random_range(0..2) == 0;
    environment.set_budget(if is_inferred { 100_000 } else { rng.random_range(1..200) });
    if let Ok(found) = environment.infer(value) {
        environment.set_budget(rng.random_range(1..40));
        // Any answer will do, none included.
        let _ = environment.definitionally_equal(found, candidate.ty);
    }
}

/// Carries out blocks; each thread has its own.
pub struct Tester<'a> {
    worlds: &'a [World],
    /// For each world all its declarations, as the naive checker accepted them.
    theories: Vec<naive::Theory>,
    seed: u64,
    pub figures: Figures,
}

impl<'a> Tester<'a> {
    /// Has the naive checker accept the originals.
    pub fn new(worlds: &'a [World], seed: u64) -> Self {
        let read = |world: &World| {
            let mut theory = naive::Theory::default();
            let environment = world.bases.last().expect("there is one base more than declarations").fork();
            let checked = naive::check_environment(&mut theory, &environment, 100 * naive::STEPS);
            checked.unwrap_or_else(|(name, refusal)| panic!("{}: {name}: {refusal:?}", world.name));
            theory
        };
        Self { worlds, theories: worlds.iter().map(read).collect(), seed, figures: Figures::default() }
    }

    /// Makes and judges the mutants of a block.
    pub fn block(&mut self, block: u64) -> Result<(), Disagreement> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(block);
        let worlds = self.worlds;
        let number = rng.random_range(0..worlds.len());
        let world = &worlds[number];
        // Proofs and values are worth more than axioms.
        let cases = if rng.random_range(0..10) < 8 { &world.valued } else { &world.cases };
        let case = cases[rng.random_range(0..cases.len())];
        let mut theory = self.theories[number].clone();
        theory.truncate(case);
        let of_value = world.originals[case].value.is_some() && rng.random_range(0..8) != 0;
        let mut environment = world.bases[case].fork();
        for index in 0..BLOCK {
            let place = format!(
                "seed {}, block {block}, mutant {index}, of {} in {}",
                self.seed, world.originals[case].name, world.name
            );
            if of_value {
                let (candidate, edit) = self.value_mutant(world, case, &mut environment, &mut rng);
                let Some(candidate) = candidate else { continue };
                let answer =
                    self.judge(&mut environment, &mut theory, candidate, &format!("mutant#{index}"), &place)?;
                self.count_edit(edit, answer != Answer::Refused);
                if answer == Answer::Unknown {
                    break;
                }
            } else {
                // Each in a fork of its own: what is declared takes the name of the original.
                let mut environment = world.bases[case].fork();
                self.declaration_mutant(world, case, &mut environment, &mut theory, &mut rng, &place)?;
                theory.truncate(case);
            }
        }
        Ok(())
    }

    fn count_edit(&mut self, edit: Option<Edit>, accepted: bool) {
        self.figures.mutants += 1;
        if let Some(edit) = edit {
            let entry = self.figures.edits.entry(edit).or_default();
            *entry = (entry.0 + 1, entry.1 + u64::from(accepted));
        }
    }

    /// A changed proof or value, with a changed statement or the one that the changed proof has.
    fn value_mutant(
        &mut self,
        world: &World,
        case: usize,
        environment: &mut Environment,
        rng: &mut ChaCha8Rng,
    ) -> (Option<Candidate>, Option<Edit>) {
        let original = Candidate::from(&world.originals[case]);
        let mut changed = original;
        let mut mutator = Mutator::new(environment, rng, world, case);
        let Some(value) = original.value else { return (None, None) };
        let count = match mutator.rng.random_range(0..10) {
            0..6 => 1,
            6..8 => 2,
            _ => mutator.rng.random_range(3..7),
        };
        let restated = mutator.chance(30);
        let mut pair = [changed.ty, value];
        for _ in 0..count {
            if mutator.chance(8) {
                pair = mutator.retarget_everywhere(pair);
            } else {
                let side = usize::from(restated || mutator.chance(85));
                pair[side] = mutator.change(pair[side]);
            }
        }
        let edit = mutator.last;
        changed.value = Some(pair[1]);
        changed.ty = pair[0];
        if restated && pair[1] != value {
            environment.set_budget(1_000_000);
            // What the changed proof proves is then its statement; the naive checker has to find the same.
            if let Ok(ty) = environment.infer(pair[1]) {
                // Sometimes as a theorem though it is no proposition, or as a definition though it is one.
                let is_proof = (environment.sort_of(ty) == Ok(Sort::Prop)) != (rng.random_range(0..20) == 0);
                changed.kind = if is_proof { DeclarationKind::Theorem } else { DeclarationKind::Definition };
                changed.ty = ty;
            }
        }
        if changed == original {
            self.figures.trivial += 1;
            return (None, None);
        }
        if rng.random_range(0..8) == 0 {
            interrupt(environment, changed, rng);
        }
        (Some(changed), edit)
    }

    /// A changed declaration, and those after it on top of it as long as they are accepted.
    fn declaration_mutant(
        &mut self,
        world: &World,
        case: usize,
        environment: &mut Environment,
        theory: &mut naive::Theory,
        rng: &mut ChaCha8Rng,
        place: &str,
    ) -> Result<(), Disagreement> {
        let original = Candidate::from(&world.originals[case]);
        let mut changed = original;
        let mut mutator = Mutator::new(environment, rng, world, case);
        for _ in 0..mutator.rng.random_range(1..4) {
            match changed.value {
                Some(value) if mutator.chance(70) => changed.value = Some(mutator.change(value)),
                _ => changed.ty = mutator.change(changed.ty),
            }
        }
        let edit = mutator.last;
        if changed == original {
            self.figures.trivial += 1;
            return Ok(());
        }
        let name = &world.originals[case].name;
        let mut answer = self.judge(environment, theory, changed, name, place)?;
        self.count_edit(edit, answer != Answer::Refused);
        for follower in world.originals.iter().skip(case + 1).take(FOLLOWERS) {
            if answer != Answer::Accepted {
                break;
            }
            self.figures.followers += 1;
            let place = format!("{place}, then {}", follower.name);
            answer = self.judge(environment, theory, follower.into(), &follower.name, &place)?;
        }
        Ok(())
    }

    /// The answer of both checkers on a declaration. Both add it if it is right.
    fn judge(
        &mut self,
        environment: &mut Environment,
        theory: &mut naive::Theory,
        candidate: Candidate,
        name: &str,
        place: &str,
    ) -> Result<Answer, Disagreement> {
        let judged = candidate.read(environment);
        let judged = judged.and_then(|declared| theory.declare(name, declared, &mut Work::new(naive::STEPS)));
        let result = candidate.add(environment, name);
        *self.figures.answers.entry(in_words(environment, &result)).or_default() += 1;
        self.figures.kernel_accepts += u64::from(result.is_ok());
        self.figures.naive_accepts += u64::from(judged.is_ok());
        let explain = |what: &str| {
            let kernel = result.as_ref().map_or_else(ToString::to_string, |()| "accepted".to_owned());
            let term = candidate.show(environment);
            Err(Disagreement(format!("{what}\n{place}\n{term}\nkernel: {kernel}\nnaive: {judged:?}")))
        };
        match (&judged, &result) {
            (Ok(()), Ok(())) => Ok(Answer::Accepted),
            (Err(Refusal::Wrong(_)), Err(_)) => Ok(Answer::Refused),
            (Err(Refusal::GaveUp), _) => {
                self.figures.naive_gave_up += 1;
                Ok(if result.is_ok() { Answer::Unknown } else { Answer::Refused })
            }
            (Ok(()), Err(KernelError::BudgetExhausted | KernelError::TooDeep)) => {
                self.figures.kernel_gave_up += 1;
                Ok(Answer::Unknown)
            }
            (Err(Refusal::Wrong(_)), Ok(())) => explain("THE KERNEL ACCEPTS WHAT THE NAIVE CHECKER REFUSES"),
            (Ok(()), Err(_)) => explain("the kernel refuses what the naive checker accepts"),
        }
    }
}

/// Carries out blocks on all cores until there are `mutants`, or one shows a disagreement.
pub fn run(worlds: &[World], seed: u64, first_block: u64, mutants: u64) -> Result<Figures, Disagreement> {
    in_threads(first_block, mutants, || {
        let mut tester = Tester::new(worlds, seed);
        move |number| tester.block(number).map(|()| std::mem::take(&mut tester.figures))
    })
}

/// Figures of a block that add up.
pub trait Sum: Default + Send {
    /// The mutants among them.
    fn mutants(&self) -> u64;
    fn add(&mut self, other: &Self);
}

/// Carries out blocks on all cores, each thread with a worker of its own, until there are enough mutants or one shows a
/// disagreement.
pub fn in_threads<F: Sum, W: FnMut(u64) -> Result<F, Disagreement>>(
    first_block: u64,
    mutants: u64,
    new_worker: impl Fn() -> W + Sync,
) -> Result<F, Disagreement> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    let (next, made) = (AtomicU64::new(first_block), AtomicU64::new(0));
    let (next, made, new_worker) = (&next, &made, &new_worker);
    let work = move || {
        naive::on_a_large_stack(move || {
            let (mut worker, mut figures) = (new_worker(), F::default());
            while made.load(Ordering::Relaxed) < mutants {
                // The others need not go on after a disagreement.
                let result = worker(next.fetch_add(1, Ordering::Relaxed));
                let of_block = result.inspect_err(|_| made.store(u64::MAX / 2, Ordering::Relaxed))?;
                made.fetch_add(of_block.mutants(), Ordering::Relaxed);
                figures.add(&of_block);
            }
            Ok(figures)
        })
    };
    let joined: Vec<Result<F, Disagreement>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let mut sum = F::default();
    for figures in joined {
        sum.add(&figures?);
    }
    Ok(sum)
}
