//! The proofs that ship. A theorem that is lost, that states something else, or that comes to rest on another axiom, is
//! seen here.

use prover::logic::{ConstId, Environment, Sort};
use prover::syntax::render::{Style, human};
use prover::syntax::source::LineIndex;
use prover::theory::import::{Files, SourceText};
use prover::theory::library::{Kind, built_in, load_goals};
use prover::theory::print::{Names, print};
use prover::theory::{Theory, goals};

/// A theory that ships, from the program, with the theorems that its own file proves. All of it was accepted.
fn checked(name: &str) -> (Theory, Vec<ConstId>) {
    let text = built_in(Kind::Theory, name).expect(name).text;
    let lines = LineIndex::new(&text);
    let (theory, report) = Theory::load(SourceText::text(name, text), &Files);
    let errors: Vec<String> =
        report.errors().map(|(file, error)| human(&file.source.name, &lines, error, Style::Plain)).collect();
    assert!(report.is_fine(), "{}", errors.join("\n"));
    let own = report.files.last().expect("the file itself").items.iter();
    let theorems = own.filter(|item| item.kind == "theorem").map(|item| item.constant.expect("accepted"));
    let theorems = theorems.collect();
    (theory, theorems)
}

/// The axioms that a theorem rests on and that state something, in the order of their declaration.
fn assumed(environment: &mut Environment, theorem: ConstId) -> Vec<String> {
    let names: Vec<String> = environment.axioms_of(theorem).into_iter().map(str::to_owned).collect();
    let states = |environment: &mut Environment, name: &str| {
        let ty = environment.find(name).map(|id| environment.declaration(id).ty).expect("declared");
        environment.infer(ty).expect("well typed") == environment.store.sort(Sort::Prop)
    };
    names.into_iter().filter(|name| states(environment, name)).collect()
}

/// Every theorem of a file: its name, its statement, what it rests on.
fn listing(name: &str) -> String {
    let (mut theory, theorems) = checked(name);
    let environment = &mut theory.environment;
    let mut text = String::new();
    for theorem in theorems {
        let declaration = environment.declaration(theorem);
        let (name, ty) = (declaration.name.clone(), declaration.ty);
        let statement = print(environment, &Names::new(), ty);
        text += &format!("{name} : {statement}\n  {}\n", assumed(environment, theorem).join(" "));
    }
    text
}

#[test]
fn the_addition_world() {
    insta::assert_snapshot!(listing("addition-world"));
}

#[test]
fn the_multiplication_world() {
    insta::assert_snapshot!(listing("multiplication-world"));
}

#[test]
fn the_power_world() {
    insta::assert_snapshot!(listing("power-world"));
}

/// What search is asked to find in a theory has a proof in the world of that theory.
#[test]
fn the_worlds_prove_their_goals() {
    for (world, theory, set) in [
        ("addition-world", "nat-add", "nat-add-hard"),
        ("multiplication-world", "nat-mul", "nat-mul"),
        ("power-world", "nat-pow", "nat-pow"),
    ] {
        let ((mut world, theorems), (mut plain, none)) = (checked(world), checked(theory));
        assert_eq!(none, [], "{theory} only declares");
        for goal in goals::load(&mut plain, &load_goals(set).unwrap().text).unwrap() {
            let statement = world.statement(&goal.text).unwrap();
            let id = world.environment.find(&goal.name).expect(&goal.name);
            assert!(theorems.contains(&id), "{}", goal.name);
            assert_eq!(world.environment.declaration(id).ty, statement, "{}", goal.name);
        }
    }
}
