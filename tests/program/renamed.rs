//! Independence of names and order: with all constants renamed at random and the declarations shuffled, as far as each
//! comes after those that it mentions, the same goals are proved.

use logos::Logos;
use prover::network::Uniform;
use prover::prove::{Budget, Lemmas, Means, Strategy};
use prover::syntax::parse::parse;
use prover::syntax::token::Token;
use prover::syntax::tree::ItemKind;
use prover::theory::library::{load_goals, load_theory};
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// Names that mean something to the language or to the kernel.
const RESERVED: [&str; 7] = ["=", "eq_refl", "eq_symm", "rewrite", "prop", "type", "false"];

/// The text of an item, with the names that it declares.
struct Piece {
    text: String,
    declares: Vec<String>,
}

/// The items of a theory and of its imports, in order, each once.
fn pieces(name: &str, seen: &mut HashSet<String>, out: &mut Vec<Piece>) {
    if !seen.insert(name.to_owned()) {
        return;
    }
    let source = load_theory(name).unwrap();
    let (tree, errors) = parse(&source.text);
    assert!(errors.is_empty(), "{name}");
    for item in &tree.items {
        if let ItemKind::Import(path) = &item.kind {
            pieces(path, seen, out);
            continue;
        }
        let text = source.text[item.span.start as usize..item.span.end as usize].to_owned();
        let declares = declared(&text);
        out.push(Piece { text, declares });
    }
}

/// The names before a colon on the outermost level of an item, or of the body of a data type.
fn declared(text: &str) -> Vec<String> {
    if text.starts_with('#') {
        return Vec::new();
    }
    let tokens: Vec<(Token, &str)> =
        Token::lexer(text).spanned().filter_map(|(token, span)| Some((token.ok()?, &text[span]))).collect();
    let is_data = text.starts_with("data ");
    let is_theorem = ["theorem ", "lemma ", "corollary "].iter().any(|word| text.starts_with(word));
    let mut names = Vec::new();
    let mut depth = 0;
    for (place, (token, word)) in tokens.iter().enumerate() {
        match *word {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "{" if !is_data => break,
            _ => {}
        }
        let before_colon = matches!(tokens.get(place + 1), Some((Token::Colon, _)));
        if depth == 0 && token.is_name() && (before_colon || (is_data && place == 1)) {
            names.push((*word).to_owned());
            if is_theorem {
                break;
            }
        }
    }
    names
}

/// A text with names replaced, token by token.
fn renamed(text: &str, names: &HashMap<String, String>) -> String {
    let mut out = String::new();
    let mut end = 0;
    for (_, span) in Token::lexer(text).spanned() {
        out.push_str(&text[end..span.start]);
        let word = &text[span.clone()];
        out.push_str(names.get(word).map_or(word, String::as_str));
        end = span.end;
    }
    out.push_str(&text[end..]);
    out
}

/// The pieces in another order, in which each still comes after those that it mentions.
fn shuffled(mut pieces: Vec<Piece>, rng: &mut ChaCha8Rng) -> Vec<Piece> {
    let mut owner: HashMap<String, usize> = HashMap::new();
    for (place, piece) in pieces.iter().enumerate() {
        for name in &piece.declares {
            owner.entry(name.clone()).or_insert(place);
        }
    }
    let needs: Vec<HashSet<usize>> = (0..pieces.len())
        .map(|place| {
            let text = &pieces[place].text;
            let mut words: Vec<String> = Token::lexer(text).spanned().map(|(_, span)| text[span].to_owned()).collect();
            // What brings equations needs equality.
            words.extend((text.starts_with("data ") || text.starts_with("fun ")).then(|| "=".to_owned()));
            words.iter().filter_map(|word| owner.get(word).copied()).filter(|&other| other != place).collect()
        })
        .collect();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < pieces.len() {
        let ready: Vec<usize> = (0..pieces.len())
            .filter(|place| !order.contains(place) && needs[*place].iter().all(|other| order.contains(other)))
            .collect();
        order.push(*ready.choose(rng).expect("what is mentioned is declared before"));
    }
    let mut taken: Vec<Option<Piece>> = pieces.drain(..).map(Some).collect();
    order.into_iter().filter_map(|place| taken[place].take()).collect()
}

/// The names of the goals that are proved within some nodes.
fn proved(theory: &str, goals: &str, means: Means, nodes: u64) -> Vec<String> {
    let lemmas = Lemmas::new(theory);
    let world = lemmas.world().unwrap();
    let statements = lemmas.goals(goals).unwrap();
    let budget = Budget { nodes, seconds: None, batch: 1 };
    let tried = statements.par_iter().map(|statement| {
        let found = Strategy::new(lemmas.clone(), world.clone(), &Uniform, means, budget, 0).prove(statement);
        found.theorem.map(|_| statement.name.clone())
    });
    tried.collect::<Vec<_>>().into_iter().flatten().collect()
}

/// The goals of a set proved within a number of nodes are proved within four times as many, whatever the names.
fn is_the_same_by_other_names(theory: &str, goals: &str, means: Means, nodes: u64) {
    let expected = proved(theory, goals, means, nodes);
    assert!(!expected.is_empty());
    let folder = tempfile::tempdir().unwrap();
    for seed in 1..3 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut items = Vec::new();
        pieces(theory, &mut HashSet::new(), &mut items);
        let mut names = HashMap::new();
        for name in items.iter().flat_map(|item| &item.declares) {
            if !RESERVED.contains(&name.as_str()) {
                let number = names.len() as u64 * 7 + seed;
                names.entry(name.clone()).or_insert_with(|| format!("n{number}"));
            }
        }
        let texts: Vec<String> = shuffled(items, &mut rng).iter().map(|item| renamed(&item.text, &names)).collect();
        let path = |name: &str| folder.path().join(format!("{name}{seed}.peano")).to_str().unwrap().to_owned();
        std::fs::write(path("theory"), texts.join("\n")).unwrap();
        let source = load_goals(goals).unwrap();
        std::fs::write(path("goals"), renamed(&source.text, &names)).unwrap();
        let found = proved(&path("theory"), &path("goals"), means, 4 * nodes);
        let lost: Vec<&String> =
            expected.iter().filter(|name| !found.contains(names.get(*name).unwrap_or(name))).collect();
        assert!(lost.is_empty(), "{goals}, seed {seed}: {lost:?} of {expected:?}\n{}", texts.join("\n"));
    }
}

#[test]
fn by_search() {
    for (theory, goals) in [
        ("nat-add", "nat-add-hard"),
        ("nat-mul", "nat-mul"),
        ("nat-pow", "nat-pow"),
        ("lists", "lists"),
        ("trees", "trees"),
        ("propositional-logic", "propositional"),
        ("connectives", "connectives"),
        ("order", "order"),
        ("sets", "sets"),
    ] {
        is_the_same_by_other_names(theory, goals, Means::SEARCH, 500);
    }
}

#[test]
fn by_completion() {
    let means = Means { search: false, saturation: false, ..Means::ALL };
    for (theory, goals) in [("groups", "groups"), ("rings", "rings"), ("magmas", "magmas")] {
        is_the_same_by_other_names(theory, goals, means, 60);
    }
}

#[test]
fn by_all_means() {
    for (theory, goals, nodes) in [("nat-mul", "nat-mul", 2_000), ("nat-pow", "nat-pow", 500)] {
        is_the_same_by_other_names(theory, goals, Means::ALL, nodes);
    }
}
