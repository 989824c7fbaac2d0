//! The loop: its memory from one iteration to the next, its examples, and their labels.

use super::attempts::Attempts;
use super::*;
use crate::conjecture::Treatment;
use crate::learn::Trainer;
use crate::learn::{Choices, Mix, Objective};
use crate::network::model::{Precision, Size};
use crate::prove::Budget;
use crate::search::Targets;
use crate::selfplay::{PlayError, Silent};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn settings() -> ProofSettings {
    let learning = LearningSettings {
        network: None,
        model: Size::Tiny,
        precision: Precision::F32,
        train_steps: 1,
        batch_tokens: 256,
        learning_rate: 1e-3,
        replay: 2,
        objective: Objective::Likelihood,
        mix: Some(Mix { policy: 0.5, value: 0.25, conjecture: 0.25 }),
    };
    let effort = Effort {
        attempts: Attempts::Search,
        budget: Budget { nodes: 60, seconds: None, batch: 8 },
        guided: 10,
        all_seconds: 10.0,
        targets: (Targets::Proof, 0.2),
        normal_forms: true,
        tree: false,
    };
    ProofSettings {
        theory: "nat-add".into(),
        goals: "nat-add-easy".into(),
        iterations: 4,
        conjectures: 6,
        effort,
        lemmas: true,
        library: vec![],
        demonstrations: vec![],
        offered: 24.into(),
        tests: true,
        hindsight: true,
        sources: Shares { network: 0.4, grammar: 0.2, variants: 0.4 },
        ranked: 2,
        modulo: Treatments { equal: Treatment::Drop, instance: Treatment::Drop, saturated: Treatment::Trivial },
        learning,
        eval_wait: std::time::Duration::ZERO,
        tokenizer: Corpus::Theory,
        held_out: None,
        easy_nodes: 3,
        gate: false,
        save_trees: 0,
        alpha: 0.5,
        alpha_schedule: Schedule::Ratio,
        temperature: 1.0,
        top_k: 0,
        seed: 3,
    }
}

/// A run of nat-mul in which nothing is trained and nothing guides: the effect of grammar, variants, tests and library
/// alone.
fn unguided(conjectures: usize) -> ProofSettings {
    let settings = settings();
    ProofSettings {
        theory: "nat-mul".into(),
        goals: "nat-mul".into(),
        conjectures,
        effort: Effort { budget: Budget { nodes: 300, ..settings.effort.budget }, guided: 0, ..settings.effort },
        learning: LearningSettings { train_steps: 0, ..settings.learning },
        ..settings
    }
}

#[test]
fn alpha_looks_one_iteration_back_and_counts_everything_proved() {
    let mut play = play(settings()).unwrap();
    let mut ratio_before = 0.0;
    for iteration in 1..=3 {
        let result = play.iterate(iteration, &Silent).unwrap();
        assert_eq!(result.metrics.alpha, 0.5 * ratio_before, "iteration {iteration}");
        ratio_before = play.subject().memory().ratio_before.unwrap();
        assert!(!result.examples.is_empty());
        if iteration == 1 {
            assert!(result.metrics.goals_proved > 0 && ratio_before > 0.0, "goals proved count");
        }
    }
}

#[test]
fn trees_of_searches_for_goals_are_kept_where_they_are_asked_for() {
    let mut play = play(ProofSettings { save_trees: 2, ..unguided(2) }).unwrap();
    let round = play.iterate(1, &Silent).unwrap();
    let [first, second] = &round.trees[..] else { panic!("{} trees", round.trees.len()) };
    for tree in [first, second] {
        assert!(play.subject().goals().contains(&tree.statement));
        assert_eq!(tree.is_proved, tree.nodes[0].status == "solved");
        assert!(tree.nodes[0].state.ends_with(&tree.statement.text) && !tree.nodes[0].actions.is_empty());
    }
}

#[test]
fn resumed_loop_goes_on_as_the_unbroken_one() {
    let mut whole = play(settings()).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut results = Vec::new();
    let mut examples = Vec::new();
    let place = tempfile::tempdir().unwrap();
    let network = place.path().join("network");
    let mut memory = None;
    for iteration in 1..=4 {
        let result = pool.install(|| whole.iterate(iteration, &Silent)).unwrap();
        if iteration <= 2 {
            examples.push(result.examples.clone());
        }
        if iteration == 2 {
            whole.trainer().save(&network).unwrap();
            // As it is written to a checkpoint and read again.
            let text = serde_json::to_string(whole.subject().memory()).unwrap();
            memory = Some(serde_json::from_str(&text).unwrap());
        }
        results.push(result);
    }
    let mut resumed = play(settings()).unwrap();
    let optimizer = crate::selfplay::learner::optimizer(1e-3, Size::Tiny);
    let trainer = Trainer::load(&network, optimizer).unwrap();
    resumed.resume(1, memory.unwrap(), trainer, examples).unwrap();
    for iteration in 3..=4 {
        let mut again = pool.install(|| resumed.iterate(iteration, &Silent)).unwrap();
        let whole = &results[iteration as usize - 1];
        let (clock, timed) = (&whole.metrics, &mut again.metrics);
        (timed.seconds, timed.nodes_per_second) = (clock.seconds, clock.nodes_per_second);
        (timed.attempt_seconds, timed.train_seconds) = (clock.attempt_seconds, clock.train_seconds);
        timed.own.draft_seconds = clock.own.draft_seconds;
        assert_eq!(again, *whole);
    }
    assert_eq!(resumed.subject().memory(), whole.subject().memory());
}

#[test]
fn attempts_can_share_batches_without_changing_what_they_find() {
    let goals_with = |eval_wait| {
        // Nearly all is left to the network.
        let effort =
            Effort { budget: Budget { nodes: 1, ..settings().effort.budget }, guided: 60, ..settings().effort };
        let settings = ProofSettings { eval_wait, effort, conjectures: 0, hindsight: false, ..settings() };
        let mut play = play(settings).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let result = pool.install(|| play.iterate(1, &Silent)).unwrap();
        (result.theorems, result.metrics)
    };
    let (goals, unshared) = goals_with(std::time::Duration::ZERO);
    let (shared_goals, shared) = goals_with(std::time::Duration::from_millis(1));
    assert_eq!(unshared.eval_shared_batches, 0);
    assert!(shared.eval_shared_batches > 0 && shared.eval_shared_batch_mean >= 1.0);
    assert_eq!(goals, shared_goals);
}

#[test]
fn what_is_proved_helps_to_prove_what_search_alone_does_not() {
    let goals = |lemmas, conjectures| {
        let mut play = play(ProofSettings { lemmas, ..unguided(conjectures) }).unwrap();
        // How many statements a wave has depends on the threads.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        pool.install(|| play.iterate(1, &Silent)).unwrap();
        let library = &play.subject().memory().library;
        (play.subject().goals_proved(), library.used(), library.count(Source::Variant) + library.count(Source::Grammar))
    };
    let (alone, ..) = goals(true, 0);
    let (without, ..) = goals(false, 50);
    let (with, used, found) = goals(true, 50);
    assert!(alone <= 4 && without <= 4, "{alone} {without}");
    assert!(with > alone + 1 && used >= 3 && found >= used, "{with} {used} {found}");
}

#[test]
fn proofs_with_lemmas_are_files_that_check_by_themselves() {
    let mut play = play(unguided(60)).unwrap();
    let result = play.iterate(1, &Silent).unwrap();
    assert!(result.proofs.iter().any(|(_, text)| text.matches("theorem ").count() > 1), "some rest on lemmas");
    for (name, text) in &result.proofs {
        let mut theory = crate::theory::Theory::new();
        let report = theory
            .load_into(crate::theory::import::SourceText::text(name, text.clone()), &crate::theory::import::Files);
        assert!(report.is_fine(), "{name}: {text}");
    }
}

#[test]
fn nothing_that_models_refute_is_attempted() {
    for theory in ["nat-add", "propositional-logic", "groups"] {
        let goals = match theory {
            "nat-add" => "nat-add-easy",
            "propositional-logic" => "propositional",
            other => other,
        };
        let settings = ProofSettings { theory: theory.into(), goals: goals.into(), conjectures: 40, ..unguided(40) };
        let mut play = play(settings).unwrap();
        let result = play.iterate(1, &Silent).unwrap();
        let refuted: usize = result.metrics.own.sources.values().filter_map(|fates| fates.get(&Fate::Refuted)).sum();
        assert!(refuted > 0, "{theory}: {:?}", result.metrics.own.sources);
        // Of addition alone there is little to say that is not known at once.
        let least = if theory == "nat-add" { 5 } else { 20 };
        assert!(result.metrics.attempted >= least, "{theory}: {:?}", result.metrics.own.sources);
        let attempted: usize = result
            .metrics
            .own
            .sources
            .values()
            .flatten()
            .filter(|(fate, _)| matches!(fate, Fate::Open | Fate::Easy | Fate::Hard))
            .map(|(_, count)| count)
            .sum();
        assert_eq!(attempted as u64, result.metrics.attempted, "each attempt is counted once, with its source");
        let mut tester = drafts::tester(theory).unwrap().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(99);
        for open in &play.subject().memory().open {
            let tested = tester.test(&open.statement, &crate::models::Limits::QUICK, &mut rng).unwrap();
            assert!(tested.verdict.counterexample().is_none(), "{}", open.statement.text);
        }
        // Only what is proved, or false, teaches that a state cannot be solved.
        let failed = |example: &&Example| matches!(example, Example::Conjecture { difficulty: Difficulty::Fail, .. });
        assert!(result.examples.iter().filter(failed).count() > 0);
    }
}

#[test]
fn all_means_prove_what_search_does_not_and_leave_their_lemmas() {
    let settings = unguided(0);
    let effort = Effort { attempts: Attempts::All, ..settings.effort };
    let mut play = play(ProofSettings { effort, ..settings }).unwrap();
    play.iterate(1, &Silent).unwrap();
    let library = &play.subject().memory().library;
    assert!(play.subject().goals_proved() >= 8, "{}", play.subject().goals_proved());
    assert!(library.count(Source::Discovery) > 0);
}

#[test]
fn what_a_broken_iteration_proved_is_checked_and_kept() {
    let mut play = play(ProofSettings { conjectures: 0, ..unguided(0) }).unwrap();
    let theorem = |name: &str, script: &str| Theorem {
        name: name.into(),
        text: "[('a0 : nat) -> (= (* 'a0 (s (s z))) (+ 'a0 'a0))]".into(),
        script: script.into(),
        uses: vec![],
    };
    let proof = "  intro x0 : nat.\n  show (= (* x0 (s (s z))) (+ x0 (* x0 (s z)))) by *_s.\n  \
                 show (= (* x0 (s z)) (+ x0 (* x0 z))) by *_s.\n  show (= (* x0 z) z) by *_z.\n  \
                 show (= (+ x0 z) x0) by +_z.\n  show (= (* x0 (s z)) (+ x0 z)) by rewrite.\n  \
                 show (= (* x0 (s z)) x0) by rewrite.\n  show (= (* x0 (s (s z))) (+ x0 x0)) by rewrite.\n";
    let forged = Theorem { text: "(= z (s z))".into(), ..theorem("forged", "  show (= z z) by eq_refl.\n") };
    let orphan = Theorem { uses: vec!["nobody".into()], ..theorem("orphan", proof) };
    let found = [forged, orphan, theorem("conjecture_1_3", proof)];
    play.subject_mut().recover(found.into_iter().map(|theorem| (theorem, Source::Variant)).collect());
    let result = play.iterate(1, &Silent).unwrap();
    let kept: Vec<&str> =
        result.theorems.iter().filter(|l| l.1 == Source::Variant).map(|l| l.0.text.as_str()).collect();
    assert_eq!(kept, ["[('a0 : nat) -> (= (* 'a0 (s (s z))) (+ 'a0 'a0))]"]);
}

#[test]
fn one_conjecture_may_be_two_where_a_goal_is_stuck() {
    let mut play = play(unguided(1)).unwrap();
    for iteration in 1..=3 {
        let result = play.iterate(iteration, &Silent).unwrap();
        assert!(result.metrics.attempted <= 4, "{:?}", result.metrics.own.sources);
    }
}

#[test]
fn memory_of_an_early_version_is_read() {
    let text = r#"{"lemmas":{"theory":"nat-add","theorems":[{"name":"a","text":"(= z z)","script":"  show (= z z) by eq_refl.\n","uses":[]}]},
        "known":["(= z z)"],"ratio_before":0.5}"#;
    let memory: ProofMemory = serde_json::from_str(text).unwrap();
    assert_eq!(memory.library.lemmas().theorems().len(), 1);
    assert_eq!(memory.library.record("a").source, Source::Goal);
}

#[test]
fn a_lemma_forged_in_the_state_is_no_proved_goal() {
    let network = tempfile::tempdir().unwrap();
    let whole = play(settings()).unwrap();
    whole.trainer().save(&network.path().join("network")).unwrap();
    let goal = whole.subject().goals()[0].clone();
    let resumed = |theory: &str, name: &str, script: &str| {
        let mut library = Library::new(theory);
        let theorem = Theorem { name: name.into(), text: goal.text.clone(), script: script.into(), uses: Vec::new() };
        library.push(theorem, Source::Goal, 1);
        let memory =
            ProofMemory { library, known: vec![], open: vec![], stuck: vec![], late: vec![], ratio_before: None };
        let settings = settings();
        let optimizer = crate::selfplay::learner::optimizer(1e-3, Size::Tiny);
        let trainer = Trainer::load(&network.path().join("network"), optimizer).unwrap();
        let mut play = play(settings).unwrap();
        let result = play.resume(1, memory, trainer, Vec::new());
        assert_eq!(play.subject().goals_proved(), 0);
        result.unwrap_err()
    };
    let name = goal.name.as_str();
    let unproved = resumed("nat-add", name, "  show (= z z) by eq_refl.\n");
    assert!(matches!(unproved, PlayError::Subject(ProofSelfplayError::World(WorldError::Lemma { .. }))), "{unproved}");
    // The name and the script close the theorem, and an axiom follows.
    let axiom = "evil : [('a : nat) -> ('b : nat) -> (= 'a 'b)].";
    let before = format!("{axiom} theorem {name}");
    let steps = "  intro x0 : nat.\n  show (= (+ z x0) x0) by evil.\n";
    let opened = resumed("nat-add", &format!("one : nat = (s z). {before}"), steps);
    assert!(matches!(opened, PlayError::Subject(ProofSelfplayError::World(_))), "{opened}");
    let true_one = "theorem two : (= z z) { show (= z z) by eq_refl. }\n";
    let closed = resumed("nat-add", &format!("{} {before}", &true_one["theorem ".len()..]), steps);
    assert!(matches!(closed, PlayError::Subject(ProofSelfplayError::World(WorldError::NoTheorem { .. }))), "{closed}");
    let other = resumed("nat-mul", name, steps);
    assert!(matches!(other, PlayError::Subject(ProofSelfplayError::World(WorldError::OtherTheory { .. }))), "{other}");
}

#[test]
fn what_the_network_wrote_is_rewarded_by_its_fate() {
    let learning =
        LearningSettings { objective: Objective::Grpo { leash: 0.1 }, train_steps: 5, ..settings().learning };
    let sources = Shares { network: 1.0, grammar: 0.0, variants: 0.0 };
    let settings = ProofSettings {
        theory: "nat-mul".into(),
        goals: "nat-mul".into(),
        learning,
        sources,
        conjectures: 8,
        ..settings()
    };
    let mut play = play(settings).unwrap();
    let first = play.iterate(1, &Silent).unwrap();
    assert_eq!((first.metrics.divergence, first.metrics.own.draft_reward), (None, None), "nothing was its own");
    let second = play.iterate(2, &Silent).unwrap();
    let drawn = second.examples.iter().filter_map(|example| match example {
        Example::Drawn { choices: Choices::Statement { pieces, difficulty: Difficulty::Hard }, advantage } => {
            assert!(pieces.iter().all(|(options, chosen)| *chosen < options.len()));
            Some(f64::from(*advantage))
        }
        Example::Drawn { .. } => panic!("a statement"),
        _ => None,
    });
    let advantages: Vec<f64> = drawn.collect();
    assert!(advantages.len() >= 8, "{}", advantages.len());
    assert!(advantages.iter().sum::<f64>().abs() < 1e-3 * advantages.len() as f64, "relative to their mean");
    let reward = second.metrics.own.draft_reward.unwrap();
    assert!((0.0..1.2).contains(&reward), "{reward}");
    let divergence = second.metrics.divergence.unwrap();
    assert!(divergence > 0.0 && divergence < 1.0, "{divergence}");
}

#[test]
fn a_shorter_proof_by_earlier_lemmas_takes_the_place_of_a_longer_one() {
    let mut play = play(unguided(40)).unwrap();
    play.iterate(1, &Silent).unwrap();
    let mut library = play.subject().memory().library.clone();
    let theorems = library.lemmas().theorems().to_vec();
    let long = theorems.iter().rev().find(|theorem| theorem.steps() >= LONG && !theorem.uses.is_empty()).unwrap();
    let shorter = |uses: &[&str]| Theorem {
        script: "  one.\n".into(),
        uses: uses.iter().map(ToString::to_string).collect(),
        ..long.clone()
    };
    let last = theorems.last().unwrap().name.clone();
    for later in [last.as_str(), long.name.as_str()] {
        assert!(!library.shorten(shorter(&[later])), "a proof by what may rest on it");
    }
    assert!(!library.shorten(long.clone()), "as long as before");
    let uses = |library: &Library, name: &str| library.record(name).uses;
    let used = long.uses.iter().find(|name| library.lemmas().find(name).is_some());
    let before = used.map(|name| uses(&library, name));
    assert!(library.shorten(shorter(&[])));
    assert_eq!(library.lemmas().find(&long.name).unwrap().steps(), 1);
    assert_eq!(used.map(|name| uses(&library, name) + 1), before, "what the longer proof used is credited no more");

    // What the loop finds again is offered earlier lemmas alone, and all of it is still one theory that checks.
    let second = play.iterate(2, &Silent).unwrap();
    let library = &play.subject().memory().library;
    let text = library.lemmas().file_of_all();
    let mut theory = crate::theory::Theory::new();
    let source = crate::theory::import::SourceText::text("library", text);
    assert!(theory.load_into(source, &crate::theory::import::Files).is_fine());
    let before: usize = theorems.iter().map(Theorem::steps).sum();
    let after: usize = theorems.iter().map(|old| library.lemmas().find(&old.name).unwrap().steps()).sum();
    assert_eq!(after < before, second.metrics.own.shortened > 0, "{after} {before}");
}

#[test]
fn proofs_that_people_wrote_are_followed_and_learned_from() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("theories/ring-world.peano");
    // So small a budget that a search which follows nothing finds few of them.
    let effort = Effort { budget: Budget { nodes: 30, ..settings().effort.budget }, guided: 0, ..settings().effort };
    let settings = ProofSettings {
        theory: "rings".into(),
        goals: "rings".into(),
        demonstrations: vec![file.clone()],
        conjectures: 0,
        hindsight: false,
        effort,
        ..settings()
    };
    let mut run = play(settings.clone()).unwrap();
    let result = run.iterate(1, &Silent).unwrap();
    let demonstrated = result.metrics.own.demonstrated;
    assert_eq!(run.subject().memory().library.count(Source::File), 0, "they are no lemmas");
    // The same theorems, with the same lemmas, by a search that nothing guides.
    let all = demonstrations::Demonstrations::new("rings", &[file], 24.into()).unwrap();
    let (library, offer) = all.lemmas();
    let found = all.candidates().into_iter().filter(|candidate| {
        let world = offer.for_statement(library, &candidate.statement, &crate::network::Uniform).unwrap().world;
        let prover = crate::prove::prover::Prover::new(&world, &crate::network::Uniform, 3);
        prover.prove(library.lemmas(), &candidate.statement, effort.budget).0.is_some()
    });
    let unguided = found.count() as u64;
    assert!(demonstrated > unguided && demonstrated >= 4, "{demonstrated} {unguided}");
    assert!(result.examples.iter().any(|example| matches!(example, Example::Policy { .. })));
    let again = run.iterate(2, &Silent).unwrap();
    assert_eq!(again.metrics.own.demonstrated, 0, "once");
    let unproved = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(unproved.path(), "a : [('a : R) -> (= 'a zero)].").unwrap();
    let refused = play(ProofSettings { demonstrations: vec![unproved.path().to_owned()], ..settings });
    assert!(refused.err().unwrap().to_string().contains("has no proof"));
}

#[test]
fn the_lemmas_of_one_run_are_a_library_of_another_that_names_its_own_alike() {
    let mut first = play(unguided(40)).unwrap();
    first.iterate(1, &Silent).unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("library.peano");
    let lemmas = first.subject().memory().library.lemmas();
    // Some of those that rest on no other, with the names that the other run would give first.
    let rests_on_none = |theorem: &&Theorem| theorem.uses.iter().all(|name| lemmas.find(name).is_none());
    let names = (1..).flat_map(|number| ["met", "stuck", "conjecture"].map(|kind| format!("{kind}_1_{number}")));
    let kept = lemmas.theorems().iter().filter(rests_on_none).step_by(2).zip(names);
    let items = kept.map(|(theorem, name)| Theorem { name, ..theorem.clone() }.item());
    let items: Vec<String> = std::iter::once(lemmas.import_line()).chain(items).collect();
    let count = items.len() - 1;
    assert!(count >= 3, "{items:?}");
    std::fs::write(&path, items.join("\n")).unwrap();
    let mut second = play(ProofSettings { library: vec![path], ..unguided(40) }).unwrap();
    let result = second.iterate(1, &Silent).unwrap();
    let library = &second.subject().memory().library;
    assert_eq!(library.lemmas().theorems().len(), count + result.theorems.len());
    let mut names: Vec<&str> = library.lemmas().theorems().iter().map(|theorem| theorem.name.as_str()).collect();
    names.sort_unstable();
    // What the run proved under a name that was taken is kept under another.
    assert!(names.iter().any(|name| name.starts_with("met_1_") && name.ends_with('_')), "{names:?}");
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}
