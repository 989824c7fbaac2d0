//! Statements drawn for a test from the grammar of a theory.

use crate::conjecture::{
    Completer, ConjectureError, ConjectureOptions, FilterOptions, Filters, Treatment, Treatments, UniformChooser,
    has_variables,
};
use crate::models::{Limits, Verdict};
use crate::network::Uniform;
use crate::prove::attempt::Collect;
use crate::prove::models::{TestError, Tester};
use crate::prove::{Budget, Prover, Statement, World};
use crate::theory::Theory;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Nodes within which uniform search proves statements that are too easy to distinguish contestants.
pub const EASY_NODES: u64 = 3;
/// Drafts for each statement that is wanted, at most, and at least for all of them.
const DRAFTS: usize = 1_000;
const LEAST_DRAFTS: usize = 50_000;

/// Limits of the final test of a statement: a tenth of those of a goal finds nearly as much.
const LAST: Limits = Limits { evaluations: 100_000, ..Limits::THOROUGH };

/// Treatment of drafts: those equal up to the theory's equations are taken once, and instances of its facts are
/// dropped.
const MODULO: Treatments = Treatments { equal: Treatment::Drop, instance: Treatment::Drop, saturated: Treatment::Keep };

/// The statements that are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// The number of statements.
    pub count: usize,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// Statements that are not to be among them, nor any that are the same up to the names of variables, the order of
    /// premises and the sides of equations, or up to the theory's equations: the statements used in training. Texts
    /// that the theory cannot read are ignored.
    pub exclude: &'a [String],
    /// Node limit of the uniform search whose proofs make a statement too easy to be drawn; 0 admits all.
    pub easy_nodes: u64,
}

impl Draw<'_> {
    /// `count` statements, none excluded, without the easy ones.
    pub fn new(count: usize, seed: u64) -> Self {
        Self { count, seed, exclude: &[], easy_nodes: EASY_NODES }
    }
}

/// Errors of drawing statements.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The theory has nothing to state.
    #[error("no statements can be drawn: {0}")]
    Conjecture(#[from] ConjectureError),
    /// The theory contradicts itself, or a theorem of it is refuted.
    #[error(transparent)]
    Test(#[from] TestError),
    /// There are not so many.
    #[error("only {found} of {wanted} statements were found in {drafts} drafts ({lost}): draw fewer, or give goals")]
    TooFew {
        /// Statements found.
        found: usize,
        /// Statements wanted.
        wanted: usize,
        /// Statements that were written.
        drafts: usize,
        /// The reasons why the other drafts were dropped, counted.
        lost: Lost,
    },
}

/// Counts of the drafts that are not in a test, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Given up, without variables, or refused by the filters.
    pub refused: usize,
    /// Refuted, vacuous, or with a premise that is not needed.
    pub untrue: usize,
    /// Proved at once.
    pub easy: usize,
    /// The reason why the models had no verdict on some, if there were such.
    pub unknown: Option<String>,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { refused, untrue, easy, unknown } = self;
        write!(f, "{refused} refused, {untrue} false, vacuous or weakened, {easy} too easy")?;
        unknown.as_ref().map_or(Ok(()), |reason| write!(f, "; of others the models say: {reason}"))
    }
}

/// Draws statements for a test: well typed, distinct up to symmetries and equations, with variables, true in all
/// instances that models of the theory are asked for (see [`prover_models`](crate::models)), some of which meet the
/// premises in the model that is meant, with every premise needed, and neither facts of the theory (its lemmas
/// included) nor instances of them, nor proved at once. `hear` is called for each one found.
///
/// They are those of the [weighted grammar](UniformChooser), without a network. Truth in models does not imply
/// provability: where the theory is weaker than its models, some of them have no proof.
///
/// # Errors
///
/// [`DrawError::TooFew`] after so many drafts that the theory seems not to have enough; the theory states nothing, or
/// contradicts itself.
pub fn drawn(world: &World, draw: Draw<'_>, hear: &dyn Fn()) -> Result<Vec<Statement>, DrawError> {
    let mut theory = world.theory.fork();
    let mut completer = Completer::new(&mut theory, &ConjectureOptions::default())?;
    // Most drafts are false, and models say so at less expense than equations say what is known.
    let mut syntactic = Filters::new(&mut theory, FilterOptions::default());
    let mut modulo = Filters::new(&mut theory, FilterOptions { modulo: Some(MODULO), ..FilterOptions::default() });
    for text in draw.exclude {
        if let Ok(statement) = theory.statement(text) {
            syntactic.remember(&mut theory, statement);
            modulo.remember(&mut theory, statement);
        }
    }
    let mut tester = Tester::new(world.theory.fork())?;
    let mut rng = ChaCha8Rng::seed_from_u64(draw.seed);
    let mut found: Vec<Statement> = Vec::new();
    let mut lost = Lost::default();
    let most = draw.count.saturating_mul(DRAFTS).max(LEAST_DRAFTS);
    for drafts in 0.. {
        if found.len() == draw.count {
            break;
        }
        if drafts == most {
            return Err(DrawError::TooFew { found: found.len(), wanted: draw.count, drafts, lost });
        }
        let draft = completer.complete(&mut theory, &mut UniformChooser::new(&mut rng));
        let Some(conjecture) = draft.filter(|draft| {
            has_variables(&mut theory, draft.statement) && syntactic.admit(&mut theory, draft.statement).is_ok()
        }) else {
            lost.refused += 1;
            continue;
        };
        let statement = Statement { name: name(&theory, found.len()), text: conjecture.text };
        let verdict = tester.test(&statement, &Limits::QUICK, &mut rng)?.verdict;
        if let Verdict::Unknown(reason) = verdict {
            lost.unknown = Some(reason.to_string());
            continue;
        }
        if !is_true(&verdict) {
            lost.untrue += 1;
            continue;
        }
        if modulo.admit(&mut theory, conjecture.statement).is_err() {
            lost.refused += 1;
        } else if is_easy(world, &statement, draw) {
            lost.easy += 1;
        } else if !is_true(&tester.test(&statement, &LAST, &mut rng)?.verdict) {
            lost.untrue += 1;
        } else {
            found.push(statement);
            hear();
        }
    }
    Ok(found)
}

/// Whether a statement is true in all instances that were looked at, some of which meet its premises in the model that
/// is meant, and needs its premises.
fn is_true(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Survives { meant: 1.., .. })
}

/// Whether uniform search proves a statement at once.
fn is_easy(world: &World, statement: &Statement, draw: Draw<'_>) -> bool {
    let budget = Budget { nodes: draw.easy_nodes, seconds: None, batch: 1 };
    draw.easy_nodes > 0
        && Prover::new(world, &Uniform, draw.seed).attempt(statement, budget, Collect::NOTHING).found.is_some()
}

/// A name that the theory does not have.
fn name(theory: &Theory, index: usize) -> String {
    let mut name = format!("drawn_{}", index + 1);
    while theory.environment.find(&name).is_some() {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::Lemmas;

    #[test]
    fn statements_of_a_test_are_true_distinct_and_not_easy() {
        let world = Lemmas::new("propositional-logic").world().unwrap();
        let heard = std::cell::Cell::new(0);
        let statements = drawn(&world, Draw::new(12, 1), &|| heard.set(heard.get() + 1)).unwrap();
        assert_eq!((statements.len(), heard.get()), (12, 12));
        let mut theory = world.theory.fork();
        let mut filters = Filters::new(&mut theory, FilterOptions::default());
        let mut tester = Tester::new(world.theory.fork()).unwrap();
        for statement in &statements {
            let term = theory.statement(&statement.text).unwrap();
            assert!(filters.admit(&mut theory, term).is_ok(), "{}", statement.text);
            let verdict = tester.test(statement, &Limits::THOROUGH, &mut ChaCha8Rng::seed_from_u64(7)).unwrap().verdict;
            assert!(is_true(&verdict), "{}: {verdict}", statement.text);
            assert!(statement.text.starts_with("[('a0 : "), "{}", statement.text);
            assert!(!is_easy(&world, statement, Draw::new(0, 5)), "{}", statement.text);
        }
        // The same seed draws the same, another one others.
        assert_eq!(drawn(&world, Draw::new(12, 1), &|| {}).unwrap(), statements);
        let others = drawn(&world, Draw::new(12, 2), &|| {}).unwrap();
        assert!(others.iter().any(|other| statements.iter().all(|statement| statement.text != other.text)));
        // What is excluded is not drawn, whatever its variables are called and in whichever order its premises stand.
        let exclude: Vec<String> = statements.iter().map(|statement| statement.text.clone()).collect();
        let fresh = drawn(&world, Draw { exclude: &exclude, ..Draw::new(12, 1) }, &|| {}).unwrap();
        assert!(fresh.iter().all(|statement| !exclude.contains(&statement.text)));
        let easy = drawn(&world, Draw { easy_nodes: 0, ..Draw::new(40, 1) }, &|| {}).unwrap();
        assert!(easy.iter().any(|statement| is_easy(&world, statement, Draw::new(0, 1))));
    }

    #[test]
    fn a_theory_that_has_too_few_says_how_many_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small.p");
        let text = "unit : type. it : unit. good : [unit -> prop]. all_good : [('x : unit) -> (good 'x)].";
        std::fs::write(&path, text).unwrap();
        let world = Lemmas::new(path.to_str().unwrap()).world().unwrap();
        let error = drawn(&world, Draw::new(20, 0), &|| {}).unwrap_err();
        let DrawError::TooFew { found: 0, wanted: 20, drafts: LEAST_DRAFTS, lost } = &error else { panic!("{error}") };
        assert!(lost.refused > 0 && error.to_string().starts_with("only 0 of 20 statements were found"), "{error}");
    }
}
