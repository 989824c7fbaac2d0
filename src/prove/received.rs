//! Theorems claimed by another process, which is not trusted: they are checked here.

use super::attempt::Found;
use super::lemmas::{Lemmas, Statement, Theorem, World};
use super::prover::confirm;
use prover_search::Deadline;
use prover_syntax::tree::ItemKind;
use prover_theory::Theory;
use prover_theory::print::{Names, print};
use rustc_hash::FxHashSet;

/// The longest script of a proof that is looked at, in bytes.
const SCRIPT: usize = 1 << 20;
/// The longest statement of a lemma that comes with a proof, in bytes.
const STATEMENT: usize = 2_000;
/// Seconds in which a theorem must have been checked.
const SECONDS: f64 = 60.0;
/// Lemmas that come with a proof, at most.
const LEMMAS: usize = 64;

/// Reason why received steps prove no theorem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATheorem {
    /// It is larger than any that a well-behaved sender sends.
    #[error("the {0} is too large")]
    TooLarge(&'static str),
    /// The steps end the theorem and go on with something else, or are not steps.
    #[error("it is not the steps of one proof: {0}")]
    NotSteps(String),
    /// A lemma has no name of its own.
    #[error("the lemma `{0}` has a name that is taken, or none")]
    Name(String),
    /// A lemma states nothing in this theory, or not in the canonical way.
    #[error("the lemma `{0}` is no statement in canonical form")]
    Statement(String),
    /// It claims to use a lemma that there is not, or one twice.
    #[error("it says that it uses `{0}`, which is no lemma, or named twice")]
    Uses(String),
    /// The kernel does not accept it.
    #[error("it is refused: {0}")]
    Refused(String),
}

/// A proof as another process gives it: the steps and the lemmas that they use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The steps, a line each.
    pub script: String,
    /// The lemmas that the proof uses.
    pub uses: Vec<String>,
}

/// The theorem that some steps prove *of the statement that was asked for*, and the lemmas that they rest on beyond
/// those that are known, all of them checked by the kernel in `world`, which has the known lemmas. Nothing is added to
/// `world`.
///
/// # Errors
///
/// [`NotATheorem`].
pub fn received(
    world: &World,
    known: &Lemmas,
    asked: &Statement,
    steps: Steps,
    found_on_the_way: Vec<Theorem>,
) -> Result<(Theorem, Vec<Theorem>), NotATheorem> {
    if found_on_the_way.len() > LEMMAS {
        return Err(NotATheorem::TooLarge("number of lemmas"));
    }
    let mut theory = world.theory.fork();
    let mut lemmas = known.clone();
    for lemma in &found_on_the_way {
        let Theorem { name, text, script, uses } = lemma;
        let is_new = theory.environment.find(name).is_none() && *name != asked.name && known.find(name).is_none();
        if !is_new || name.len() > STATEMENT {
            return Err(NotATheorem::Name(name.chars().take(80).collect()));
        }
        let is_canonical = text.len() <= STATEMENT
            && theory
                .statement(text)
                .is_ok_and(|statement| print(&mut theory.environment, &Names::new(), statement) == *text);
        if !is_canonical {
            return Err(NotATheorem::Statement(name.clone()));
        }
        let statement = Statement { name: name.clone(), text: text.clone() };
        let steps = Steps { script: script.clone(), uses: uses.clone() };
        lemmas.push(checked(world, &mut theory, &lemmas, &statement, steps)?);
    }
    let theorem = checked(world, &mut theory, &lemmas, asked, steps)?;
    Ok((theorem, found_on_the_way))
}

/// A theorem that is checked as a file with the lemmas that it names and no others, and added to a theory.
fn checked(
    world: &World,
    theory: &mut Theory,
    lemmas: &Lemmas,
    asked: &Statement,
    steps: Steps,
) -> Result<Theorem, NotATheorem> {
    let Steps { script, uses } = steps;
    if script.len() > SCRIPT {
        return Err(NotATheorem::TooLarge("script"));
    }
    let theorem = Theorem { name: asked.name.clone(), text: asked.text.clone(), script, uses };
    is_one_theorem(&theorem)?;
    let (script, uses) = (theorem.script.clone(), theorem.uses.clone());
    let found = Found { script, uses, log_prior: 0.0, size: 0 };
    let deadline = Deadline::within(Some(SECONDS));
    // By itself, as its file will be checked; and where all lemmas are, as it will be used.
    confirm(&world.source, lemmas, asked, &found, deadline).map_err(|error| NotATheorem::Refused(error.to_string()))?;
    theory.environment.set_deadline(deadline.instant());
    // A proof that is looked for again is of a lemma that is there.
    let mut again = theorem.clone();
    while theory.environment.find(&again.name).is_some() {
        again.name.push('_');
    }
    let entered = again.enter(theory);
    theory.environment.set_deadline(None);
    entered.map_err(|error| NotATheorem::Refused(error.to_string()))?;
    let stated = theory.goal(&theorem.text).ok();
    let environment = &theory.environment;
    let declaration = environment.find(&again.name).map(|constant| environment.declaration(constant));
    if declaration.is_none_or(|declaration| Some(declaration.ty) != stated) {
        return Err(NotATheorem::Refused("it is of another statement".into()));
    }
    // An honest proof may name a lemma that neither its steps nor its term mention, such as a rule by which a state was
    // brought to its normal form: one that is there at all is therefore believed.
    let is_known = |name: &str| environment.find(name).is_some();
    let mut seen = FxHashSet::default();
    match theorem.uses.iter().find(|name| !is_known(name) || !seen.insert(name.as_str())) {
        Some(name) => Err(NotATheorem::Uses(name.chars().take(80).collect())),
        None => Ok(theorem),
    }
}

/// Whether the text of an item is one theorem of the name and the statement that were asked for. It is seen before
/// anything is loaded: an import would read files.
fn is_one_theorem(theorem: &Theorem) -> Result<(), NotATheorem> {
    let text = theorem.item();
    let (tree, errors) = prover_syntax::parse(&text);
    if let Some(error) = errors.first() {
        return Err(NotATheorem::NotSteps(error.message.clone()));
    }
    let of = |start: u32, end: u32| text.get(start as usize..end as usize).unwrap_or_default();
    match &tree.items[..] {
        [item] => match &item.kind {
            ItemKind::Theorem { decl, .. }
                if of(decl.name.span.start, decl.name.span.end) == theorem.name
                    && of(tree.span(decl.ty).start, tree.span(decl.ty).end) == theorem.text =>
            {
                Ok(())
            }
            _ => Err(NotATheorem::NotSteps("it is another item".into())),
        },
        items => Err(NotATheorem::NotSteps(format!("there are {} items", items.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, Prover};
    use prover_network::Uniform;

    fn proved(known: &Lemmas, name: &str, text: &str) -> (World, Statement, Theorem) {
        let world = known.world().unwrap();
        let asked = known.goal(name, text).unwrap();
        let budget = Budget { nodes: 10_000, seconds: None, batch: 1 };
        let (theorem, _) = Prover::new(&world, &Uniform, 0).prove(known, &asked, budget);
        (world, asked, theorem.unwrap())
    }

    const ZERO: &str = "[('a0 : nat) -> (= (+ z 'a0) 'a0)]";

    #[test]
    fn a_proof_is_taken_and_nothing_else_is() {
        let known = Lemmas::new("nat-add");
        let (world, asked, theorem) = proved(&known, "zero_add", ZERO);
        let steps = Steps { script: theorem.script.clone(), uses: theorem.uses.clone() };
        let taken = received(&world, &known, &asked, steps.clone(), Vec::new());
        assert_eq!(taken, Ok((theorem, Vec::new())));
        assert!(world.theory.fork().environment.find("zero_add").is_none(), "nothing is added");
        // A proof of another statement.
        let other = known.goal("other", "[('a0 : nat) -> (= (+ 'a0 'a0) 'a0)]").unwrap();
        let error = received(&world, &known, &other, steps.clone(), Vec::new()).unwrap_err();
        assert!(matches!(error, NotATheorem::Refused(_)), "{error}");
        let script = &steps.script;
        for hostile in [
            String::new(),
            "intro x.\n".to_owned(),
            format!("{script}}}\nassume false.\ntheorem more : [('a0 : nat) -> (= 'a0 'a0)] {{\n{script}"),
            format!("{script}}}\nimport \"/etc/passwd\".\n{{"),
            format!("{script}}}\nfalse : prop.\ntheorem x : false {{"),
            format!("{script}}}\n// {{"),
            "}".to_owned(),
            "assume false.\n".to_owned(),
            "import \"nat-mul\".\n".to_owned(),
            "{".repeat(100_000),
            " ".repeat(SCRIPT + 1),
            "\0".to_owned(),
        ] {
            let steps = Steps { script: hostile.clone(), uses: Vec::new() };
            let result = received(&world, &known, &asked, steps, Vec::new());
            // A comment that hides the brace changes nothing of what is proved.
            assert!(result.is_err(), "{:?}", hostile.chars().take(200).collect::<String>());
        }
        let known_name = Steps { uses: vec!["nat_ind".to_owned()], ..steps.clone() };
        assert!(received(&world, &known, &asked, known_name, Vec::new()).is_ok(), "a normal form may rest on it");
        for uses in [vec!["no_such_lemma".to_owned()], vec!["nat_ind".to_owned(), "nat_ind".to_owned()]] {
            let steps = Steps { uses, ..steps.clone() };
            assert!(matches!(received(&world, &known, &asked, steps, Vec::new()), Err(NotATheorem::Uses(_))));
        }
    }

    #[test]
    fn a_known_lemma_may_get_another_proof_which_does_not_rest_on_it() {
        let mut known = Lemmas::new("nat-add");
        let (_, asked, theorem) = proved(&known, "zero_add", ZERO);
        known.push(theorem.clone());
        let world = known.world().unwrap();
        let steps = Steps { script: theorem.script.clone(), uses: theorem.uses.clone() };
        assert_eq!(received(&world, &known, &asked, steps, Vec::new()), Ok((theorem, Vec::new())));
        let script = "  intro x : nat.\n  show (= (+ z x) x) by zero_add.\n".to_owned();
        let steps = Steps { script, uses: vec!["zero_add".into()] };
        assert!(matches!(received(&world, &known, &asked, steps, Vec::new()), Err(NotATheorem::Refused(_))));
    }

    #[test]
    fn lemmas_on_the_way_are_checked_too() {
        let known = Lemmas::new("nat-add");
        let (world, asked, theorem) = proved(&known, "zero_add", ZERO);
        let steps = Steps { script: theorem.script.clone(), uses: theorem.uses.clone() };
        let lemma = Theorem { name: "on_the_way".into(), ..theorem };
        let with = |lemma: Theorem| received(&world, &known, &asked, steps.clone(), vec![lemma]);
        assert!(with(lemma.clone()).is_ok());
        for name in ["zero_add", "nat", "", "a b", "x : false { } assume", "x { } theorem x"] {
            assert!(with(Theorem { name: name.into(), ..lemma.clone() }).is_err(), "{name}");
        }
        for text in ["(= z (s z))", "(=  z z)", "nonsense", "(= z z) { } assume (= z (s z)). theorem y : (= z z)"] {
            assert!(with(Theorem { text: text.into(), ..lemma.clone() }).is_err(), "{text}");
        }
        let many = vec![lemma; LEMMAS + 1];
        assert!(matches!(received(&world, &known, &asked, steps.clone(), many), Err(NotATheorem::TooLarge(_))));
    }
}
