//! Tests of conjecturing: the statements written, those within reach, those refused.

mod filters;
mod reachability;
mod variants;
mod writing;

use prover_logic::TermId;
use prover_theory::Theory;

const NAT_ADD: &str = "
= : [('t : type) -> 't -> 't -> prop].
nat : type.
z : nat.
s : [nat -> nat].
+ : [nat -> nat -> nat].
+_z : [('n : nat) -> (= (+ 'n z) 'n)].
+_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))].
nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))] -> [('n : nat) -> ('p 'n)]].
";

const MULTIPLICATION: &str = "
* : [nat -> nat -> nat].
*_z : [('n : nat) -> (= (* 'n z) z)].
*_s : [('n : nat) -> ('m : nat) -> (= (* 'n (s 'm)) (+ 'n (* 'n 'm)))].
";

const GROUPS: &str = "
= : [('t : type) -> 't -> 't -> prop].
G : type.
op : [G -> G -> G].
id : G.
inv : [G -> G].
op_comm : [('a : G) -> ('b : G) -> (= (op 'a 'b) (op 'b 'a))].
id_l : [('a : G) -> (= (op id 'a) 'a)].
";

const PROPOSITIONS: &str = "
false : prop.
not : [prop -> prop].
and : [prop -> prop -> prop].
or : [prop -> prop -> prop].
iff : [prop -> prop -> prop].
and_i : [('P : prop) -> ('Q : prop) -> 'P -> 'Q -> (and 'P 'Q)].
and_el : [('P : prop) -> ('Q : prop) -> (and 'P 'Q) -> 'P].
exfalso : [false -> ('P : prop) -> 'P].
em : [('P : prop) -> (or 'P (not 'P))].
";

/// Types made from types: arguments whose type is settled late (`snoc`), and type arguments that are written (`nil`,
/// `append`).
const LISTS: &str = "
list : [type -> type].
nil : [('t : type) -> (list 't)].
cons : [('t : type) -> 't -> (list 't) -> (list 't)].
snoc : [('t : type) -> (list 't) -> 't -> (list 't)].
append : [('t : type) -> (list 't) -> (list 't) -> (list 't)].
length : [('t : type) -> (list 't) -> nat].
< : [nat -> nat -> prop].
vector : [nat -> type].
zeros : [('n : nat) -> (vector 'n)].
iterate : [[nat -> nat] -> nat -> nat].
";

fn theory(text: &str) -> Theory {
    Theory::from_text("test", text).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn nat_mul() -> Theory {
    theory(&format!("{NAT_ADD}{MULTIPLICATION}"))
}

/// Numbers and propositions: binders of two types, hypotheses, implications.
fn mixed() -> Theory {
    theory(&format!("{NAT_ADD}{PROPOSITIONS}"))
}

fn lists() -> Theory {
    theory(&format!("{NAT_ADD}{LISTS}"))
}

fn statement(theory: &mut Theory, text: &str) -> TermId {
    theory.statement(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}
