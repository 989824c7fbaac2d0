//! The modules.

use super::{Maker, Module, Written};
use crate::answer::data::Pair;
use crate::graph::algebra::budget::Budget;
use crate::graph::algebra::integer;
use crate::graph::algebra::name::Name;
use crate::graph::algebra::number::Number;
use crate::graph::algebra::polynomial::Polynomial;
use crate::graph::algebra::units::{Dimension, UNITS, Unit};
use crate::graph::algebra::value::{Scalar, Value};

macro_rules! modules {
    ($($name:ident),+ $(,)?) => {
        /// The modules of questions as people type them, by area.
        pub(super) const ASKED: &[Module] =
            &[$(Module { name: concat!("asked__", stringify!($name)), make: $name, is_composed: false }),+];
    };
}

modules! {
    add, subtract, multiply, divide, expression, twice, of_words,
    percent_of, percent_whole, percentage, percent_change, percent_more, as_percent, as_fraction, as_decimal, share_of,
    power, root, factorial, choose, arrangements, sum_range, divisors, count_divisors, sum_divisors,
    gcd, lcm, prime, prime_factors, divides, even, remainder, rounding, digit,
    mean, median, mode, range, total, product, largest, sorting, comparing, bigger,
    derivative, integral, definite, slope, expand, factorise, simplify, degree, poly_sum, zeros,
    linear, quadratic, system, given, function, next, nth, term,
    convert, how_many, between_times, base, speed, unit_price, several, proportion, workers, chance, square, around, unknown,
    left, shared,
}

fn scalar(number: Number, parts: &[&Written]) -> Scalar {
    Scalar { number, is_decimal: parts.iter().any(|part| part.value.is_decimal) }
}

fn decimal(number: Number) -> Scalar {
    Scalar { number, is_decimal: true }
}

fn add(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.number(50, 500, 50_000), m.number(50, 500, 50_000));
    let sum = scalar(&a.value.number + &b.value.number, &[&a, &b]);
    m.ask(
        &[
            "@ask $1 plus $2@end",
            "@ask the sum of $1 and $2@end",
            "add $1 {and|to} $2@end",
            "@ask $1 + $2@end",
            "@ask $1 added to $2@end",
            "@ask the total of $1 and $2@end",
            "how {many|much} is $1 and $2 {together|altogether|in total}@end",
            "$1 @things and $2 @things, how many {in total|altogether|in all}@end",
            "@who {had|has|have} $1 @things and {got|gets|bought|found} $2 more. how many now@end",
        ],
        &[&a.text, &b.text],
        sum,
    )
}

fn subtract(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.number(50, 500, 50_000), m.number(50, 500, 50_000));
    let difference = scalar(&a.value.number - &b.value.number, &[&a, &b]);
    if m.is(0.3) {
        return m.ask(
            &["@ask the {difference|distance} between $1 and $2@end", "how far {apart are|are} $1 and $2 {apart|}@end"],
            &[&a.text, &b.text],
            Scalar { number: difference.number.abs(), ..difference },
        );
    }
    m.ask(
        &[
            "@ask $1 minus $2@end",
            "subtract $2 from $1@end",
            "take {away|} $2 {from|away from} $1@end",
            "@ask $1 - $2@end",
            "@ask $1 take away $2@end",
            "@ask $2 less than $1@end",
            "@ask $1 less $2@end",
            "@ask $1 reduced by $2@end",
            "$1 minus $2",
        ],
        &[&a.text, &b.text],
        difference,
    )
}

fn left(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.number(50, 500, 5_000), m.number(30, 300, 3_000));
    let difference = &a.value.number - &b.value.number;
    if difference.is_negative() {
        return None;
    }
    let (a, b, difference) = (a.clone(), b.clone(), scalar(difference, &[&a, &b]));
    m.ask(
        &[
            "@who {has|had|have|have got} $1 @things and {gives away|sells|eats|loses|lost|sold|gave away} $2, how many are {left|left over}@end",
            "@who {has|had|have} $1 {euros|dollars|pounds sterling|cents} and {spends|spend|spent|pays} $2. {how much|what} is left@end",
            "there {are|were} $1 @things. $2 are {taken|sold|eaten|broken|lost}. how many {are left|remain}@end",
            "how many @things {are left|remain} if $2 of $1 {are gone|are taken|are sold}@end",
            "a {shirt|book|ticket|toy} {costs|cost} $$2 and i pay {with|} $$1, how much {change|money} do i get {back|}@end",
        ],
        &[&a.text, &b.text],
        difference,
    )
}

fn multiply(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.number(12, 100, 1_000), m.number(12, 100, 1_000));
    let product = scalar(&a.value.number * &b.value.number, &[&a, &b]);
    m.ask(
        &[
            "@ask $1 times $2@end",
            "@ask the product of $1 and $2@end",
            "multiply $1 {by|and|with} $2@end",
            "@ask $1 * $2@end",
            "@ask $1 x $2@end",
            "@ask $1 multiplied by $2@end",
            "$1 {bags|boxes|rows|packs|shelves} {of|with|have} $2 @things {each|}, how many @things {are there|in total|altogether|}@end",
            "one {ticket|pen|book|cup|egg} costs $1, {what do|how much do|how much are} $2 {cost|}@end",
            "@ask the area of a {rectangle|room|garden|field} {with sides|of sides|of width} $1 {and|by|and height} $2@end",
            "area of a $1 by $2 {rectangle|room|field}@end",
        ],
        &[&a.text, &b.text],
        product,
    )
}

fn divide(m: &Maker<'_>) -> Option<Pair> {
    let (b, c) = (m.sized(12, 50, 200), m.number(12, 50, 200));
    let exact = m.is(0.7);
    let a = if exact && !c.value.is_decimal { b * c.value.number.to_i64()? } else { m.sized(50, 500, 5_000) };
    let (a, b) = (m.whole(a), m.whole(b));
    let quotient = scalar(a.value.number.divide(&b.value.number)?, &[&a, &b]);
    m.ask(
        &[
            "@ask $1 divided by $2@end",
            "divide $1 by $2@end",
            "@ask $1 / $2@end",
            "@ask $1 over $2@end",
            "@ask the quotient of $1 and $2@end",
            "split $1 {into|in} $2 {equal parts|equal groups|parts}@end",
            "how many times does $2 {go into|fit into} $1@end",
            "how many {$2s|times $2} {are in|is in} $1@end",
        ],
        &[&a.text, &b.text],
        quotient,
    )
}

fn shared(m: &Maker<'_>) -> Option<Pair> {
    let (b, c) = (m.sized(9, 20, 50), m.sized(12, 50, 200));
    let (a, b) = (m.whole(b * c), m.whole(b));
    m.ask(
        &[
            "$1 @things {are|} shared {equally|} {among|between|by} $2 {people|@people}. how many {does each get|each|for each}@end",
            "@who {shares|divides|splits} $1 @things {equally|} {among|between} $2 {people|friends|children}, how many does each {get|have}@end",
            "$1 @things in $2 {equal|} {rows|boxes|bags|groups}, how many in {each|one}@end",
            "if $2 @people share $1 @things, how many {does each one get|for each}@end",
        ],
        &[&a.text, &b.text],
        c,
    )
}

fn expression(m: &Maker<'_>) -> Option<Pair> {
    let numbers: Vec<i64> = (0..4).map(|_| m.sized(12, 60, 400)).collect();
    let [a, b, c, d] = numbers[..] else { return None };
    let (times, over) = (m.one_of(&["*", " * ", "\u{d7}", " \u{d7} "]), m.one_of(&["/", " / ", " \u{f7} "]));
    let number = |n: i64| Number::from(n);
    let (text, value) = match m.between(0, 9) {
        0 => (format!("{a} + {b}{times}{c}"), number(a + b * c)),
        1 => (format!("({a} + {b}){times}{c}"), number((a + b) * c)),
        2 => (format!("{a}{times}{b} - {c}"), number(a * b - c)),
        3 => (format!("{a} - {b} + {c} - {d}"), number(a - b + c - d)),
        4 => (format!("{a}({b} - {c})"), number(a * (b - c))),
        5 => (format!("({a} + {b}){over}{c}"), number(a + b).divide(&number(c))?),
        6 => (format!("{a}{over}{b} + {c}"), &number(a).divide(&number(b))? + &number(c)),
        7 => (format!("{a}/{b} + {c}/{d}"), &number(a).divide(&number(b))? + &number(c).divide(&number(d))?),
        8 => (format!("{a}/{b} - {c}/{d}"), &number(a).divide(&number(b))? - &number(c).divide(&number(d))?),
        _ => (format!("-{a} + {b}^2"), number(b * b - a)),
    };
    m.ask(&["@ask $1@end", "$1", "$1 =", "$1 = ?", "@ask the {value|result} of $1@end"], &[&text], value)
}

fn twice(m: &Maker<'_>) -> Option<Pair> {
    let a = m.number(50, 500, 5_000);
    let (word, above, below) = m.one_of(&[
        ("twice", 2, 1),
        ("double", 2, 1),
        ("triple", 3, 1),
        ("half of", 1, 2),
        ("half", 1, 2),
        ("a third of", 1, 3),
        ("a quarter of", 1, 4),
    ]);
    let value = scalar(&a.value.number * &Number::quotient(above, below)?, &[&a]);
    m.ask(&["@ask $2 $1@end", "$2 $1@end"], &[&a.text, word], value)
}

fn of_words(m: &Maker<'_>) -> Option<Pair> {
    let part = m.fraction();
    let whole = m.number(50, 500, 5_000);
    let value = scalar(&part.value.number * &whole.value.number, &[&whole]);
    m.ask(
        &[
            "@ask $1 of $2@end",
            "$1 of $2@end",
            "$1 of {the|} $2 @things are {red|sold|eaten|broken|old}. how many {are that|is that|}@end",
            "{what|how much} is $1 of $2@end",
        ],
        &[&part.text, &whole.text],
        value,
    )
}

fn percent(m: &Maker<'_>) -> Written {
    let number = m.sized(50, 99, 250);
    let mut written = if m.is(0.15) { m.decimal(number) } else { m.whole(number) };
    let sign = m.one_of(&["%", "%", " %", " percent", " percent"]);
    written.text.push_str(sign);
    written
}

fn hundredth() -> Number {
    Number::quotient(1, 100).unwrap_or(Number::ONE)
}

fn percent_of(m: &Maker<'_>) -> Option<Pair> {
    let (p, a) = (percent(m), m.number(100, 500, 5_000));
    let value = decimal(&(&p.value.number * &a.value.number) * &hundredth());
    m.ask(
        &[
            "@ask $1 of $2@end",
            "$1 of $2@end",
            "$1 of {the|} $2 @things {are|were} {red|sold|eaten|broken}. how many {is that|are they|}@end",
            "how {much|many} is $1 {of|from} $2@end",
            "@ask {a|the} tip of $1 on {a bill of|} $2@end",
            "$1 {tax|interest|tip} on $2@end",
        ],
        &[&p.text, &a.text],
        value,
    )
}

fn percent_whole(m: &Maker<'_>) -> Option<Pair> {
    let (p, whole) = (percent(m), m.sized(50, 500, 5_000));
    let part = &(&p.value.number * &Number::from(whole)) * &hundredth();
    let part = decimal(part).to_string();
    m.ask(
        &[
            "{if|} $1 of {a number|something|what|x} is $2, {what is|find} the {number|whole|total}@end",
            "$2 is $1 of {what|what number|which number}@end",
            "$1 of what {number|} is $2@end",
            "of {what|which} number is $2 $1@end",
        ],
        &[&p.text, &part],
        whole,
    )
}

fn percentage(m: &Maker<'_>) -> Option<Pair> {
    let whole = m.sized(50, 200, 1_000);
    let part = m.between(1, whole);
    let value = decimal(&Number::quotient(part.into(), whole.into())? * &Number::from(100));
    let (part, whole) = (m.whole(part), m.whole(whole));
    m.ask(
        &[
            "what {percent|percentage} of $2 is $1@end",
            "$1 is what {percent|percentage} of $2@end",
            "{express|write|give} $1 as {a|the} {percentage|percent} of $2@end",
            "$1 out of $2 {in|as a|as} {percent|percentage}@end",
            "how many percent {of $2 is $1|is $1 of $2}@end",
            "@who got $1 {right|points} {out of|of} $2. what {percentage|percent} {is that|was right}@end",
        ],
        &[&part.text, &whole.text],
        value,
    )
}

fn percent_change(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.sized(50, 200, 1_000), m.sized(80, 300, 2_000));
    let value = decimal(&Number::quotient((b - a).into(), a.into())? * &Number::from(100));
    m.ask(
        &[
            "@ask the {percent|percentage} {change|increase|growth} from $1 to $2@end",
            "{percent|percentage} {change|increase} from $1 to $2@end",
            "by {what|how many} percent {does|did} it {change|rise|grow} from $1 to $2@end",
            "{a|the} price {goes|went|rises|rose} from $1 to $2. {what is the|by what} {percentage change|percent}@end",
        ],
        &[&m.whole(a).text, &m.whole(b).text],
        value,
    )
}

fn percent_more(m: &Maker<'_>) -> Option<Pair> {
    let (p, a) = (percent(m), m.number(100, 500, 5_000));
    let is_more = m.is(0.5);
    let hundred = Number::from(100);
    let share = if is_more { &hundred + &p.value.number } else { &hundred - &p.value.number };
    let value = decimal(&(&share * &a.value.number) * &hundredth());
    let wordings: &[&str] = if is_more {
        &[
            "increase $1 by $2@end",
            "@ask $1 {increased by|plus|raised by|with} $2 {more|}@end",
            "{a|the} price {of|is} $1 {rises|goes up|increases} {by|} $2. what is {it now|the new price}@end",
            "add $2 to $1@end",
            "@ask $2 more than $1@end",
        ]
    } else {
        &[
            "decrease $1 by $2@end",
            "reduce $1 by $2@end",
            "@ask $1 {decreased by|reduced by|minus|less} $2@end",
            "{a|the} price {of|is} $1 {falls|goes down|drops} {by|} $2. what is {it now|the new price}@end",
            "{a coat|a shirt|a book|a phone|an item} {costs|of|for} $1 {is|} $2 off. {what is the price|how much is it} {now|}@end",
            "$1 with {a|} $2 {discount|off}@end",
            "@ask $2 less than $1@end",
            "take $2 off $1@end",
        ]
    };
    m.ask(wordings, &[&a.text, &p.text], value)
}

fn as_percent(m: &Maker<'_>) -> Option<Pair> {
    let a = if m.is(0.5) {
        let below = m.one_of(&[2, 4, 5, 8, 10, 20, 25]);
        let above = m.between(1, below * 2);
        Written {
            text: format!("{above}/{below}"),
            value: Scalar { number: Number::quotient(above.into(), below.into())?, is_decimal: false },
        }
    } else {
        let near = m.between(0, 1);
        m.decimal(near)
    };
    let value = decimal(&a.value.number * &Number::from(100));
    m.ask(
        &[
            "@please{write|express|convert|change|turn|give} $1 {as a|into a|to a|in} {percentage|percent}@end",
            "{what is|} $1 {as a|in|as} {percentage|percent}@end",
            "$1 to percent@end",
            "what {percent|percentage} is $1@end",
        ],
        &[&a.text],
        value,
    )
}

fn as_fraction(m: &Maker<'_>) -> Option<Pair> {
    let wordings = &[
        "@please{write|express|convert|change|turn|give} $1 {as a|into a|to a|to} {fraction|fraction in lowest terms|simple fraction}@end",
        "{what is|} $1 as a {fraction|simple fraction}@end",
        "$1 {to|in} fraction@end",
    ];
    match m.between(0, 2) {
        0 => {
            let p = percent(m);
            m.ask(wordings, &[&p.text], &p.value.number * &hundredth())
        }
        1 => {
            let near = m.between(0, 5);
            let a = m.decimal(near);
            m.ask(wordings, &[&a.text], a.value.number)
        }
        _ => {
            let (a, b, scale) = (m.between(1, 12), m.between(2, 12), m.sized(9, 20, 50));
            let text = format!("{}/{}", a * scale, b * scale);
            m.ask(
                &[
                    "{simplify|reduce|shorten} {the fraction|} $1 {to lowest terms|}@end",
                    "@name $1 in {lowest|simplest} {terms|form}@end",
                ],
                &[&text],
                Number::quotient(a.into(), b.into())?,
            )
        }
    }
}

fn as_decimal(m: &Maker<'_>) -> Option<Pair> {
    let below = m.one_of(&[2, 4, 5, 8, 10, 16, 20, 25, 40, 50]);
    let above = m.between(1, below * 3);
    let value = decimal(Number::quotient(above.into(), below.into())?);
    m.ask(
        &[
            "@please{write|express|convert|change|turn|give} $1 {as a|into a|to a|to|in} decimal@end",
            "{what is|} $1 {as a|in} decimal {form|}@end",
            "decimal {form|value} of $1@end",
        ],
        &[&format!("{above}/{below}")],
        value,
    )
}

fn share_of(m: &Maker<'_>) -> Option<Pair> {
    let whole = m.sized(12, 50, 200);
    let part = m.between(1, whole);
    let value = Number::quotient(part.into(), whole.into())?;
    m.ask(
        &[
            "what fraction of $2 is $1@end",
            "{express|write|give} $1 as a fraction of $2@end",
            "$1 out of $2 as a fraction@end",
            "{what is the|} {probability|chance} of {picking|drawing|choosing} one of $1 {red|blue|green|bad|winning} ones {out of|from|among} $2@end",
            "$1 of $2 @things are {red|bad|broken}. what fraction {is that|is red}@end",
        ],
        &[&m.whole(part).text, &m.whole(whole).text],
        value,
    )
}

fn power(m: &Maker<'_>) -> Option<Pair> {
    let (a, n) = (m.sized(9, 15, 40), m.between(2, 7));
    let value = Number::from(a).power(n as i32)?;
    let raised = match n {
        2 => m.one_of(&["$1^2", "$1\u{b2}", "$1 squared", "$1**2", "$1 to the power of 2"]),
        3 => m.one_of(&["$1^3", "$1\u{b3}", "$1 cubed", "$1**3", "$1 to the third power"]),
        _ => m.one_of(&[
            "$1^$2",
            "$1**$2",
            "$1 to the power of $2",
            "$1 to the $2th power",
            "$1 raised to the power of $2",
            "$1 to the power $2",
        ]),
    };
    let wording = format!("@ask {raised}@end");
    let other = format!("{raised}@end");
    m.ask(&[&wording, &other, "raise $1 to the exponent $2@end"], &[&a.to_string(), &n.to_string()], value)
}

fn root(m: &Maker<'_>) -> Option<Pair> {
    let (a, n) = (m.sized(12, 30, 120), m.one_of(&[2, 2, 2, 3, 3, 4]));
    let (a, is_decimal) = if m.is(0.2) { (Number::quotient(a.into(), 10)?, true) } else { (Number::from(a), false) };
    let name = match n {
        2 => m.one_of(&["square root", "square root", "2nd root", "second root"]),
        3 => m.one_of(&["cube root", "cube root", "third root"]),
        _ => m.one_of(&["fourth root", "4th root"]),
    };
    let power = Scalar { number: a.power(n)?, is_decimal };
    let root = Scalar { number: a, is_decimal };
    let text = power.to_string();
    if n == 2 && m.is(0.3) {
        return m.ask(&["@ask sqrt($1)@end", "@ask \u{221a}$1@end", "sqrt($1)", "@ask sqrt $1@end"], &[&text], root);
    }
    m.ask(&["@ask the $2 of $1@end", "$2 of $1@end", "take the $2 of $1@end"], &[&text, name], root)
}

fn factorial(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(8, 14, 25);
    let value = (1..=n).fold(Number::ONE, |product, next| &product * &Number::from(next));
    m.ask(
        &[
            "@ask {the factorial of $1|$1 factorial|$1!}@end",
            "factorial of $1@end",
            "$1!",
            "$1 factorial@end",
            "in how many ways can $1 {people|books|@things} be {arranged|ordered|put in a row|lined up}@end",
        ],
        &[&n.to_string()],
        value,
    )
}

fn falling(n: i64, k: i64) -> Number {
    (0..k).fold(Number::ONE, |product, taken| &product * &Number::from(n - taken))
}

fn choose(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(10, 15, 30) + 1;
    let k = m.between(1, (n - 1).min(6));
    let value = falling(n, k).divide(&falling(k, k))?;
    m.ask(
        &[
            "@ask $1 choose $2@end",
            "$1 choose $2",
            "{in how many ways|how many ways} can {you|we|i|one} {choose|pick|select} $2 {people|@things|} {from|out of|of} $1 {people|@things|}@end",
            "{how many|number of} {combinations|committees|groups|teams|subsets} of $2 {from|out of|of} $1 {people|@things|} {are there|}@end",
            "binomial {coefficient|} $1 over $2@end",
            "@ask the binomial coefficient of $1 and $2@end",
        ],
        &[&n.to_string(), &k.to_string()],
        value,
    )
}

fn arrangements(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(10, 15, 30) + 1;
    let k = m.between(2, n.min(6));
    m.ask(
        &[
            "{how many|number of} {permutations|arrangements|ordered choices} of $2 {from|out of|of} $1 {@things|} {are there|}@end",
            "in how many {orders|ways} can $2 of $1 {people|@things|runners} {be arranged|be ordered|finish in order}@end",
        ],
        &[&n.to_string(), &k.to_string()],
        falling(n, k),
    )
}

fn sum_range(m: &Maker<'_>) -> Option<Pair> {
    let last = m.sized(20, 200, 2_000);
    let first = if m.is(0.6) { 1 } else { m.between(1, last) };
    let sum = (first + last) * (last - first + 1) / 2;
    if first == 1 && m.is(0.4) {
        return m.ask(
            &[
                "@ask the sum of the first $1 {numbers|integers|natural numbers|positive integers|whole numbers}@end",
                "{add|sum} {up|} the first $1 {numbers|integers|natural numbers}@end",
                "sum of first $1 {natural numbers|integers|numbers}@end",
            ],
            &[&last.to_string()],
            sum,
        );
    }
    m.ask(
        &[
            "@ask the sum of {all|the|} {numbers|integers|whole numbers} from $1 to $2@end",
            "{add|sum} {up|} {all|the|} {numbers|integers|whole numbers} {from|between} $1 {to|and} $2@end",
            "sum {from|of} $1 to $2@end",
            "sum of {integers|numbers} {from|between} $1 {to|and} $2@end",
            "@ask the sum of $1 {through|up to|to} $2@end",
        ],
        &[&first.to_string(), &last.to_string()],
        sum,
    )
}

fn divisors_of(n: i64) -> Vec<i64> {
    (1..=n).filter(|divisor| n % divisor == 0).collect()
}

pub(super) fn listed<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn divisors(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(60, 300, 3_000);
    m.ask(
        &[
            "{list|name|find|give|give me} {all|the|all the|} {divisors|factors} of $1@end",
            "{what are|which are} {all|the|all the} {divisors|factors} of $1@end",
            "{divisors|factors} of $1@end",
            "which numbers {divide|go into} $1@end",
        ],
        &[&m.whole(n).text],
        listed(&divisors_of(n)),
    )
}

fn count_divisors(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(60, 300, 3_000);
    m.ask(
        &[
            "how many {divisors|factors} does $1 have@end",
            "{@ask the|} number of {divisors|factors} of $1@end",
            "how many {numbers|whole numbers|integers} divide $1@end",
            "count the {divisors|factors} of $1@end",
        ],
        &[&m.whole(n).text],
        divisors_of(n).len(),
    )
}

fn sum_divisors(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(60, 300, 3_000);
    m.ask(
        &[
            "@ask the sum of {the|all|} {divisors|factors} of $1@end",
            "sum of {divisors|factors} of $1@end",
            "add up the {divisors|factors} of $1@end",
        ],
        &[&m.whole(n).text],
        divisors_of(n).iter().sum::<i64>(),
    )
}

/// Two or three numbers in a row of words or in parentheses.
fn numbers_in_a_row(m: &Maker<'_>, numbers: &[i64]) -> String {
    match numbers {
        [a, b] => {
            m.one_of(&["$1 and $2", "$1 and $2", "$1, $2"]).replace("$1", &a.to_string()).replace("$2", &b.to_string())
        }
        [init @ .., last] if m.is(0.5) => format!("{} and {last}", listed(init)),
        all => listed(all),
    }
}

fn gcd(m: &Maker<'_>) -> Option<Pair> {
    let (common, count) = (m.sized(12, 40, 200), if m.is(0.7) { 2 } else { 3 });
    let numbers: Vec<i64> = (0..count).map(|_| common * m.between(1, 20)).collect();
    let gcd = numbers.iter().fold(Number::ZERO, |gcd, next| integer::gcd(&gcd, &Number::from(*next)));
    if m.is(0.15) {
        return m.ask(
            &["@ask {gcd|gcf|hcf}($1)@end", "{gcd|gcf|hcf}($1)"],
            &[&numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")],
            gcd,
        );
    }
    let row = numbers_in_a_row(m, &numbers);
    m.ask(
        &[
            "@ask {the|} {greatest|highest|largest} common {divisor|factor} of $1@end",
            "{gcd|gcf|hcf} of $1@end",
            "{greatest|highest|largest|biggest} common {divisor|factor} of $1@end",
            "@ask the {gcd|gcf|hcf} of $1@end",
            "{what is the|} {largest|biggest|greatest} number that divides {both|all of|} $1@end",
        ],
        &[&row],
        gcd,
    )
}

fn lcm(m: &Maker<'_>) -> Option<Pair> {
    let count = if m.is(0.7) { 2 } else { 3 };
    let numbers: Vec<i64> = (0..count).map(|_| m.sized(15, 40, 120)).collect();
    let lcm = numbers.iter().fold(Number::ONE, |lcm, next| integer::lcm(&lcm, &Number::from(*next)));
    if m.is(0.15) {
        return m.ask(
            &["@ask lcm($1)@end", "lcm($1)"],
            &[&numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")],
            lcm,
        );
    }
    let row = numbers_in_a_row(m, &numbers);
    m.ask(
        &[
            "@ask the {least|lowest|smallest} common multiple of $1@end",
            "{lcm|least common multiple|lowest common multiple|smallest common multiple} of $1@end",
            "@ask the lcm of $1@end",
            "{what is the|} smallest number {that|which} {is divisible by|is a multiple of} {both|all of|} $1@end",
        ],
        &[&row],
        lcm,
    )
}

pub(super) fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

fn prime(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(60, 1_000, 100_000) + 1;
    let is_prime = integer::is_prime(&Number::from(n).numerator(), &mut Budget::default()).ok()?;
    if m.is(0.2) {
        return m.ask(
            &["is $1 {composite|a composite number|not prime|not a prime}@end"],
            &[&n.to_string()],
            truth(!is_prime),
        );
    }
    m.ask(
        &[
            "is $1 {prime|a prime|a prime number|prime or not}@end",
            "{check|tell me|test} {if|whether} $1 is {prime|a prime number|a prime}@end",
            "$1 {prime|is prime}?",
        ],
        &[&m.whole(n).text],
        truth(is_prime),
    )
}

fn prime_factors(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(100, 1_000, 100_000);
    let factors = integer::factors(&Number::from(n).numerator(), &mut Budget::default()).ok()?;
    let primes: Vec<String> = factors.into_iter().map(|(prime, _)| prime.to_string()).collect();
    m.ask(
        &[
            "{list|name|find|give|give me} {all|the|} prime {factors|divisors} of $1@end",
            "{what are|which are} the prime {factors|divisors} of $1@end",
            "prime {factors|divisors|factorization} of $1@end",
            "which primes divide $1@end",
        ],
        &[&m.whole(n).text],
        primes.join(", "),
    )
}

fn divides(m: &Maker<'_>) -> Option<Pair> {
    let b = m.sized(12, 40, 200);
    let a = if m.is(0.5) { b * m.between(1, 50) } else { m.sized(100, 1_000, 10_000) };
    m.ask(
        &[
            "is $1 {divisible by|a multiple of} $2@end",
            "is $2 a {factor|divisor} of $1@end",
            "does $2 {divide|go into} $1@end",
            "can $1 be divided by $2 {without remainder|evenly|without a rest}@end",
            "{check|tell me} {if|whether} $1 is divisible by $2@end",
        ],
        &[&m.whole(a).text, &m.whole(b).text],
        truth(a % b == 0),
    )
}

fn even(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(100, 1_000, 100_000);
    if m.is(0.5) {
        return m.ask(&["is $1 {even|an even number}@end", "$1 even?"], &[&m.whole(n).text], truth(n % 2 == 0));
    }
    m.ask(&["is $1 {odd|an odd number}@end", "$1 odd?"], &[&m.whole(n).text], truth(n % 2 == 1))
}

fn remainder(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.sized(100, 1_000, 100_000), m.sized(12, 40, 200));
    m.ask(
        &[
            "@ask $1 {mod|modulo} $2@end",
            "$1 {mod|modulo} $2",
            "@ask the {remainder|rest} when $1 is divided by $2@end",
            "{remainder|rest} {of|when} $1 divided by $2@end",
            "what {remainder|rest} does $1 leave when divided by $2@end",
            "what {is left|remains} when $1 is divided by $2@end",
        ],
        &[&m.whole(a).text, &m.whole(b).text],
        a % b,
    )
}

fn rounding(m: &Maker<'_>) -> Option<Pair> {
    if m.is(0.5) {
        let (exponent, name) = m.one_of(&[
            (0, "integer"),
            (0, "whole number"),
            (1, "ten"),
            (2, "hundred"),
            (3, "thousand"),
            (1, "10"),
            (2, "100"),
            (3, "1000"),
        ]);
        let near = m.sized(900, 9_000, 90_000);
        let a = if exponent == 0 { m.decimal(near) } else { m.whole(near) };
        let value = integer::round_to(&a.value.number, &Number::from(10i64.pow(exponent)))?;
        return m.ask(
            &[
                "round $1 to the nearest $2@end",
                "@ask $1 {rounded|} to the nearest $2@end",
                "$1 {rounded|} to nearest $2@end",
                "{which is|} the nearest $2 to $1@end",
            ],
            &[&a.text, name],
            value,
        );
    }
    let scale = m.one_of(&[1_000i64, 10_000, 100_000]);
    let number = Number::quotient(m.sized(90_000, 900_000, 9_000_000).into(), scale.into())?;
    let places = m.between(1, 3);
    let unit = Number::quotient(1, 10i128.pow(places as u32))?;
    let value = decimal(integer::round_to(&number, &unit)?);
    let text = decimal(number).to_string();
    let name = ["tenth", "hundredth", "thousandth"][places as usize - 1];
    m.ask(
        &[
            "round $1 to $2 {decimal places|decimals|decimal digits|digits after the point|places}@end",
            "@ask $1 {rounded|} to $2 {decimal places|decimals|dp}@end",
            "round $1 to the nearest $3@end",
            "$1 {rounded|} to {the|} nearest $3@end",
        ],
        &[&text, &places.to_string(), name],
        value,
    )
}

fn digit(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(9_000, 90_000, 9_000_000) + 1_000;
    let (exponent, name) = m.one_of(&[(0, "units"), (0, "ones"), (1, "tens"), (2, "hundreds"), (3, "thousands")]);
    m.ask(
        &["@name the $2 digit of $1@end", "$2 digit of $1@end", "which {digit|} is the $2 digit {of|in} $1@end"],
        &[&n.to_string(), name],
        n / 10i64.pow(exponent) % 10,
    )
}

/// A list of numbers, some of them decimals, in a way of writing it.
fn list(m: &Maker<'_>) -> (Vec<Scalar>, String) {
    let count = m.between(3, 7);
    let are_decimal = m.is(0.15);
    let items: Vec<Scalar> = (0..count)
        .map(|_| {
            let number = m.sized(12, 60, 500);
            match are_decimal {
                true => m.decimal(number).value,
                false if m.is(0.1) => Scalar { number: Number::from(-number), is_decimal: false },
                false => Scalar { number: Number::from(number), is_decimal: false },
            }
        })
        .collect();
    let text = match m.between(0, 2) {
        0 => format!("{} and {}", listed(&items[..items.len() - 1]), items[items.len() - 1]),
        1 => listed(&items).replace(", ", ","),
        _ => listed(&items),
    };
    // `4,150,300` would be one number.
    let text = if text.contains(", ") { text } else { listed(&items) };
    (items, text)
}

fn of_list(items: &[Scalar], number: Number) -> Scalar {
    Scalar { number, is_decimal: items.iter().any(|item| item.is_decimal) }
}

fn sum_of(items: &[Scalar]) -> Number {
    items.iter().fold(Number::ZERO, |sum, item| &sum + &item.number)
}

fn mean(m: &Maker<'_>) -> Option<Pair> {
    if m.is(0.2) {
        let (a, b) = (m.number(50, 500, 5_000), m.number(50, 500, 5_000));
        let value = scalar((&a.value.number + &b.value.number).divide(&Number::from(2))?, &[&a, &b]);
        return m.ask(
            &[
                "@ask the {mean|average} of $1 and $2@end",
                "{mean|average} of $1 and $2@end",
                "which number is halfway between $1 and $2@end",
            ],
            &[&a.text, &b.text],
            value,
        );
    }
    let (items, text) = list(m);
    let value = of_list(&items, sum_of(&items).divide(&Number::from(items.len() as i64))?);
    m.ask(
        &[
            "@ask the {mean|average|arithmetic mean|mean value|average value} of {the numbers|} $1@end",
            "{mean|average} of $1@end",
            "{average|mean}: $1@end",
            "{my|the|our} {marks|scores|grades|points|temperatures} {are|were} $1. what is {my|the} average@end",
        ],
        &[&text],
        value,
    )
}

fn median(m: &Maker<'_>) -> Option<Pair> {
    let (items, text) = list(m);
    let mut sorted: Vec<&Number> = items.iter().map(|item| &item.number).collect();
    sorted.sort();
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    let value = of_list(&items, (low + high).divide(&Number::from(2))?);
    m.ask(
        &[
            "@ask the median {value|} of {the numbers|} $1@end",
            "median of $1@end",
            "median: $1",
            "which {number|value} is in the middle of $1@end",
            "@ask the middle {value|number} of $1@end",
        ],
        &[&text],
        value,
    )
}

fn mode(m: &Maker<'_>) -> Option<Pair> {
    let often = m.between(1, 20);
    let mut items: Vec<i64> = (0..m.between(2, 5)).map(|_| m.between(21, 60)).collect();
    items.sort_unstable();
    items.dedup();
    for _ in 0..m.between(2, 3) {
        let place = m.between(0, items.len() as i64) as usize;
        items.insert(place, often);
    }
    m.ask(
        &[
            "@ask the mode of $1@end",
            "mode of $1@end",
            "which {number|value} is {most frequent|most common} in $1@end",
            "@ask the {most frequent|most common} {number|value} {of|in} $1@end",
        ],
        &[&listed(&items)],
        often,
    )
}

fn range(m: &Maker<'_>) -> Option<Pair> {
    let (items, text) = list(m);
    let (least, most) = (items.iter().map(|item| &item.number).min()?, items.iter().map(|item| &item.number).max()?);
    let value = of_list(&items, most - least);
    m.ask(
        &[
            "@ask the range of {the numbers|the data|} $1@end",
            "range of $1@end",
            "what range do $1 have@end",
            "@ask the spread of $1@end",
        ],
        &[&text],
        value,
    )
}

fn total(m: &Maker<'_>) -> Option<Pair> {
    let (items, text) = list(m);
    let value = of_list(&items, sum_of(&items));
    m.ask(
        &[
            "@ask the {sum|total} of {the numbers|} $1@end",
            "{sum|total} of $1@end",
            "add {up|together|} {the numbers|} $1@end",
            "sum up $1@end",
            "how much are $1 {together|altogether|in total}@end",
        ],
        &[&text],
        value,
    )
}

fn product(m: &Maker<'_>) -> Option<Pair> {
    let (items, text) = list(m);
    let items = &items[..];
    let value = of_list(items, items.iter().fold(Number::ONE, |product, item| &product * &item.number));
    m.ask(
        &[
            "@ask the product of {the numbers|} $1@end",
            "product of $1@end",
            "multiply {the numbers|together|} $1@end",
            "{volume of|@ask the volume of} a box with sides $1@end",
        ],
        &[&text],
        value,
    )
}

fn largest(m: &Maker<'_>) -> Option<Pair> {
    let (items, text) = list(m);
    let mut sorted: Vec<&Scalar> = items.iter().collect();
    sorted.sort_by(|a, b| a.number.cmp(&b.number));
    sorted.dedup_by(|a, b| a.number == b.number);
    if sorted.len() < items.len() {
        return None;
    }
    let (k, ordinal) = m.one_of(&[(0, ""), (0, ""), (0, ""), (1, "second "), (1, "2nd "), (2, "third ")]);
    let is_up = m.is(0.5);
    let found = if is_up { sorted[k] } else { sorted[sorted.len() - 1 - k] };
    let word = if is_up {
        m.one_of(&["smallest", "lowest", "least"])
    } else {
        m.one_of(&["largest", "biggest", "greatest", "highest"])
    };
    m.ask(
        &[
            "@name the $2$3 {number|value|one|} {of|in|out of|among} $1@end",
            "$2$3 {of|in} $1@end",
            "which {number|value|one|} is {the|} $2$3: $1@end",
            "which of $1 is {the|} $2$3@end",
            "what is the $2$3 {of|in} $1@end",
        ],
        &[&text, ordinal, word],
        found,
    )
}

fn sorting(m: &Maker<'_>) -> Option<Pair> {
    let (mut items, text) = list(m);
    let is_up = m.is(0.6);
    items.sort_by(|a, b| a.number.cmp(&b.number));
    let wordings: &[&str] = if is_up {
        &["{sort|order|arrange|put} $1 {in {ascending|increasing} order|}@end", "{sort|order} $1@end"]
    } else {
        items.reverse();
        &[
            "{sort|order|arrange|put} $1 in {descending|decreasing} order@end",
            "{sort|order} $1 {descending|decreasing}@end",
        ]
    };
    m.ask(wordings, &[&text], listed(&items))
}

fn comparable(m: &Maker<'_>) -> Written {
    match m.between(0, 3) {
        0 => m.fraction(),
        1 => {
            let near = m.between(0, 2);
            m.decimal(near)
        }
        _ => {
            let number = m.sized(20, 100, 1_000);
            m.whole(number)
        }
    }
}

fn comparing(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (comparable(m), comparable(m));
    let ordering = a.value.number.cmp(&b.value.number);
    let (word, value) = m.one_of(&[
        ("{greater|bigger|larger|more} than", ordering.is_gt()),
        ("{less|smaller} than", ordering.is_lt()),
        (">", ordering.is_gt()),
        ("<", ordering.is_lt()),
        (">=", ordering.is_ge()),
        ("\u{2264}", ordering.is_le()),
        ("\u{2265}", ordering.is_ge()),
        ("equal to", ordering.is_eq()),
        ("at least", ordering.is_ge()),
        ("at most", ordering.is_le()),
    ]);
    let wording = format!("is $1 {word} $2@end");
    m.ask(&[&wording], &[&a.text, &b.text], truth(value))
}

fn bigger(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (comparable(m), comparable(m));
    let is_up = m.is(0.5);
    let is_first = match a.value.number.cmp(&b.value.number) {
        std::cmp::Ordering::Equal => return None,
        ordering => ordering.is_lt() == is_up,
    };
    let word = if is_up { "{smaller|lower}" } else { "{bigger|larger|greater|higher}" };
    let wordings = [
        format!("which {{one|number|}} is {word}{{,|:|}} $1 or $2@end"),
        format!("{{what is|which is|find}} the {word} {{one|number|}} of $1 or $2@end"),
    ];
    let wordings: Vec<&str> = wordings.iter().map(String::as_str).collect();
    let found = if is_first { &a } else { &b };
    m.ask(&wordings, &[&a.text, &b.text], &found.text)
}

/// A polynomial in one variable in a way of writing it.
fn polynomial(m: &Maker<'_>, variable: &str, degree: u32) -> Option<(Polynomial, String)> {
    let name = Name::new(variable)?;
    let most = m.sized(9, 15, 50);
    let mut coefficients: Vec<i64> =
        (0..=degree).map(|_| if m.is(0.25) { 0 } else { m.between(-most, most) }).collect();
    if coefficients[degree as usize] == 0 {
        coefficients[degree as usize] = m.between(1, most);
    }
    let numbers: Vec<Number> = coefficients.iter().map(|coefficient| Number::from(*coefficient)).collect();
    let polynomial = Polynomial::from_coefficients(name, &numbers);
    let style = m.one_of(&[("*", "**"), ("", "^"), ("", "^"), ("", "^"), ("*", "^"), ("", "\u{b2}")]);
    let mut text = String::new();
    for (exponent, coefficient) in coefficients.iter().enumerate().rev().filter(|(_, coefficient)| **coefficient != 0) {
        text.push_str(match (text.is_empty(), *coefficient < 0) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        });
        let size = coefficient.abs();
        match (exponent, style) {
            (0, _) => text.push_str(&size.to_string()),
            _ => {
                if size != 1 {
                    text.push_str(&format!("{size}{}", style.0));
                }
                text.push_str(variable);
                match (exponent, style.1) {
                    (1, _) => {}
                    (_, "\u{b2}") => {
                        text.push(['\u{b2}', '\u{b3}', '\u{2074}', '\u{2075}', '\u{2076}'].get(exponent - 2).copied()?)
                    }
                    (_, sign) => text.push_str(&format!("{sign}{exponent}")),
                }
            }
        }
    }
    Some((polynomial, if m.is(0.2) { text.replace(' ', "") } else { text }))
}

fn some_variable(m: &Maker<'_>) -> &'static str {
    m.one_of(&["x", "x", "x", "x", "y", "z", "t", "n"])
}

fn some_polynomial(m: &Maker<'_>, least: i64, most: i64) -> Option<(Polynomial, String, &'static str)> {
    let (variable, degree) = (some_variable(m), m.between(least, most));
    let (polynomial, text) = polynomial(m, variable, degree as u32)?;
    Some((polynomial, text, variable))
}

fn value_of(polynomial: Polynomial) -> Value {
    match polynomial.constant() {
        Some(number) => Value::Number(number),
        None => Value::Poly(polynomial.into()),
    }
}

fn derivative(m: &Maker<'_>) -> Option<Pair> {
    let (f, text, variable) = some_polynomial(m, 0, 4)?;
    let name = Name::new(variable)?;
    let budget = &mut Budget::default();
    let first = f.derivative(name, budget).ok()?;
    if m.is(0.25) {
        let second = first.derivative(name, budget).ok()?;
        return m.ask(
            &["@name the second derivative of $1 {with respect to $2|wrt $2|}@end", "second derivative of $1@end"],
            &[&text, variable],
            value_of(second),
        );
    }
    m.ask(
        &[
            "@name the {first|} derivative of $1@end",
            "derivative of $1@end",
            "{differentiate|derive} $1@end",
            "{differentiate|derive} $1 {with respect to|wrt|by} $2@end",
            "@name the derivative of $1 {with respect to|wrt} $2@end",
            "d/d$2 ($1)",
            "d/d$2 of $1@end",
        ],
        &[&text, variable],
        value_of(first),
    )
}

/// The antiderivative that is zero at zero.
fn antiderivative(f: &Polynomial, name: Name) -> Option<Polynomial> {
    let coefficients = f.coefficients(name).ok()?;
    let mut sum = vec![Number::ZERO];
    for (exponent, coefficient) in coefficients.iter().enumerate() {
        sum.push(coefficient.divide(&Number::from(exponent as i64 + 1))?);
    }
    Some(Polynomial::from_coefficients(name, &sum))
}

fn integral(m: &Maker<'_>) -> Option<Pair> {
    let (f, text, variable) = some_polynomial(m, 1, 4)?;
    let sum = antiderivative(&f, Name::new(variable)?)?;
    m.ask(
        &[
            "@name the {indefinite|} integral of $1@end",
            "{indefinite|} integral of $1@end",
            "integrate $1@end",
            "integrate $1 {with respect to|wrt|over} $2@end",
            "@name the {antiderivative|primitive} of $1@end",
            "antiderivative of $1@end",
            "integral of $1 d$2@end",
        ],
        &[&text, variable],
        value_of(sum),
    )
}

fn at(f: &Polynomial, name: Name, place: i64) -> Option<Number> {
    f.substitute(name, &Polynomial::number(Number::from(place)), &mut Budget::default()).ok()?.constant()
}

fn definite(m: &Maker<'_>) -> Option<Pair> {
    let (f, text, variable) = some_polynomial(m, 1, 3)?;
    let name = Name::new(variable)?;
    let sum = antiderivative(&f, name)?;
    let from = m.between(-3, 4);
    let to = from + m.between(1, 5);
    let value = &at(&sum, name, to)? - &at(&sum, name, from)?;
    m.ask(
        &[
            "integrate $1 {from|between} $2 {to|and} $3@end",
            "@name the {definite|} integral of $1 {from|between} $2 {to|and} $3@end",
            "{definite|} integral of $1 from $2 to $3@end",
            "@name the area under $1 {from|between} $2 {to|and} $3@end",
        ],
        &[&text, &from.to_string(), &to.to_string()],
        value,
    )
}

fn slope(m: &Maker<'_>) -> Option<Pair> {
    let (f, text, variable) = some_polynomial(m, 1, 4)?;
    let name = Name::new(variable)?;
    let place = m.between(-6, 9);
    let value = at(&f.derivative(name, &mut Budget::default()).ok()?, name, place)?;
    m.ask(
        &[
            "@name the {slope|gradient|derivative|rate of change} of $1 at $3@end",
            "{slope|gradient|derivative} of $1 at $3@end",
            "@name the {slope|gradient} of {the curve|} $1 {where $2 is|at the point} $3@end",
        ],
        &[&text, variable, &place.to_string()],
        value,
    )
}

/// Two linear factors in a way of writing their product.
fn factors(m: &Maker<'_>) -> Option<(Polynomial, String, &'static str)> {
    let variable = some_variable(m);
    let (f, f_text) = polynomial(m, variable, 1)?;
    let (g, g_text) = polynomial(m, variable, 1)?;
    let product = f.multiply(&g, &mut Budget::default()).ok()?;
    let sign = m.one_of(&["", "", "*", " * "]);
    Some((product, format!("({f_text}){sign}({g_text})"), variable))
}

fn expand(m: &Maker<'_>) -> Option<Pair> {
    let wordings = &[
        "{expand|multiply out} $1@end",
        "@please{expand|multiply out} {the expression|} $1@end",
        "@name the expansion of $1@end",
        "$1 {expanded|multiplied out}@end",
    ];
    if m.is(0.4) {
        let (variable, other) =
            m.one_of(&[("x", "1"), ("x", "2"), ("x", "3"), ("x", "5"), ("x", "y"), ("a", "b"), ("y", "4"), ("x", "7")]);
        let (sign, factor) = m.one_of(&[("+", 1), ("-", -1), (" + ", 1), (" - ", -1)]);
        let name = Polynomial::variable(Name::new(variable)?);
        let other_value = match other.parse::<i64>() {
            Ok(number) => Polynomial::number(Number::from(number)),
            Err(_) => Polynomial::variable(Name::new(other)?),
        };
        let budget = &mut Budget::default();
        let exponent = m.between(2, 3);
        let power =
            name.add_scaled(&other_value, &Number::from(factor), budget).ok()?.power(exponent as u32, budget).ok()?;
        return m.ask(wordings, &[&format!("({variable}{sign}{other})^{exponent}")], value_of(power));
    }
    let (product, text, _) = factors(m)?;
    m.ask(wordings, &[&text], value_of(product))
}

fn factorise(m: &Maker<'_>) -> Option<Pair> {
    let variable = some_variable(m);
    let name = Name::new(variable)?;
    let (a, b) = (m.between(-12, 12), m.between(-12, 12));
    let number = |n: i64| Number::from(n);
    let f = Polynomial::from_coefficients(name, &[number(a * b), number(a + b), Number::ONE]);
    let factored = crate::graph::algebra::factor::factor(&f, &mut Budget::default()).ok()?;
    let text = f.to_string();
    let text = if m.is(0.7) { text.replace("**", "^").replace('*', "") } else { text };
    m.ask(
        &[
            "{factor|factorise|factorize} $1@end",
            "@please{factor|factorise|factorize} {the expression|the polynomial|} $1@end",
            "{write|give} $1 as a product@end",
            "@name the factors of $1@end",
        ],
        &[&text],
        factored,
    )
}

fn simplify(m: &Maker<'_>) -> Option<Pair> {
    let variable = some_variable(m);
    let (f, f_text) = polynomial(m, variable, 1)?;
    let (g, g_text) = polynomial(m, variable, 1)?;
    let budget = &mut Budget::default();
    let (text, value) = match m.between(0, 2) {
        0 if !g_text.starts_with('-') => (format!("{f_text} + {g_text}"), f.add(&g, budget).ok()?),
        1 => (format!("({f_text}) - ({g_text})"), f.subtract(&g, budget).ok()?),
        _ => (format!("{f_text} + 2({g_text})"), f.add_scaled(&g, &Number::from(2), budget).ok()?),
    };
    m.ask(
        &[
            "simplify $1@end",
            "@please simplify {the expression|} $1@end",
            "{collect|combine} {like|} terms {in|of}: $1@end",
            "@name the simplified form of $1@end",
        ],
        &[&text],
        value_of(value),
    )
}

fn degree(m: &Maker<'_>) -> Option<Pair> {
    let (variable, degree) = (some_variable(m), m.between(1, 6));
    let (_, text) = polynomial(m, variable, degree as u32)?;
    m.ask(
        &["@name the degree of {the polynomial|} $1@end", "degree of $1@end", "what degree {has|does} $1 {have|}@end"],
        &[&text],
        degree,
    )
}

fn poly_sum(m: &Maker<'_>) -> Option<Pair> {
    let variable = some_variable(m);
    let (p, q) = (m.between(1, 2), m.between(1, 2));
    let (f, f_text) = polynomial(m, variable, p as u32)?;
    let (g, g_text) = polynomial(m, variable, q as u32)?;
    let budget = &mut Budget::default();
    match m.between(0, 2) {
        0 => m.ask(
            &["add $1 {and|to} $2@end", "@ask the sum of $1 and $2@end", "@ask $1 plus $2@end"],
            &[&f_text, &g_text],
            value_of(f.add(&g, budget).ok()?),
        ),
        1 => m.ask(
            &["subtract $2 from $1@end", "@ask $1 minus $2@end", "take $2 {away|} from $1@end"],
            &[&f_text, &g_text],
            value_of(f.subtract(&g, budget).ok()?),
        ),
        _ => m.ask(
            &["multiply $1 {by|and|with} $2@end", "@ask the product of $1 and $2@end", "@ask $1 times $2@end"],
            &[&f_text, &g_text],
            value_of(f.multiply(&g, budget).ok()?),
        ),
    }
}

/// A quadratic with two whole roots.
fn quadratic_with_roots(m: &Maker<'_>) -> Option<(String, String)> {
    let variable = some_variable(m);
    let (a, b) = (m.between(-12, 12), m.between(-12, 12));
    let number = |n: i64| Number::from(n);
    let f = Polynomial::from_coefficients(Name::new(variable)?, &[number(a * b), number(-a - b), Number::ONE]);
    let text = f.to_string();
    let text = if m.is(0.7) { text.replace("**", "^").replace('*', "") } else { text };
    let roots = if a == b { a.to_string() } else { format!("{}, {}", a.min(b), a.max(b)) };
    Some((text, roots))
}

fn zeros(m: &Maker<'_>) -> Option<Pair> {
    let (text, roots) = quadratic_with_roots(m)?;
    m.ask(
        &[
            "@name the {roots|zeros|zeroes} of $1@end",
            "{roots|zeros} of $1@end",
            "where is $1 {zero|equal to zero}@end",
            "for what values is $1 zero@end",
        ],
        &[&text],
        roots,
    )
}

fn quadratic(m: &Maker<'_>) -> Option<Pair> {
    let (text, roots) = quadratic_with_roots(m)?;
    m.ask(
        &[
            "{solve|} $1 = 0@end",
            "@please solve $1 = 0@end",
            "@name the {solutions|roots} of $1 = 0@end",
            "$1 = 0",
            "solve the equation $1 = 0@end",
        ],
        &[&text],
        roots,
    )
}

fn linear(m: &Maker<'_>) -> Option<Pair> {
    let variable = m.one_of(&["x", "x", "x", "y", "z", "a", "k", "n", "t", "p"]);
    let (x, a, c) = (m.between(-12, 20), m.sized(9, 15, 50), m.between(-30, 30));
    let d = m.between(2, 8);
    let signed = |n: i64| if n < 0 { format!("- {}", -n) } else { format!("+ {n}") };
    let times = m.one_of(&["", "", "*"]);
    let text = match m.between(0, 5) {
        0 => format!("{a}{times}{variable} {} = {}", signed(c), a * x + c),
        1 => format!("{c} - {variable} = {}", c - x),
        2 => format!("{variable}/{d} = {}", Number::quotient(x.into(), d.into())?),
        3 => format!("{a}({variable} {}) = {}", signed(c), a * (x + c)),
        4 if a != d => {
            format!("{a}{times}{variable} {} = {d}{times}{variable} {}", signed(c), signed(a * x + c - d * x))
        }
        _ => format!("{variable} {} = {}", signed(c), x + c),
    };
    let text = if m.is(0.25) { text.replace(' ', "") } else { text };
    m.ask(
        &[
            "solve $1@end",
            "solve $1 for $2@end",
            "$1",
            "$1, $2 = ?",
            "$1, what is $2@end",
            "{if|when} $1{,|} {what is|find} $2@end",
            "@please solve {the equation|for $2:|} $1@end",
            "find $2 {if|when|given|such that} $1@end",
            "what is $2 {if|when|in} $1@end",
            "$1, find $2@end",
        ],
        &[&text, variable],
        x,
    )
}

fn system(m: &Maker<'_>) -> Option<Pair> {
    let (p, q) = m.one_of(&[("x", "y"), ("x", "y"), ("a", "b"), ("m", "n"), ("p", "q"), ("u", "v")]);
    let (x, y) = (m.between(-9, 15), m.between(-9, 15));
    let coefficient = |m: &Maker<'_>| m.one_of(&[1, 1, 1, 2, 3, 4, -1, -2]);
    let (a, b, c, d) = (coefficient(m), coefficient(m), coefficient(m), coefficient(m));
    if a * d == b * c {
        return None;
    }
    let term = |n: i64, name: &str, is_first: bool| {
        let sign = match (is_first, n < 0) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        };
        let size = if n.abs() == 1 { String::new() } else { n.abs().to_string() };
        format!("{sign}{size}{name}")
    };
    let first = format!("{}{} = {}", term(a, p, true), term(b, q, false), a * x + b * y);
    let second = match m.between(0, 3) {
        0 => format!("{q} = {y}"),
        1 => format!("{p} - {q} = {}", x - y),
        _ => format!("{}{} = {}", term(c, p, true), term(d, q, false), c * x + d * y),
    };
    let (first, second) = if m.is(0.5) { (first, second) } else { (second, first) };
    let (name, value) = if m.is(0.5) { (p, x) } else { (q, y) };
    if !first.contains(name) && !second.contains(name) || a == 1 && b == -1 && second.contains(&format!("{p} - {q}")) {
        return None;
    }
    m.ask(
        &[
            "{if|when|given|given that|suppose} $1 and $2{,|} {what is|find|calculate} $3@end",
            "$1 and $2{,|.} {what is|find|solve for} $3@end",
            "$1, $2, {$3|what is $3|find $3|$3 = ?}@end",
            "solve $1, $2 for $3@end",
            "solve $1 and $2 for $3@end",
            "{what is|find} $3 {if|when|given} $1 and $2@end",
            "$1; $2; $3?",
        ],
        &[&first, &second, name],
        value,
    )
}

fn given(m: &Maker<'_>) -> Option<Pair> {
    let (p, q) = m.one_of(&[("x", "y"), ("x", "y"), ("a", "b"), ("m", "n"), ("u", "v")]);
    let (x, y) = (m.between(-6, 12), m.between(-6, 12));
    let (a, c) = (m.sized(5, 9, 20), m.between(1, 20));
    if m.is(0.5) {
        let (text, value) = match m.between(0, 3) {
            0 => (format!("{a}{p}^2 + {c}"), a * x * x + c),
            1 => (format!("{a}{p} - {c}"), a * x - c),
            2 => (format!("{a}*{p}**2 - {p}"), a * x * x - x),
            _ => (format!("{p}^3 + {a}{p}"), x * x * x + a * x),
        };
        return m.ask(
            &[
                "{if|when|given|for|given that} $2 = $3{,|} {what is|evaluate|find|calculate|compute} $1@end",
                "{evaluate|calculate|compute|find|what is} $1 {for|when|if|at|where|with} $2 = $3@end",
                "{evaluate|calculate|find} the value of $1 {for|when|if|at} $2 = $3@end",
                "$2 = $3, {what is|find|calculate} $1@end",
                "$1 {at|for|when} $2 = $3@end",
            ],
            &[&text, p, &x.to_string()],
            value,
        );
    }
    let (text, value) = match m.between(0, 4) {
        0 => (format!("{p}{q}"), x * y),
        1 => (format!("{p} + {q}"), x + y),
        2 => (format!("{a}{p} - {q}"), a * x - y),
        3 => (format!("{p}*{q} + {c}"), x * y + c),
        _ => (format!("{a}({p} + {q})"), a * (x + y)),
    };
    m.ask(
        &[
            "{if|when|given|for} $2 = $3 and $4 = $5{,|} {what is|evaluate|find|calculate} $1@end",
            "{evaluate|calculate|compute|find|what is} $1 {for|when|if|where|with} $2 = $3{, | and }$4 = $5@end",
            "$2 = $3, $4 = $5, {what is|find|calculate} $1@end",
        ],
        &[&text, p, &x.to_string(), q, &y.to_string()],
        value,
    )
}

fn function(m: &Maker<'_>) -> Option<Pair> {
    let (f, text, variable) = some_polynomial(m, 1, 3)?;
    let place = m.between(-6, 12);
    let value = at(&f, Name::new(variable)?, place)?;
    let name = m.one_of(&["f", "f", "g", "h"]);
    m.ask(
        &[
            "{if|given|let|for|suppose|} $3($2) = $1{,|} {what is|find|calculate|evaluate} $3($4)@end",
            "$3($2) = $1. {what is|find|calculate} $3($4)@end",
            "$3($2) = $1, $3($4) = ?",
        ],
        &[&text, variable, name, &place.to_string()],
        value,
    )
}

/// An arithmetic sequence.
fn arithmetic(m: &Maker<'_>, count: i64) -> (i64, i64, String) {
    let (first, step) = (m.between(-10, 30), m.sized(9, 20, 60) * m.one_of(&[1, 1, 1, -1]));
    let items: Vec<i64> = (0..count).map(|index| first + step * index).collect();
    (first, step, listed(&items))
}

fn next(m: &Maker<'_>) -> Option<Pair> {
    let wordings = &[
        "what {comes|is} next {in|:|after} {the sequence|} $1@end",
        "{what is|find|give} the next {number|term} {in|of|after} {the sequence|} $1@end",
        "next {number|term} {in|of} {the sequence|} $1@end",
        "$1, ?",
        "$1, ...",
        "continue {the sequence|} $1@end",
        "which number {follows|continues} $1@end",
    ];
    let count = m.between(3, 5);
    match m.between(0, 2) {
        0 => {
            let (first, step, text) = arithmetic(m, count.max(4));
            m.ask(wordings, &[&text], first + step * count.max(4))
        }
        1 => {
            let (first, ratio) = (m.between(1, 9), m.between(2, 5));
            let items: Vec<i64> = (0..count.max(4)).map(|index| first * ratio.pow(index as u32)).collect();
            m.ask(wordings, &[&listed(&items)], first * ratio.pow(count.max(4) as u32))
        }
        _ => {
            let (a, b, c) = (m.between(1, 4), m.between(-5, 5), m.between(-9, 9));
            let item = |n: i64| a * n * n + b * n + c;
            let items: Vec<i64> = (1..=5).map(item).collect();
            m.ask(wordings, &[&listed(&items)], item(6))
        }
    }
}

fn nth(m: &Maker<'_>) -> Option<Pair> {
    let count = m.between(3, 5);
    let (first, step, text) = arithmetic(m, count);
    let name = Name::new("n")?;
    let value = Polynomial::from_coefficients(name, &[Number::from(first - step), Number::from(step)]);
    m.ask(
        &[
            "@name the nth term of {the sequence|} $1@end",
            "nth term of $1@end",
            "{formula|rule} for the nth term of $1@end",
        ],
        &[&text],
        value_of(value),
    )
}

fn term(m: &Maker<'_>) -> Option<Pair> {
    let (count, k) = (m.between(3, 5), m.sized(20, 50, 200) + 5);
    let (first, step, text) = arithmetic(m, count);
    let ending = match (k % 10, k % 100) {
        (1, other) if other != 11 => "st",
        (2, other) if other != 12 => "nd",
        (3, other) if other != 13 => "rd",
        _ => "th",
    };
    m.ask(
        &[
            "@name the $2$3 {term|number|element} {of|in} {the sequence|} $1{, ...|}@end",
            "$2$3 term of $1{, ...|}@end",
            "term {number|} $2 of {the sequence|} $1@end",
        ],
        &[&text, &k.to_string(), ending],
        first + step * (k - 1),
    )
}

fn two_units(m: &Maker<'_>) -> (&'static Unit, &'static Unit) {
    loop {
        let (from, to) = (
            &UNITS[m.between(0, UNITS.len() as i64 - 1) as usize],
            &UNITS[m.between(0, UNITS.len() as i64 - 1) as usize],
        );
        let is_common = |unit: &Unit| !unit.name.starts_with("nano") && !unit.name.starts_with("micro");
        let ratio = from.scale.max(to.scale) / from.scale.min(to.scale);
        let is_short = unit_is_exact(from, to) && ratio <= 1_000_000;
        if from.dimension == to.dimension
            && from != to
            && is_common(from)
            && is_common(to)
            && is_short
            && from.dimension != Dimension::Speed
        {
            return (from, to);
        }
    }
}

/// Whether this many of one unit are a decimal of the other.
fn unit_is_exact(from: &Unit, to: &Unit) -> bool {
    Number::quotient(from.scale.into(), to.scale.into())
        .is_some_and(|ratio| ratio.to_decimal().is_some_and(|text| text.len() <= 12))
}

pub(super) fn convert(m: &Maker<'_>) -> Option<Pair> {
    let (from, to) = two_units(m);
    let amount = m.number(20, 100, 1_000);
    let value = decimal(&amount.value.number * &Number::quotient(from.scale.into(), to.scale.into())?);
    let is_short = !from.symbol.is_empty()
        && !to.symbol.is_empty()
        && from.symbol.len() + to.symbol.len() > 2
        && !amount.text.ends_with(char::is_alphabetic)
        && to.symbol != "in"
        && from.symbol != "in";
    let (from_name, to_name) = if is_short && m.is(0.5) { (from.symbol, to.symbol) } else { (from.plural, to.plural) };
    m.ask(
        &[
            "convert $1 $2 {to|into|in} $3@end",
            "$1 $2 {in|to|into} $3@end",
            "how many $3 {are|are there|} in $1 $2@end",
            "@ask $1 $2 in $3@end",
            "{change|turn} $1 $2 {to|into} $3@end",
            "how many $3 are $1 $2@end",
        ],
        &[&amount.text, from_name, to_name],
        value,
    )
}

pub(super) fn how_many(m: &Maker<'_>) -> Option<Pair> {
    let (from, to) = two_units(m);
    if from.scale < to.scale || from.name == "second" {
        return None;
    }
    let value = decimal(Number::quotient(from.scale.into(), to.scale.into())?);
    let article =
        if from.name.starts_with(['a', 'e', 'i', 'o', 'u', 'h']) && from.name != "hundred" { "an" } else { "a" };
    m.ask(
        &[
            "how many $2 {are|are there|} in {$3|one} $1@end",
            "how many $2 does {$3|one} $1 have@end",
            "how many $2 make {$3|one} $1@end",
            "$2 in {$3|one} $1@end",
        ],
        &[from.name, to.plural, article],
        value,
    )
}

fn between_times(m: &Maker<'_>) -> Option<Pair> {
    let (from, length) = (m.between(0, 1_439), m.between(1, 700));
    let to = (from + length) % 1_440;
    let is_long = m.is(0.4);
    let shown = |minutes: i64, upper: bool| match is_long {
        true => format!("{}:{:02}", minutes / 60, minutes % 60),
        false => {
            let text = Value::Time(minutes as u16).to_string();
            if upper { text } else { text.to_lowercase() }
        }
    };
    let upper = m.is(0.5);
    m.ask(
        &[
            "how many minutes {are there|are|} between $1 and $2@end",
            "how many minutes {are there|is it|} from $1 to $2@end",
            "{minutes|time in minutes} {from|between} $1 {to|and} $2@end",
        ],
        &[&shown(from, upper), &shown(to, upper)],
        length,
    )
}

fn base(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(60, 500, 5_000);
    let (base, names) = m.one_of(&[
        (2, ["binary", "base 2"]),
        (2, ["binary", "base 2"]),
        (8, ["octal", "base 8"]),
        (16, ["hexadecimal", "base 16"]),
        (16, ["hex", "base 16"]),
    ]);
    let digits = integer::to_base(&Number::from(n).numerator(), base);
    let name = m.one_of(&names[..]);
    if m.is(0.5) {
        return m.ask(
            &[
                "convert $1 {to|into|from decimal to} $2@end",
                "{what is|} $1 in $2@end",
                "{write|express} $1 in $2@end",
                "$1 to $2@end",
                "$1 in $2 {form|notation|}@end",
            ],
            &[&n.to_string(), name],
            digits,
        );
    }
    let prefixed = match base {
        2 => format!("0b{digits}"),
        16 => format!("0x{digits}"),
        _ => format!("0o{digits}"),
    };
    m.ask(
        &[
            "convert {the|} $2 {number|} $1 {to|into} decimal@end",
            "{what is|} $1 {from|in} $2 {to|in|as} decimal@end",
            "{what is|} {the|} $2 $1 in decimal@end",
            "{what is|convert|} $3 {in|to|as} decimal@end",
            "$2 $1 {in|to} decimal@end",
        ],
        &[&digits, name, &prefixed],
        n,
    )
}

fn speed(m: &Maker<'_>) -> Option<Pair> {
    let (v, t) = (m.sized(60, 90, 200), m.sized(6, 9, 20));
    let (way, time) = m.one_of(&[
        ("km", "hours"),
        ("kilometers", "hours"),
        ("miles", "hours"),
        ("meters", "seconds"),
        ("m", "seconds"),
    ]);
    let way_text = format!("{} {way}", v * t);
    let way_text = if way == "m" { format!("{}m", v * t) } else { way_text };
    if m.is(0.5) {
        return m.ask(
            &[
                "@name the {average|} speed {of a car|of a train|} {if|when} @who {go|goes|travel|travels|drive|drives} $1 in $2 $3@end",
                "{a car|a train|a bike|a bus|@who} {goes|travels|drives|covers|runs|does} $1 in $2 $3. {what is its|what is the|} {average|} speed@end",
                "how fast {is a car|is a train|do you go} {that goes|if you go} $1 in $2 $3@end",
                "{average|} speed for $1 in $2 $3@end",
            ],
            &[&way_text, &t.to_string(), time],
            v,
        );
    }
    let speed = match way {
        "miles" => m.one_of(&["mph", "miles per hour"]),
        "meters" | "m" => m.one_of(&["m/s", "meters per second"]),
        _ => m.one_of(&["km/h", "kilometers per hour", "km per hour"]),
    };
    if m.is(0.5) {
        return m.ask(
            &[
                "how far {does|can} {a car|a train|a bike|@who} {go|travel|get} in $2 $3 at $1 $4@end",
                "{a car|a train} {goes|travels|drives} {at|} $1 $4 for $2 $3. how far {does it go|is that|}@end",
                "distance {covered|travelled|} in $2 $3 at $1 $4@end",
            ],
            &[&v.to_string(), &t.to_string(), time, speed],
            v * t,
        );
    }
    m.ask(
        &[
            "how long does it take to {go|travel|drive|cover} $1 at $2 $3@end",
            "how many hours {for|to go} $1 at $2 $3@end",
            "time {needed|} for $1 at $2 $3@end",
        ],
        &[&way_text, &v.to_string(), speed],
        t,
    )
}

fn unit_price(m: &Maker<'_>) -> Option<Pair> {
    let (count, price) = (m.sized(9, 20, 50), m.number(9, 20, 90));
    let cost = scalar(&price.value.number * &Number::from(count), &[&price]);
    let count_text = if count == 12 && m.is(0.5) { "a dozen".to_owned() } else { m.whole(count).text };
    m.ask(
        &[
            "$1 @things {cost|are|sell for} {$|}$2. {how much is|what is the price of|what does} one {cost|}@end",
            "{if|when} $1 @things cost {$|}$2{,|} {how much does one cost|what is the price of one|how much is one|what is the unit price}@end",
            "@name the {unit price|price per item|price of one} if $1 @things cost {$|}$2@end",
            "{unit price|price each|price per piece} {for|if|of} $1 @things {for|cost|at} {$|}$2@end",
            "@who {pay|pays|paid} {$|}$2 for $1 @things. how much {is|was|for} {each|one}@end",
        ],
        &[&count_text, &cost.to_string()],
        price.value,
    )
}

fn several(m: &Maker<'_>) -> Option<Pair> {
    let (a, price, b) = (m.sized(9, 20, 50), m.sized(9, 20, 90), m.sized(9, 20, 50));
    if a == b {
        return None;
    }
    m.ask(
        &[
            "{if|} $1 @things cost {$|}$2, {how much|what} do $3 {@things|} cost@end",
            "$1 @things cost {$|}$2. {how much are|what is the price of|how much do} $3 {@things|} {cost|}@end",
            "$1 {bags|boxes} {weigh|hold} $2. {how much|what} do $3 {bags|boxes} {weigh|hold}@end",
            "{if|} @who {walk|read|make|makes} $2 {pages|steps|rounds} in $1 {rounds|turns}, how many in $3@end",
        ],
        &[&a.to_string(), &(a * price).to_string(), &b.to_string()],
        price * b,
    )
}

fn proportion(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.sized(9, 20, 50), m.sized(9, 20, 50));
    let value = Number::quotient(a.into(), (a + b).into())?;
    let (one, other) =
        m.one_of(&[("red", "blue"), ("white", "black"), ("green", "yellow"), ("blue", "green"), ("black", "red")]);
    m.ask(
        &[
            "{a bag|a box|an urn} {has|contains|with|holds} $1 $3 and $2 $4 {balls|marbles}. {what is the|} {probability|chance} {of|to draw|of drawing|of picking} a $3 {one|ball|marble}@end",
            "{what is the|} {probability|chance} {to draw|of drawing|of picking} a $3 {ball|marble|one} from {a bag with|} $1 $3 and $2 $4 {balls|marbles|ones}@end",
            "there are $1 $3 and $2 $4 {balls|marbles|@things}. {what is the|} {probability|chance} that one is $3@end",
        ],
        &[&a.to_string(), &b.to_string(), one, other],
        value,
    )
}

fn workers(m: &Maker<'_>) -> Option<Pair> {
    let (a, days, b) = (m.sized(9, 12, 30), m.sized(9, 20, 40), m.sized(9, 12, 30));
    let value = Number::quotient((a * days).into(), b.into())?;
    if a == b {
        return None;
    }
    let unit = m.one_of(&["days", "hours", "minutes", "weeks"]);
    m.ask(
        &[
            "{if|} $1 @people {take|need} $2 $4{,|} how {long|many $4} {do|would} $3 {@people|} {take|need}@end",
            "$1 @people {finish|do|build} {a job|a wall|a house|the work} in $2 $4. how long {do|would} $3 {@people|} {take|need}@end",
        ],
        &[&a.to_string(), &days.to_string(), &b.to_string(), unit],
        decimal(value.clone()),
    )
    .filter(|_| value.to_decimal().is_some())
}

fn chance(m: &Maker<'_>) -> Option<Pair> {
    let count = m.between(4, 10);
    let bag: String = (0..count).map(|_| m.one_of(&['a', 'b', 'c', 'd', 'k', 'z'])).collect();
    let letter = m.one_of(&['a', 'b', 'c', 'd', 'k', 'z']);
    let found = bag.chars().filter(|other| *other == letter).count() as i64;
    if found == 0 {
        return None;
    }
    m.ask(
        &[
            "{what is the|} {probability|chance} of {picking|drawing} 1 $2 from $1@end",
            "{one letter is picked|pick one letter} from $1. {what is the|} {probability|chance} of 1 $2@end",
        ],
        &[&bag, &letter.to_string()],
        Number::quotient(found.into(), count.into())?,
    )
}

fn square(m: &Maker<'_>) -> Option<Pair> {
    let a = m.number(15, 40, 200);
    let square = &a.value.number * &a.value.number;
    if m.is(0.5) {
        return m.ask(
            &[
                "@ask the square of $1@end",
                "square of $1@end",
                "square $1@end",
                "@ask the area of a square {with side|of side|with sides of length} $1@end",
                "area of a square {with side|of side} $1@end",
            ],
            &[&a.text],
            scalar(square, &[&a]),
        );
    }
    m.ask(
        &[
            "@ask the cube of $1@end",
            "cube of $1@end",
            "cube $1@end",
            "@ask the volume of a cube {with side|with edge|of side|of edge} $1@end",
            "volume of a cube {with side|with edge|of edge} $1@end",
        ],
        &[&a.text],
        scalar(&square * &a.value.number, &[&a]),
    )
}

fn around(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.number(15, 40, 200), m.number(15, 40, 200));
    if m.is(0.5) {
        return m.ask(
            &[
                "@ask the perimeter of a square {with side|of side|with sides of length|whose side is} $1@end",
                "perimeter of a square {with side|of side} $1@end",
            ],
            &[&a.text],
            scalar(&a.value.number * &Number::from(4), &[&a]),
        );
    }
    let value = scalar(&(&a.value.number + &b.value.number) * &Number::from(2), &[&a, &b]);
    m.ask(
        &[
            "@ask the perimeter of a {rectangle|room|garden|field} {with sides|of sides|with length} $1 {and|by|and width} $2@end",
            "perimeter of a $1 by $2 {rectangle|field|room}@end",
        ],
        &[&a.text, &b.text],
        value,
    )
}

fn unknown(m: &Maker<'_>) -> Option<Pair> {
    let (x, a, b) = (m.between(1, 40), m.sized(9, 12, 20), m.between(1, 40));
    match m.between(0, 4) {
        0 => m.ask(&["{what|which} number plus $1 {is|gives|makes|equals} $2@end", "a number plus $1 is $2. {what is it|which number|find it}@end", "$1 more than a number is $2. {what is the number|which number}@end"], &[&b.to_string(), &(x + b).to_string()], x),
        1 => m.ask(&["{what|which} number times $1 {is|gives|makes|equals} $2@end", "a number times $1 is $2. {what is it|which number|find it}@end", "$1 times {what|which number} is $2@end"], &[&a.to_string(), &(a * x).to_string()], x),
        2 => m.ask(
            &[
                "a number {times|multiplied by} $1 plus $2 {is|gives|makes} $3. {what is it|which number|what is the number}@end",
                "{i think|think} of a number, {multiply|multiply it} by $1{,|} {and|then|} add $2 {and|to} get $3. {what is it|which number is it|what is the number}@end",
                "$1 times a number plus $2 {is|equals} $3. {find|what is} the number@end",
            ],
            &[&a.to_string(), &b.to_string(), &(a * x + b).to_string()],
            x,
        ),
        3 => m.ask(&["a number {divided by|over} $1 {is|gives} $2. {what is it|which number|what is the number}@end", "{what|which} number divided by $1 {is|gives|makes} $2@end"], &[&a.to_string(), &x.to_string()], a * x),
        _ => m.ask(&["{what|which} number minus $1 {is|gives|makes} $2@end", "a number minus $1 is $2. {what is it|which number|find it}@end", "$1 less than a number is $2. {what is the number|which number}@end"], &[&b.to_string(), &x.to_string()], x + b),
    }
}
