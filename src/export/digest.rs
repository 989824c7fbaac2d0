//! Digests of terms, by which other programs speak of a proof.
//!
//! The digest of a term is the SHA-256 of a letter for its outermost constructor and of its parts: `s` and the name of
//! the sort, `v` and the de Bruijn index in decimal digits, `c` and the name of the constant; `a` and the digests of
//! function and argument, `l` and `p` and the digests of domain and body. The digests of parts go in as 32 bytes each.
//! So it depends on the term alone: not on the names of variables, nor on the file, nor on how the program keeps terms.

use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

use prover_logic::{Environment, Sort, Term, TermId};

/// The digest of a closed term, as `sha256:` and 64 hexadecimal digits. Linear in the term's graph.
pub fn of_term(environment: &Environment, root: TermId) -> String {
    let mut known: FxHashMap<TermId, [u8; 32]> = FxHashMap::default();
    let mut open = vec![root];
    while let Some(&term) = open.last() {
        if known.contains_key(&term) {
            open.pop();
            continue;
        }
        let node = environment.store.term(term);
        if let Term::App(first, second) | Term::Lambda(first, second) | Term::Pi(first, second) = node {
            let before = open.len();
            open.extend([second, first].into_iter().filter(|part| !known.contains_key(part)));
            if open.len() > before {
                continue;
            }
        }
        let hash = Sha256::new();
        let pair = |letter: &str, first: TermId, second: TermId| {
            hash.clone().chain_update(letter).chain_update(known[&first]).chain_update(known[&second])
        };
        let hash = match node {
            Term::Sort(Sort::Prop) => hash.chain_update("sprop"),
            Term::Sort(Sort::Type) => hash.chain_update("stype"),
            Term::Sort(Sort::Kind) => hash.chain_update("skind"),
            Term::Bound(index) => hash.chain_update(format!("v{index}")),
            // A declared term has none; a number tells apart those of one that is not declared.
            Term::Local { id, .. } => hash.chain_update(format!("f{id}")),
            Term::Const(constant) => hash.chain_update("c").chain_update(&*environment.declaration(constant).name),
            Term::App(first, second) => pair("a", first, second),
            Term::Lambda(first, second) => pair("l", first, second),
            Term::Pi(first, second) => pair("p", first, second),
        };
        known.insert(term, hash.finalize().into());
        open.pop();
    }
    let digits: String = known[&root].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_the_term_alone() {
        let digest = |first: &str, is_swapped: bool| {
            let mut environment = Environment::new();
            let prop = environment.store.sort(Sort::Prop);
            let other = if first == "p" { "q" } else { "p" };
            let constants = [first, other].map(|name| {
                let constant = environment.add_axiom(name, prop).unwrap();
                (name.to_owned(), environment.store.constant(constant))
            });
            let of = |name: &str| constants.iter().find(|(known, _)| known == name).unwrap().1;
            let (p, q) = if is_swapped { (of("q"), of("p")) } else { (of("p"), of("q")) };
            let arrow = environment.store.pi(p, q);
            of_term(&environment, arrow)
        };
        assert_eq!(digest("p", false), digest("q", false));
        assert_ne!(digest("p", false), digest("p", true));
        // By the text above, with sha256sum.
        let mut environment = Environment::new();
        let prop = environment.store.sort(Sort::Prop);
        assert_eq!(
            of_term(&environment, prop),
            "sha256:a1ec47f37cad9c33c68fe790ae72a24003e7bfe872366b7e110d76866d610873"
        );
    }
}
