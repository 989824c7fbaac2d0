//! The values of imported functions, compared with an interpreter of the problem itself.

use super::interpreter::{Problem, Value};
use prover::theory::Theory;
use prover::theory::import::{Files, SourceText};
use prover::tip::import;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Functions with all that values may be made of. Data types are without parameters where results are compared.
const FUNCTIONS: &str = "
(declare-datatype L ((E) (K (hd Int) (tl L))))
(declare-datatype N ((O) (I (p N))))
(declare-datatype T ((Leaf) (Fork (l T) (at Int) (r T))))
(declare-datatype list (par (a) ((nil) (cons (head a) (tail (list a))))))
(declare-datatype pair (par (a b) ((both (first a) (second b)))))

(define-fun plus ((x Int) (y Int)) Int (+ x y))
(define-fun minus ((x Int) (y Int)) Int (- x y))
(define-fun times ((x Int) (y Int)) Int (* x y))
(define-fun opposite ((x Int)) Int (- x))
(define-fun many ((x Int) (y Int)) Int (- (+ x y 2 (* x 2 y)) x 1))
(define-fun half ((x Int)) Int (div x 2))
(define-fun third ((x Int)) Int (div x 3))
(define-fun seventh ((x Int)) Int (div x 7))
(define-fun itself ((x Int)) Int (div x 1))
(define-fun downward ((x Int)) Int (div x (- 3)))
(define-fun parity ((x Int)) Int (mod x 2))
(define-fun rest3 ((x Int)) Int (mod x 3))
(define-fun rest7 ((x Int)) Int (mod x 7))
(define-fun rest1 ((x Int)) Int (mod x 1))
(define-fun restdown ((x Int)) Int (mod x (- 3)))
(define-fun le ((x Int) (y Int)) Bool (<= x y))
(define-fun lt ((x Int) (y Int)) Bool (< x y))
(define-fun ge ((x Int) (y Int)) Bool (>= x y))
(define-fun gt ((x Int) (y Int)) Bool (> x y))
(define-fun same ((x Int) (y Int)) Bool (= x y))
(define-fun logic ((x Bool) (y Bool) (z Bool)) Bool
  (and (=> x y z) (or x (not y) z) (= x (distinct y z)) (and (or z y) (=> x z))))

(define-fun shadow ((x Int) (y Int)) Int (let ((x y) (y x)) (let ((z (- x y)) (x 3)) (+ z (* x y)))))
(define-fun swap ((x L)) L (match x ((E x) ((K y z) (match z ((E x) ((K x u) (K x (K y u)))))))))
(define-fun samelist ((x L) (y L)) Bool (= x y))
(define-fun differtree ((x T) (y T)) Bool (distinct x y))
(define-fun-rec append ((x L) (y L)) L (match x ((E y) ((K z u) (K z (append u y))))))
(define-fun-rec take ((x Int) (y L)) L
  (ite (<= x 0) E (match y ((E E) ((K z u) (K z (take (- x 1) u)))))))
(define-fun-rec lookup ((x Int) (y L)) (pair Bool Int)
  (match y ((E (both false 0)) ((K z u) (ite (= x z) (both true z) (lookup x u))))))
(define-fun found ((x Int) (y L)) Int (match (lookup x y) (((both b n) (ite b n (- 1))))))
(define-fun-rec runs ((x L)) L
  (match x ((E E) ((K y u) (match (runs u) ((E (K y E)) ((K z w) (ite (= y z) (runs u) (K y (runs u))))))))))
(define-fun-rec sums ((x Int) (y L)) L
  (match y ((E E) ((K z u) (match (lookup z u) (((both b n) (ite b (K n (sums (+ x n) u)) (K x (sums z u)))))))))) 
(define-fun-rec flat ((x T)) L
  (match x ((Leaf E) ((Fork l n r) (append (flat l) (K n (flat r)))))))

(define-funs-rec
  ((evens ((x L)) L) (odds ((x L)) L))
  ((match x ((E E) ((K y u) (K y (odds u))))) (match x ((E E) ((K y u) (evens u))))))
(define-funs-rec
  ((weigh ((x T) (y Int)) Int) (weighall ((p T) (x L)) Int))
  ((match x ((Leaf y) ((Fork l n r) (+ (weigh l (+ n y)) (weighall r (K n (K y E)))))))
   (match x ((E 0) ((K n u) (+ (weigh p n) (weighall p u)))))))

(define-fun-rec count (par (a) (((x a) (y (list a))) Int))
  (match y ((nil 0) ((cons z u) (ite (= x z) (+ 1 (count x u)) (count x u))))))
(define-fun-rec tolist ((x L)) (list Int) (match x ((E (_ nil Int)) ((K y u) (cons y (tolist u))))))
(define-fun-rec map (par (a b) (((f (=> a b)) (x (list a))) (list b)))
  (match x ((nil (_ nil b)) ((cons y u) (cons (@ f y) (map f u))))))
(define-fun counted ((x Int) (y L)) Int (count x (tolist y)))
(define-fun countedpairs ((x Int) (y L)) Int
  (count (both x true) (map (lambda ((z Int)) (both (+ z 1) (<= z x))) (tolist y))))
(define-fun-rec fold ((f (=> Int (=> Int Int))) (x Int) (y L)) Int
  (match y ((E x) ((K z u) (@ (@ f z) (fold f x u))))))
(define-fun alternate ((x Int) (y L)) Int (fold (lambda ((a Int)) (lambda ((b Int)) (- a b))) x y))

(define-fun-rec upto ((x Int) (y Int)) L (ite (> x y) E (K x (upto (+ 1 x) y))))
(define-fun-rec downto ((x Int) (y Int)) L (ite (<= y x) (K x (downto (- x 2) y)) E))
(define-fun-rec weave ((x L) (y L)) L (match x ((E y) ((K z u) (K z (weave y u))))))
(define-fun-rec small ((x Int) (y L)) L
  (match y ((E E) ((K z u) (ite (<= z x) (K z (small x u)) (small x u))))))
(define-fun-rec large ((x Int) (y L)) L
  (match y ((E E) ((K z u) (ite (> z x) (K z (large x u)) (large x u))))))
(define-fun-rec qsort ((x L)) L
  (match x ((E E) ((K y u) (append (qsort (small y u)) (K y (qsort (large y u))))))))
(define-fun-rec halves ((x L)) L
  (match x ((E E) ((K y u) (match u ((E x) (_ (append (halves (odds x)) (halves (evens x))))))))))
(define-fun-rec nminus ((x N) (y N)) N
  (match x ((O O) ((I z) (match y (((I w) (nminus z w)) (_ x)))))))
(define-fun-rec nlt ((x N) (y N)) Bool
  (match y ((O false) ((I z) (match x ((O true) ((I w) (nlt w z))))))))
(define-fun-rec nmod ((x N) (y N)) N
  (match y ((O O) ((I z) (ite (nlt x y) x (nmod (nminus x y) y))))))
(define-fun-rec ack ((x N) (y N)) N
  (match x ((O (I y)) ((I z) (match y ((O (ack z (I O))) ((I w) (ack z (ack x w)))))))))
";

/// The functions that are compared, with the types of their arguments.
const COMPARED: [(&str, &str); 47] = [
    ("plus", "ii"),
    ("minus", "ii"),
    ("times", "ii"),
    ("opposite", "i"),
    ("many", "ii"),
    ("half", "i"),
    ("third", "i"),
    ("seventh", "i"),
    ("itself", "i"),
    ("downward", "i"),
    ("parity", "i"),
    ("rest3", "i"),
    ("rest7", "i"),
    ("rest1", "i"),
    ("restdown", "i"),
    ("le", "ii"),
    ("lt", "ii"),
    ("ge", "ii"),
    ("gt", "ii"),
    ("same", "ii"),
    ("logic", "bbb"),
    ("shadow", "ii"),
    ("swap", "l"),
    ("samelist", "ll"),
    ("differtree", "tt"),
    ("append", "ll"),
    ("take", "il"),
    ("found", "il"),
    ("runs", "l"),
    ("sums", "il"),
    ("flat", "t"),
    ("evens", "l"),
    ("odds", "l"),
    ("weigh", "ti"),
    ("weighall", "tl"),
    ("counted", "il"),
    ("countedpairs", "il"),
    ("alternate", "il"),
    ("upto", "ii"),
    ("downto", "ii"),
    ("weave", "ll"),
    ("qsort", "l"),
    ("halves", "l"),
    ("nminus", "nn"),
    ("nlt", "nn"),
    ("nmod", "nn"),
    ("ack", "nn"),
];

fn data(name: &str, fields: Vec<Value>) -> Value {
    Value::Data(name.to_owned(), fields)
}

/// A value of a type, by its letter.
fn random(generator: &mut ChaCha8Rng, of: char) -> Value {
    match of {
        'i' => Value::Int(generator.random_range(-9..10)),
        'b' => data(if generator.random() { "true" } else { "false" }, Vec::new()),
        'n' => (0..generator.random_range(0..3)).fold(data("O", Vec::new()), |value, _| data("I", vec![value])),
        'l' => (0..generator.random_range(0..5)).fold(data("E", Vec::new()), |value, _| {
            let number = generator.random_range(-2..3);
            data("K", vec![Value::Int(number), value])
        }),
        _ if generator.random_range(0..3) < 2 => data("Leaf", Vec::new()),
        _ => {
            let number = generator.random_range(-1..2);
            data("Fork", vec![random(generator, 't'), Value::Int(number), random(generator, 't')])
        }
    }
}

/// A value in the Peano language.
fn text(value: &Value) -> String {
    match value {
        Value::Int(number) => {
            let (constructor, count) = match number {
                0.. => ("nonnegative", *number),
                _ => ("negative", -number - 1),
            };
            let natural = (0..count).fold("0".to_owned(), |text, _| format!("(next {text})"));
            format!("({constructor} {natural})")
        }
        Value::Data(name, fields) if fields.is_empty() => name.clone(),
        Value::Data(name, fields) => {
            format!("({name} {})", fields.iter().map(text).collect::<Vec<_>>().join(" "))
        }
        Value::Function(..) => panic!("a function is no result"),
    }
}

#[test]
fn imported_functions_compute_what_the_problem_says() {
    let problem = Problem::new(FUNCTIONS);
    let imported = import(FUNCTIONS, "goal").unwrap();
    let mut generator = ChaCha8Rng::seed_from_u64(9);
    let (mut theory, mut expected) = (imported.theory, Vec::new());
    for _ in 0..40 {
        for (function, types) in COMPARED {
            let arguments: Vec<Value> = types.chars().map(|of| random(&mut generator, of)).collect();
            let call = format!("({function} {})", arguments.iter().map(text).collect::<Vec<_>>().join(" "));
            theory += &format!("#eval {call}.\n");
            expected.push((call, text(&problem.call(function, arguments))));
        }
    }
    let (_, report) = Theory::load(SourceText::text("test", theory), &Files);
    let errors: Vec<_> = report.errors().map(|(_, error)| error.message.clone()).collect();
    assert_eq!(errors, [""; 0]);
    let said: Vec<String> =
        report.files.iter().flat_map(|file| &file.items).filter_map(|item| item.said.clone()).collect();
    assert_eq!(said.len(), expected.len());
    for (said, (call, value)) in said.iter().zip(&expected) {
        assert_eq!(said, value, "{call}");
    }
}

#[test]
fn integers_are_those_of_smt_lib() {
    let problem = Problem::new(FUNCTIONS);
    let imported = import(FUNCTIONS, "goal").unwrap();
    let (mut theory, mut expected) = (imported.theory, Vec::new());
    let numbers = -8..=8;
    for x in numbers.clone() {
        for (function, types) in COMPARED.iter().filter(|(_, types)| matches!(*types, "i" | "ii")).take(19) {
            let seconds = if *types == "i" { 0..=0 } else { numbers.clone() };
            for y in seconds {
                let arguments: Vec<Value> = [x, y][..types.len()].iter().map(|&number| Value::Int(number)).collect();
                let call = format!("({function} {})", arguments.iter().map(text).collect::<Vec<_>>().join(" "));
                theory += &format!("#eval {call}.\n");
                expected.push((call, text(&problem.call(function, arguments))));
            }
        }
    }
    let (_, report) = Theory::load(SourceText::text("test", theory), &Files);
    let said = report.files.iter().flat_map(|file| &file.items).filter_map(|item| item.said.clone());
    for (said, (call, value)) in said.zip(&expected) {
        assert_eq!(said, *value, "{call}");
    }
}
