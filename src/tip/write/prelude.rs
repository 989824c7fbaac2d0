//! The theories of SMT-LIB that the Peano language lacks: truth values and integers.
//!
//! An integer is `(nonnegative n)`, the number `n`, or `(negative n)`, the number `-n-1`: each has one form, so that
//! equality of terms is equality of integers. All operations are recursive functions; docs/tip.md says why they are
//! those of SMT-LIB.

use super::*;

/// A type or function that is written where it is used.
struct Known {
    /// Its name in the Peano language.
    name: &'static str,
    /// The names of the declarations that its text uses.
    needs: &'static [&'static str],
    text: &'static str,
}

/// All of them, each after those that it needs.
const KNOWN: [Known; 28] = [
    Known { name: "Bool", needs: &[], text: "data Bool {\n  true : Bool.\n  false : Bool.\n}\n" },
    Known {
        name: "ite",
        needs: &["Bool"],
        text: "fun ite : [('t : type) -> Bool -> 't -> 't -> 't] {\n  (ite true 'x 'y) = 'x.\n  \
               (ite false 'x 'y) = 'y.\n}\n",
    },
    Known {
        name: "not",
        needs: &["Bool"],
        text: "fun not : [Bool -> Bool] {\n  (not true) = false.\n  (not false) = true.\n}\n",
    },
    Known {
        name: "and",
        needs: &["Bool"],
        text: "fun and : [Bool -> Bool -> Bool] {\n  (and true 'x) = 'x.\n  (and false 'x) = false.\n}\n",
    },
    Known {
        name: "or",
        needs: &["Bool"],
        text: "fun or : [Bool -> Bool -> Bool] {\n  (or true 'x) = true.\n  (or false 'x) = 'x.\n}\n",
    },
    Known {
        name: "implies",
        needs: &["Bool"],
        text: "fun implies : [Bool -> Bool -> Bool] {\n  (implies true 'x) = 'x.\n  (implies false 'x) = true.\n}\n",
    },
    Known { name: "natural", needs: &[], text: "data natural {\n  0 : natural.\n  next : [natural -> natural].\n}\n" },
    Known {
        name: "Int",
        needs: &["natural"],
        text: "data Int {\n  nonnegative : [natural -> Int].\n  negative : [natural -> Int].\n}\n",
    },
    Known {
        name: "natural_+",
        needs: &["natural"],
        text: "fun natural_+ : [natural -> natural -> natural] {\n  (natural_+ 0 'n) = 'n.\n  \
               (natural_+ (next 'm) 'n) = (next (natural_+ 'm 'n)).\n}\n",
    },
    Known {
        name: "natural_*",
        needs: &["natural_+"],
        text: "fun natural_* : [natural -> natural -> natural] {\n  (natural_* 0 'n) = 0.\n  \
               (natural_* (next 'm) 'n) = (natural_+ 'n (natural_* 'm 'n)).\n}\n",
    },
    Known {
        name: "natural_<=",
        needs: &["natural", "Bool"],
        text: "fun natural_<= : [natural -> natural -> Bool] {\n  (natural_<= 0 'n) = true.\n  \
               (natural_<= (next 'm) 0) = false.\n  (natural_<= (next 'm) (next 'n)) = (natural_<= 'm 'n).\n}\n",
    },
    Known {
        name: "difference",
        needs: &["Int"],
        text: "fun difference : [natural -> natural -> Int] {\n  (difference 'm 0) = (nonnegative 'm).\n  \
               (difference 0 (next 'n)) = (negative 'n).\n  \
               (difference (next 'm) (next 'n)) = (difference 'm 'n).\n}\n",
    },
    Known {
        name: "negate",
        needs: &["Int"],
        text: "fun negate : [Int -> Int] {\n  (negate (nonnegative 0)) = (nonnegative 0).\n  \
               (negate (nonnegative (next 'n))) = (negative 'n).\n  \
               (negate (negative 'n)) = (nonnegative (next 'n)).\n}\n",
    },
    // The number of steps from 0 up to an integer.
    Known {
        name: "count",
        needs: &["Int"],
        text: "fun count : [Int -> natural] {\n  (count (nonnegative 'n)) = 'n.\n  (count (negative 'n)) = 0.\n}\n",
    },
    Known {
        name: "+",
        needs: &["difference", "natural_+"],
        text: "fun + : [Int -> Int -> Int] {\n  \
               (+ (nonnegative 'm) (nonnegative 'n)) = (nonnegative (natural_+ 'm 'n)).\n  \
               (+ (nonnegative 'm) (negative 'n)) = (difference 'm (next 'n)).\n  \
               (+ (negative 'm) (nonnegative 'n)) = (difference 'n (next 'm)).\n  \
               (+ (negative 'm) (negative 'n)) = (negative (next (natural_+ 'm 'n))).\n}\n",
    },
    Known {
        name: "-",
        needs: &["+", "negate"],
        text: "fun - : [Int -> Int -> Int] {\n  (- 'x 'y) = (+ 'x (negate 'y)).\n}\n",
    },
    Known {
        name: "*",
        needs: &["natural_*", "negate"],
        text: "fun * : [Int -> Int -> Int] {\n  \
               (* (nonnegative 'm) (nonnegative 'n)) = (nonnegative (natural_* 'm 'n)).\n  \
               (* (nonnegative 'm) (negative 'n)) = (negate (nonnegative (natural_* 'm (next 'n)))).\n  \
               (* (negative 'm) (nonnegative 'n)) = (negate (nonnegative (natural_* (next 'm) 'n))).\n  \
               (* (negative 'm) (negative 'n)) = (nonnegative (natural_* (next 'm) (next 'n))).\n}\n",
    },
    Known {
        name: "<=",
        needs: &["Int", "natural_<="],
        text: "fun <= : [Int -> Int -> Bool] {\n  \
               (<= (nonnegative 'm) (nonnegative 'n)) = (natural_<= 'm 'n).\n  \
               (<= (nonnegative 'm) (negative 'n)) = false.\n  \
               (<= (negative 'm) (nonnegative 'n)) = true.\n  \
               (<= (negative 'm) (negative 'n)) = (natural_<= 'n 'm).\n}\n",
    },
    Known { name: ">=", needs: &["<="], text: "fun >= : [Int -> Int -> Bool] {\n  (>= 'x 'y) = (<= 'y 'x).\n}\n" },
    Known {
        name: "<",
        needs: &["<=", "not"],
        text: "fun < : [Int -> Int -> Bool] {\n  (< 'x 'y) = (not (<= 'y 'x)).\n}\n",
    },
    Known {
        name: ">",
        needs: &["<=", "not"],
        text: "fun > : [Int -> Int -> Bool] {\n  (> 'x 'y) = (not (<= 'x 'y)).\n}\n",
    },
    // The quotient of `m` by `d + 1` where `u` steps are left until it grows.
    Known {
        name: "quotient",
        needs: &["natural"],
        text: "fun quotient : [natural -> natural -> natural -> natural] {\n  (quotient 0 'd 'u) = 0.\n  \
               (quotient (next 'm) 'd 0) = (next (quotient 'm 'd 'd)).\n  \
               (quotient (next 'm) 'd (next 'u)) = (quotient 'm 'd 'u).\n}\n",
    },
    // The remainder of `m + r` by `d + 1` where `r + u` is `d`.
    Known {
        name: "remainder",
        needs: &["natural"],
        text: "fun remainder : [natural -> natural -> natural -> natural -> natural] {\n  \
               (remainder 0 'd 'r 'u) = 'r.\n  \
               (remainder (next 'm) 'd 'r 0) = (remainder 'm 'd 0 'd).\n  \
               (remainder (next 'm) 'd 'r (next 'u)) = (remainder 'm 'd (next 'r) 'u).\n}\n",
    },
    // The number `d` less the remainder of `m` by `d + 1`, where `u` is `d`.
    Known {
        name: "complement",
        needs: &["natural"],
        text: "fun complement : [natural -> natural -> natural -> natural] {\n  (complement 0 'd 'u) = 'u.\n  \
               (complement (next 'm) 'd 0) = (complement 'm 'd 'd).\n  \
               (complement (next 'm) 'd (next 'u)) = (complement 'm 'd 'u).\n}\n",
    },
    Known {
        name: "divided",
        needs: &["quotient", "Int"],
        text: "fun divided : [Int -> natural -> Int] {\n  \
               (divided (nonnegative 'm) 'd) = (nonnegative (quotient 'm 'd 'd)).\n  \
               (divided (negative 'm) 'd) = (negative (quotient 'm 'd 'd)).\n}\n",
    },
    Known {
        name: "div",
        needs: &["divided", "negate"],
        text: "fun div : [Int -> Int -> Int] {\n  (div 'x (nonnegative 0)) = (nonnegative 0).\n  \
               (div 'x (nonnegative (next 'd))) = (divided 'x 'd).\n  \
               (div 'x (negative 'd)) = (negate (divided 'x 'd)).\n}\n",
    },
    Known {
        name: "rest",
        needs: &["remainder", "complement", "Int"],
        text: "fun rest : [Int -> natural -> Int] {\n  \
               (rest (nonnegative 'm) 'd) = (nonnegative (remainder 'm 'd 0 'd)).\n  \
               (rest (negative 'm) 'd) = (nonnegative (complement 'm 'd 'd)).\n}\n",
    },
    Known {
        name: "mod",
        needs: &["rest"],
        text: "fun mod : [Int -> Int -> Int] {\n  (mod 'x (nonnegative 0)) = 'x.\n  \
               (mod 'x (nonnegative (next 'd))) = (rest 'x 'd).\n  (mod 'x (negative 'd)) = (rest 'x 'd).\n}\n",
    },
];

/// Names that problems may not have.
const TAKEN: [&str; 9] = ["=", "Bool", "true", "false", "ite", "not", "and", "or", "implies"];

/// Constructors and theorems of the theories in [`KNOWN`], besides the names there.
const TAKEN_BY_INTEGERS: [&str; 4] = ["0", "next", "nonnegative", "negative"];

/// The operations of SMT-LIB on integers, and whether the result is a truth value.
pub(super) const ARITHMETIC: [(&str, bool); 9] = [
    ("+", false),
    ("-", false),
    ("*", false),
    ("div", false),
    ("mod", false),
    ("<=", true),
    ("<", true),
    (">=", true),
    (">", true),
];

/// The names that are taken in a problem with integers, or in one without.
pub(super) fn taken(integers: bool) -> impl Iterator<Item = String> {
    let names = TAKEN.iter().copied();
    let more = KNOWN.iter().map(|known| known.name).chain(TAKEN_BY_INTEGERS).filter(move |_| integers);
    names.chain(more).map(str::to_owned)
}

impl Writer {
    /// Registers the types and their constructors; they are written only if they are used.
    pub(super) fn prelude(&mut self) {
        let of = |name: &str| Ty::named(name);
        for (name, constructors) in [
            ("Bool", vec![("true", vec![]), ("false", vec![])]),
            ("natural", vec![("0", vec![]), ("next", vec![of("natural")])]),
            ("Int", vec![("nonnegative", vec![of("natural")]), ("negative", vec![of("natural")])]),
        ] {
            let place = self.data.len();
            self.places.insert(name.to_owned(), place);
            let mut known = Vec::new();
            for (constructor, fields) in constructors {
                known.push(self.symbols.len());
                let kind = Kind::Constructor { data: place };
                self.symbols.push(Info::new(constructor, Vec::new(), fields, of(name), kind));
            }
            if name == "Bool" {
                self.terms.extend([("true".to_owned(), known[0]), ("false".to_owned(), known[1])]);
            }
            self.data.push(Data { name: name.to_owned(), parameters: Vec::new(), constructors: known });
        }
    }

    /// The operation of a name in the Peano language; notes that it is used.
    pub(super) fn operation(&mut self, name: &'static str) -> Symbol {
        self.uses(name);
        if let Some(&symbol) = self.operations.get(name) {
            return symbol;
        }
        let (bool, int, any) = (Ty::named("Bool"), Ty::named("Int"), Ty::named("'t"));
        let (parameters, inputs, output) = match name {
            "ite" => (vec!["'t".to_owned()], vec![bool, any.clone(), any.clone()], any),
            "not" => (Vec::new(), vec![bool.clone()], bool),
            "negate" => (Vec::new(), vec![int.clone()], int),
            "count" => (Vec::new(), vec![int], Ty::named("natural")),
            "natural_+" => {
                let natural = Ty::named("natural");
                (Vec::new(), vec![natural.clone(), natural.clone()], natural)
            }
            _ => match ARITHMETIC.iter().find(|(known, _)| *known == name) {
                Some((_, true)) => (Vec::new(), vec![int.clone(), int], bool),
                Some((_, false)) => (Vec::new(), vec![int.clone(), int.clone()], int),
                None => (Vec::new(), vec![bool.clone(), bool.clone()], bool),
            },
        };
        let symbol = self.symbols.len();
        self.symbols.push(Info::new(name, parameters, inputs, output, Kind::Function));
        self.operations.insert(name, symbol);
        symbol
    }

    /// Notes that a type or function is used.
    pub(super) fn uses(&mut self, name: &'static str) {
        if self.used.insert(name) {
            let known = KNOWN.iter().find(|known| known.name == name);
            known.into_iter().flat_map(|known| known.needs).for_each(|needed| self.uses(needed));
        }
    }

    /// The texts of all that is used.
    pub(super) fn written_prelude(&self) -> String {
        let mut text = String::from("= : [('t : type) -> 't -> 't -> prop].\n");
        for known in KNOWN.iter().filter(|known| self.used.contains(known.name)) {
            text.push('\n');
            text.push_str(known.text);
        }
        text
    }
}
