//! A second opinion: the naive checker of tests/naive accepts everything that ships, each declaration after those
//! before it.

use crate::naive;
use crate::place::root;
use crate::toy::loaded;
use prover_theory::Theory;
use prover_theory::import::SourceText;
use prover_theory::library::{self, Kind};

/// Loads a file and has the naive checker look at all that it and its imports declare; the number of declarations.
#[track_caller]
fn second_opinion(source: SourceText) -> usize {
    let name = source.name.clone();
    let (theory, _) = loaded(source);
    let checked = naive::on_a_large_stack(|| {
        naive::check_environment(&mut naive::Theory::default(), &theory.environment, 100 * naive::STEPS)
    });
    checked.unwrap_or_else(|(declaration, refusal)| panic!("{name}: {declaration} is not accepted: {refusal:?}"))
}

#[test]
fn every_theory_that_ships_is_accepted() {
    let mut count = 0;
    for name in library::names(Kind::Theory) {
        count += second_opinion(library::built_in(Kind::Theory, name).unwrap().into());
    }
    // Theories on disk that are not built in, too.
    for entry in std::fs::read_dir(root().join("theories")).unwrap() {
        let path = entry.unwrap().path();
        count += second_opinion(prover_theory::import::read_file(&path).unwrap());
    }
    assert!(count > 100, "{count} declarations only");
}

/// A file with the theorems of a snapshot of tests/program/solved.rs, whose header names the theory.
fn file_of_snapshot(text: &str) -> String {
    let theory = text.split("listing(\\\"").nth(1).and_then(|rest| rest.split("\\\"").next()).unwrap();
    let listing = text.splitn(3, "---").nth(2).unwrap();
    let items = listing.split("\n\n").filter(|item| item.trim_start().starts_with("theorem "));
    format!("import \"{theory}\".\n{}", items.collect::<Vec<_>>().join("\n"))
}

#[test]
fn proofs_that_search_found_are_accepted() {
    let mut theorems = 0;
    for entry in std::fs::read_dir(root().join("tests/program/snapshots")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("program__solved__") {
            let file = file_of_snapshot(&std::fs::read_to_string(&path).unwrap());
            theorems += file.matches("\ntheorem ").count();
            second_opinion(SourceText::text(&name, file));
        }
    }
    assert!(theorems > 30, "{theorems} theorems only");
}

#[test]
fn the_constants_of_equality_are_those_of_the_documentation() {
    use naive::term::{apply, arrow, constant, same, sort, variable};
    let theory = Theory::from_source("nat-add").unwrap();
    let name = |text: &str| naive::Name::from(text);
    let var = |text: &str| variable(&name(text));
    let (prop, ty) = (sort(naive::Sort::Prop), sort(naive::Sort::Type));
    let equal = |x: &str, y: &str| apply(apply(apply(constant("="), var("t")), var(x)), var(y));
    let for_all = |bound: &str, domain: &naive::Expr, range| arrow(name(bound), domain.clone(), range);
    let t = var("t");
    let eq = for_all("t", &ty, for_all("x", &t, for_all("y", &t, prop.clone())));
    let refl = for_all("t", &ty, for_all("x", &t, equal("x", "x")));
    let step = for_all("h", &equal("x", "y"), for_all("i", &apply(var("p"), var("x")), apply(var("p"), var("y"))));
    let predicate = for_all("w", &t, prop);
    let rewrite = for_all("t", &ty, for_all("p", &predicate, for_all("x", &t, for_all("y", &t, step))));
    let symm = for_all("h", &equal("x", "y"), equal("y", "x"));
    let symm = for_all("t", &ty, for_all("x", &t, for_all("y", &t, symm)));
    let environment = &theory.environment;
    for (name, expected) in [("=", eq), ("eq_refl", refl), ("rewrite", rewrite), ("eq_symm", symm)] {
        let id = environment.find(name).unwrap();
        let found = naive::Reader::new(environment).read(environment.declaration(id).ty).unwrap();
        let is_same = same(&found, &expected, &mut naive::Work::new(naive::STEPS)).unwrap();
        assert!(is_same, "{name} : {}", naive::show(&found));
    }
}
