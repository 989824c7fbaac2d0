//! Goals proved by induction and equality saturation, those before them as lemmas. A goal that is lost, and a proof that
//! changes, is seen in the difference of the snapshots.

use prover::equality::Limits;
use prover::policy::Uniform;
use prover::selfplay::play::prove;
use prover::selfplay::{Budget, Lemmas};
use prover::theory::Theory;
use prover::theory::import::{Files, SourceText};

/// The goals of some sets in order, each with those before it as lemmas, after the number of those that are proved.
fn in_order(theory: &str, sets: &[&str]) -> String {
    let mut lemmas = Lemmas::new(theory);
    let statements: Vec<_> = sets.iter().flat_map(|set| lemmas.goals(set).unwrap()).collect();
    let mut entries = Vec::new();
    let start = std::time::Instant::now();
    for statement in &statements {
        let mut world = lemmas.world().unwrap();
        world.saturation = Some(Limits::ACTION);
        let budget = Budget { nodes: 300, seconds: Some(60.0), batch: 1 };
        let (theorem, attempt) = prove(&lemmas, &world, statement, &Uniform, budget, 0);
        assert_eq!(attempt.fault, None, "{}", statement.text);
        println!("{:<20} {:<6} {:>4} nodes {:>8.3} s", statement.name, theorem.is_some(), attempt.nodes, attempt.seconds);
        entries.push(match theorem {
            Some(theorem) => {
                let (_, report) = Theory::load(SourceText::text("proof", lemmas.file(&theorem)), &Files);
                assert!(report.is_fine(), "{}", lemmas.file(&theorem));
                let item = theorem.item();
                lemmas.push(theorem);
                item
            }
            None => format!("{} : {} is open.\n", statement.name, statement.text),
        });
    }
    println!("{:.3} s in all", start.elapsed().as_secs_f64());
    format!("{} of {} proved\n\n{}", lemmas.theorems().len(), entries.len(), entries.join("\n"))
}

#[test]
fn the_addition_world() {
    insta::assert_snapshot!(in_order("nat-add", &["nat-add-hard"]));
}

#[test]
fn the_three_worlds() {
    insta::assert_snapshot!(in_order("nat-pow", &["nat-add-hard", "nat-mul", "nat-pow"]));
}
