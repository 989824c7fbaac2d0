//! Problems, attempts and records.

use super::record::{Settings, VERSION};
use super::task::Contradiction;
use super::*;
use crate::answer::data::Pair;
use crate::answer::instance::Verdict;
use crate::graph::language;
use crate::graph::{Budget, Question};
use crate::network::Uniform;
use crate::search::tokens::Chunk;
use crate::search::{Algorithm, Completion, Options};

fn pair(question: &str, answer: &str) -> Pair {
    Pair { question: question.into(), answer: answer.into() }
}

/// Remainders: no other small program gives all of them.
fn remainders() -> Vec<Pair> {
    let numbers = [(20, 7), (13, 5), (45, 8), (33, 10), (81, 11), (64, 9), (58, 12), (97, 13)];
    let each = numbers
        .into_iter()
        .map(|(a, b)| pair(&format!("What is the remainder when {a} is divided by {b}?"), &(a % b).to_string()));
    each.collect()
}

const TASKS: Tasks = Tasks { grouping: Grouping::Words, kinds: 9, instances: 20, public: Public::Half, seed: 3 };

fn only(pairs: &[Pair]) -> Task {
    let mut made = TASKS.of("m", pairs);
    assert_eq!(made.len(), 1, "{made:?}");
    made.remove(0).unwrap()
}

fn effort(algorithm: Algorithm) -> Effort {
    Effort { search: Options { algorithm, ..Options::default() }, programs: 300, seed: 1, ..Effort::default() }
}

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Puct,
    Algorithm::BestFirst,
    Algorithm::BreadthFirst,
    Algorithm::Beam,
    Algorithm::Sampling,
    Algorithm::Smc,
];

#[test]
fn kinds_have_the_same_words_and_half_of_the_instances_are_public() {
    let mut pairs = remainders();
    pairs.extend([pair("Is 7 prime?", "True"), pair("Is 8 prime?", "False"), pair("Is 8 prime?", "False")]);
    pairs.push(pair("nothing", "0"));
    let made = TASKS.of("m", &pairs);
    let [Ok(first), Ok(second)] = &made[..] else { panic!("{made:?}") };
    assert_eq!((first.name.as_str(), first.public.len(), first.private.len()), ("m", 4, 4));
    assert_eq!(first.kind, "What is the remainder when <Rat> is divided by <Rat>?");
    assert_eq!((second.name.as_str(), second.public.len(), second.private.len()), ("m-2", 1, 1));
    assert_eq!(first.unread, 1);
    assert!(first.public.iter().all(|case| !first.private.contains(case)));
    let count = |public, instances| {
        let task = Tasks { public, instances, ..TASKS }.of("m", &remainders()).remove(0).unwrap();
        (task.public.len(), task.private.len())
    };
    assert_eq!(
        [count(Public::Number(1), 8), count(Public::Number(99), 8), count(Public::Half, 5)],
        [(1, 7), (7, 1), (3, 2)]
    );
    let by_types = Tasks { grouping: Grouping::Types, ..TASKS }.of("m", &pairs);
    assert_eq!(by_types.len(), 2);
    assert_eq!(Tasks { grouping: Grouping::File, ..TASKS }.of("m", &pairs).len(), 1);
}

#[test]
fn what_is_no_problem_says_why() {
    let unreadable = TASKS.of("m", &[pair("nothing", "0"), pair("at all", "1")]).remove(0).unwrap_err();
    assert_eq!(unreadable.to_string(), "m: none of its 2 instances can be read: nothing in it can be calculated with");
    let few = TASKS.of("m", &[pair("Is 7 prime?", "True")]).remove(0).unwrap_err();
    assert_eq!(few, TaskError::TooFew { name: "m".into() });
    let parsed = ["half", "3", "0", "-1", "all"].map(|text| text.parse::<Public>().ok());
    assert_eq!(parsed, [Some(Public::Half), Some(Public::Number(3)), None, None, None]);
}

#[test]
fn contradictions_are_found_and_the_rest_is_solved() {
    let mut pairs = remainders();
    pairs.push(pair("What is the remainder when 20 is divided by 7?", "5"));
    let task = only(&pairs);
    let [Contradiction { question, answer, other_answer, .. }] = &task.contradictions[..] else { panic!() };
    assert!(question.contains("20"));
    assert_ne!(answer, other_answer);
    let found = attempt(&task, &Uniform, &effort(Algorithm::BestFirst));
    let best = score::chosen(&found.samples, usize::MAX).unwrap();
    let right = best.public.iter().chain(&best.private).filter(|verdict| **verdict == Verdict::Right).count();
    assert_eq!(right, 8, "all but one of the two that contradict each other");
}

#[test]
fn every_search_finds_the_program_by_nodes_and_by_tokens() {
    let task = only(&remainders());
    for algorithm in ALGORITHMS {
        for chunk in [None, Some(Chunk::Token), Some(Chunk::Entropy)] {
            let decoding = chunk.map(|chunk| Decoding { chunk, is_asked_once: true });
            let found = attempt(&task, &Uniform, &Effort { decoding, ..effort(algorithm) });
            let last = found.samples.last().unwrap();
            assert_eq!(
                (last.public_share(), last.private_share()),
                (1.0, 1.0),
                "{algorithm:?} {chunk:?}: {}",
                found.ended
            );
            assert!(last.program.contains("mod(f0, f1)"), "{}", last.program);
            assert!(found.samples.iter().rev().skip(1).all(|sample| sample.public_share() < 1.0));
        }
    }
}

#[test]
fn budgets_end_a_search_and_a_seed_repeats_it() {
    let task = only(&remainders());
    for algorithm in ALGORITHMS {
        let of = |effort: &Effort| attempt(&task, &Uniform, effort);
        let few = of(&Effort { programs: 3, ..effort(algorithm) });
        assert!(few.samples.len() <= 3, "{algorithm:?}");
        let short = of(&Effort { nodes: 5, ..effort(algorithm) });
        assert!(short.statistics.expansions <= 5, "{algorithm:?}");
        let late = of(&Effort { seconds: Some(0.0), ..effort(algorithm) });
        assert_eq!((late.samples.len(), late.ended.as_str()), (0, "the time was up"), "{algorithm:?}");
        let programs = |attempt: Attempt| attempt.samples.into_iter().map(|sample| sample.program).collect::<Vec<_>>();
        let all = Effort { enough: 0, programs: 40, ..effort(algorithm) };
        assert_eq!(programs(of(&all)), programs(of(&all)), "{algorithm:?}");
    }
}

#[test]
fn states_of_equal_value_for_one_instance_only_stay_apart() {
    // For 4 and 2 the difference, the quotient and the second number are the same.
    let pairs: Vec<Pair> = [(4, 2), (9, 3), (8, 2), (21, 7)]
        .map(|(a, b)| pair(&format!("Divide {a} by {b}."), &(a / b).to_string()))
        .to_vec();
    for seed in 0..8 {
        let task = Tasks { seed, public: Public::Number(3), ..TASKS }.of("m", &pairs).remove(0).unwrap();
        let found = attempt(&task, &Uniform, &effort(Algorithm::BestFirst));
        let best = score::chosen(&found.samples, usize::MAX).unwrap();
        assert_eq!(best.public_share(), 1.0, "seed {seed}: {}", best.program);
    }
}

#[test]
fn a_program_is_applied_to_elements_of_other_types_with_their_signatures() {
    let case = |text: &str, answer: &str| crate::answer::instance::Case {
        question: Question::new(text).unwrap(),
        answer: answer.into(),
    };
    let whole = case("What is 3 plus 4?", "7");
    let program = language::parse("add(f0, f1)", &whole.question.elements).unwrap();
    let judge = |text: &str, answer: &str| case(text, answer).judge(&program, Budget::default());
    assert_eq!(judge("What is 3 plus 4?", "7"), Verdict::Right);
    assert_eq!(judge("What is 1/2 plus 4?", "9/2"), Verdict::Right);
    assert_eq!(judge("What is 0.5 plus 4?", "4.5"), Verdict::Right);
    assert_eq!(judge("What is 3 plus 4?", "8"), Verdict::Wrong);
    assert_eq!(judge("What is 3?", "3"), Verdict::IllTyped);
    assert_eq!(judge("What is 3 x y 8:46 PM?", "3"), Verdict::IllTyped);
    let program = language::parse("div(f0, f1)", &whole.question.elements).unwrap();
    assert_eq!(case("Divide 3 by 0.", "0").judge(&program, Budget::default()), Verdict::Failed);
}

#[test]
fn what_the_search_says_of_public_instances_is_what_evaluation_says() {
    let task = only(&remainders());
    let found = attempt(&task, &Uniform, &Effort { enough: 0, programs: 200, ..effort(Algorithm::BreadthFirst) });
    assert!(found.samples.len() > 20, "{}", found.samples.len());
    for sample in &found.samples {
        let graph = language::parse(&sample.program, &task.public[0].question.elements).unwrap();
        let again: Vec<Verdict> =
            task.public.iter().map(|case| case.judge(&graph, Budget::new(50_000, 1_000))).collect();
        assert_eq!(again, sample.public, "{}", sample.program);
    }
}

#[test]
fn completions_find_programs_and_caches_change_nothing_but_the_work() {
    let task = only(&remainders());
    let run = |keeps| {
        let completion = Completion { width: 2, keeps_states: keeps, keeps_ends: keeps };
        let mut effort = effort(Algorithm::Puct);
        effort.search.completion = completion;
        let found = attempt(&task, &Uniform, &Effort { enough: 0, programs: 60, ..effort });
        let programs: Vec<String> = found.samples.into_iter().map(|sample| sample.program).collect();
        (programs, found.statistics.evaluations)
    };
    let ((kept, few), (_, many)) = (run(true), run(false));
    assert!(kept.iter().any(|program| program.contains("mod(f0, f1)")) && few < many, "{few} {many}");
}

#[test]
fn a_shortened_program_is_completed_in_other_ways() {
    let task = only(&remainders());
    // Too few programs for the right one in the first half.
    let with = |prefix| {
        let effort = Effort { programs: 12, enough: 0, prefix, ..effort(Algorithm::BestFirst) };
        attempt(&task, &Uniform, &effort).samples.into_iter().map(|sample| sample.program).collect::<Vec<_>>()
    };
    let plain = with(None);
    for prefix in [Prefix::Nodes(1), Prefix::Certainty(0.5)] {
        let shortened = with(Some((prefix, 1.5)));
        assert_eq!(plain[..6], shortened[..6], "{prefix:?}");
        assert!(shortened.len() <= 12);
    }
    let parsed = ["nodes:2", "certainty:0.5", "nodes:0", "certainty:2", "2"].map(|text| text.parse::<Prefix>().ok());
    assert_eq!(parsed, [Some(Prefix::Nodes(2)), Some(Prefix::Certainty(0.5)), None, None, None]);
}

fn settings(seed: &str) -> Settings {
    Settings::new([("seed".to_owned(), seed.to_owned())].into())
}

#[test]
fn records_are_read_back_and_never_written_over() {
    let place = tempfile::tempdir().unwrap();
    let records = Records::open(&place.path().join("problems")).unwrap();
    let task = only(&remainders());
    let found = attempt(&task, &Uniform, &effort(Algorithm::BestFirst));
    let record = Record::new(&task, found, &settings("1"), Some(record::Work { tokens: 7, tokens_reused: 3 }));
    assert_eq!((record.version, record.private_score, record.public.len()), (VERSION, 1.0, 4));
    let first = records.write(&record).unwrap();
    let text = std::fs::read_to_string(&first).unwrap();
    let finished = |settings: &Settings| records.finished(&task, &settings.digest).unwrap();
    assert_eq!(finished(&settings("1")).0.as_ref(), Some(&record));
    assert_eq!(finished(&settings("2")), (None, Vec::new()));
    for other in [Task { name: "other".into(), ..task.clone() }, Task { private: task.public.clone(), ..task.clone() }]
    {
        assert_eq!(records.finished(&other, &record.digest).unwrap().0, None);
    }
    let again = Record { ended: "again".into(), ..record.clone() };
    let second = records.write(&again).unwrap();
    assert_ne!(first, second);
    assert_eq!(std::fs::read_to_string(&first).unwrap(), text);
    assert_eq!(finished(&settings("1")).0, Some(again), "the newest one counts");
    assert_eq!(std::fs::read_dir(place.path().join("problems")).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn records_of_other_versions_and_broken_ones_are_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let records = Records::open(place.path()).unwrap();
    let task = only(&remainders());
    let record = Record::new(&task, attempt(&task, &Uniform, &effort(Algorithm::BestFirst)), &settings("1"), None);
    let path = records.write(&record).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    let version = |number: u32| whole.replacen("\"version\": 1", &format!("\"version\": {number}"), 1);
    for (text, why) in [
        (version(0), "it is of version 0, and this program writes 1"),
        (version(9), "it is of version 9, and this program writes 1"),
        (whole[..whole.len() / 2].to_owned(), "it is broken: EOF"),
        ("{\"version\": 1}".to_owned(), "it is broken: missing field"),
        (String::new(), "it is broken: EOF"),
    ] {
        std::fs::write(&path, &text).unwrap();
        let (found, passed) = records.finished(&task, &record.digest).unwrap();
        assert_eq!(found, None);
        assert!(passed.len() == 1 && passed[0].1.starts_with(why), "{passed:?}");
        let next = records.write(&record).unwrap();
        assert_ne!(next, path);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        std::fs::remove_file(next).unwrap();
    }
}

#[test]
fn variants_change_words_and_not_elements() {
    let question = "What is the remainder when 20 is divided by 7?";
    let of = |variant: Variant| {
        let (pairs, left) = variant.applied(vec![pair(question, "6")], 9);
        assert_eq!((pairs.len(), pairs[0].answer.as_str(), left), (1, "6", 0));
        let elements =
            |text: &str| Question::new(text).unwrap().elements.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(elements(&pairs[0].question), elements(question));
        pairs[0].question.clone()
    };
    assert_eq!(of(Variant::AsIs), question);
    assert_eq!(of(Variant::Rephrased), "Tell me the rest when 20 is over 7?");
    assert_eq!(of(Variant::Shortened), "remainder 20 divided by 7?");
    let renamed = of(Variant::Names);
    assert!(!renamed.contains("remainder") && !renamed.contains("divided"), "{renamed}");
    let numbers: Vec<Pair> = [12_345, 7, 123, 9].map(|number| pair(&format!("Is {number} prime?"), "False")).to_vec();
    let (longest, _) = Variant::Numbers.applied(numbers, 2);
    let questions: Vec<&str> = longest.iter().map(|pair| pair.question.as_str()).collect();
    assert_eq!(questions, ["Is 12345 prime?", "Is 123 prime?"]);
}
