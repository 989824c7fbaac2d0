use super::*;

fn elements(text: &str) -> Vec<String> {
    Question::new(text).unwrap().elements.iter().map(ToString::to_string).collect()
}

#[test]
fn statements_give_elements_in_order() {
    assert_eq!(
        elements(
            "Let g(x) be the second derivative of x**3 - 2*x. Let h = g(2). Suppose h*y = 1, 3 = -z. What is g(y)?"
        ),
        [
            "Fun = g",
            "Var = x",
            "Ordinal = 2",
            "Expr = x**3 - 2*x",
            "Var = h",
            "Expr = g(2)",
            "Equation = h*y = 1",
            "Equation = 3 = -z",
            "Expr = g(y)"
        ]
    );
    // What is known already is not defined again.
    assert_eq!(
        elements("Let f(x) = x - 1. Let f(q) = 0. Let y = 2*y - 3. Let -3*q = 6."),
        ["Fun = f", "Var = x", "Expr = x - 1", "Equation = f(q) = 0", "Equation = y = 2*y - 3", "Equation = -3*q = 6"]
    );
}

#[test]
fn numbers_in_all_forms() {
    assert_eq!(elements("from -3.50 to 2/4 and -7"), ["Dec = -3.5", "Rat = 1/2", "Int = -7"]);
    assert_eq!(
        elements("one hundred thousand, twenty-one, fourty and fourteeen"),
        ["Int = 100000", "Int = 21", "Int = 40", "Int = 14"]
    );
    assert_eq!(elements("seven twelths of a week in hours"), ["Quantity = 7/12 week", "Unit = hour"]);
    assert_eq!(elements("How many ml are there in 0.5l?"), ["Quantity = 1/2 litre"]);
    assert_eq!(
        elements("nearest thousand, nearest 1000, nearest integer"),
        ["Place = 10**3", "Place = 10**3", "Place = 10**0"]
    );
    assert_eq!(elements("the hundred thousands digit"), ["Place = 10**5"]);
    assert_eq!(elements("12:05 am to 1:30 PM"), ["Time = 12:05 AM", "Time = 1:30 PM"]);
    assert_eq!(elements("-b1 (base 12) to base 3"), ["BaseNumber = -b1", "Base = 12", "Base = 3"]);
}

#[test]
fn words_and_signs_that_relate() {
    assert_eq!(elements("Is a at least as big as 3?"), ["Var = a", "Relation = >=", "Int = 3"]);
    assert_eq!(elements("Are x and y non-equal?"), ["Var = x", "Var = y", "Relation = !="]);
    assert_eq!(elements("Does 2 = x?"), ["Int = 2", "Relation = =", "Var = x"]);
    assert_eq!(
        elements("the third smallest, decreasing, cube root"),
        ["Ordinal = 3", "Direction = up", "Direction = down", "Ordinal = 3"]
    );
    assert_eq!(elements("the greatest common divisor"), [""; 0]);
}

#[test]
fn the_article_is_no_variable() {
    assert_eq!(elements("Is a a multiple of 3?"), ["Var = a", "Int = 3"]);
    assert_eq!(elements("Is a prime?"), ["Var = a"]);
    assert_eq!(elements("Is 7 a prime number?"), ["Int = 7"]);
    assert_eq!(elements("What is the a'th term of 1, 2?"), ["Var = a", "List<Int> = 1, 2"]);
}

#[test]
fn lists_options_and_letters() {
    assert_eq!(elements("biggest?  (a) 1/2  (b) a  (c) -3"), ["Direction = down", "List<Choice> = a, b, c"]);
    assert_eq!(elements("Sort 2, -1/2, 0.50."), ["List<Choice> = 2, -1/2, 0.50"]);
    assert_eq!(elements("Which is bigger: w or 39?"), ["Direction = down", "List<Choice> = w, 39"]);
    assert_eq!(
        elements("picking 2 a and 1 b from {a: 3, b: 1}; sequence ab from abba"),
        ["Counts = {a: 2, b: 1}", "Bag = {a: 3, b: 1}", "Letters = ab", "Bag = {a: 2, b: 2}"]
    );
}

#[test]
fn elements_know_their_place() {
    let text = "Let f(x) = 2*x. Suppose 3 = y.";
    let question = Question::new(text).unwrap();
    let places: Vec<&str> =
        question.elements.iter().map(|element| &text[element.span.start as usize..element.span.end as usize]).collect();
    assert_eq!(places, ["f", "x", "2*x", "3 = y"]);
}

#[test]
fn factors_need_no_sign_between_them() {
    assert_eq!(elements("5x + 2(x + 1)"), ["Expr = 5*x + 2*(x + 1)"]);
    assert_eq!(elements("(x+1)(x-2)^2"), ["Expr = (x + 1)*(x - 2)**2"]);
    assert_eq!(elements("2xy² = y"), ["Equation = 2*(x*y**2) = y"]);
    // Letters in a row are names where each is one elsewhere.
    assert_eq!(elements("x = 4 and y = 6, xy?"), ["Equation = x = 4", "Equation = y = 6", "Expr = x*y"]);
    assert_eq!(elements("3 × 4 ÷ 2 − 1, √16"), ["List<Choice> = 3 × 4 ÷ 2 − 1, √16"]);
    assert_eq!(elements("3 x 4"), ["Expr = 3*4"]);
    assert_eq!(elements("2^3^2 and 5 squared"), ["Expr = 2**(3**2)", "Expr = 5**2"]);
    assert_eq!(elements("two to the power of ten, 3 to the 4th power"), ["Expr = 2**10", "Expr = 3**4"]);
}

#[test]
fn commas_are_read_as_they_are_meant() {
    assert_eq!(elements("1,234 + 2,345"), ["Expr = 1234 + 2345"]);
    assert_eq!(elements("lcm(3,500)"), ["List<Int> = 3, 500"]);
    assert_eq!(elements("2,5 km in m"), ["Quantity = 5/2 kilometer", "Unit = meter"]);
    assert_eq!(elements("12, 15 and 18"), ["List<Int> = 12, 15, 18"]);
    assert_eq!(elements("12 and 18"), ["Int = 12", "Int = 18"]);
}

#[test]
fn percentages_money_and_multiples() {
    assert_eq!(elements("7.5% of $400"), ["Percent = 15/2%", "Int = 400"]);
    assert_eq!(elements("twenty percent of half of 2 dozen"), ["Percent = 20%", "Rat = 1/2", "Int = 24"]);
    assert_eq!(elements("a third of 90, twice 4"), ["Rat = 1/3", "Int = 90", "Int = 2", "Int = 4"]);
    assert_eq!(elements("8 pens cost 10, how much is one?"), ["Int = 8", "Int = 10"]);
}

#[test]
fn units_bases_and_places() {
    assert_eq!(elements("7000 mg in g"), ["Quantity = 7000 milligram", "Unit = gram"]);
    assert_eq!(elements("2g + 1 = 7"), ["Equation = 2*g + 1 = 7"]);
    assert_eq!(elements("3 hours at 60 km/h"), ["Quantity = 3 hour", "Quantity = 60 kilometer per hour"]);
    assert_eq!(elements("0xff in decimal"), ["Base = 16", "BaseNumber = ff", "Base = 10"]);
    assert_eq!(elements("255 in hexadecimal"), ["BaseNumber = 255", "Base = 16"]);
    assert_eq!(
        elements("nearest hundredth; 20th; 14:30; nth term"),
        ["Int = 2", "Ordinal = 20", "Time = 2:30 PM", "Var = n"]
    );
}

#[test]
fn articles_people_and_functions() {
    assert_eq!(elements("a pizza for me if I go"), [""; 0]);
    assert_eq!(elements("what is a when 3a = 6"), ["Var = a", "Equation = 3*a = 6"]);
    assert_eq!(elements("f(x) = x^2, find f(3)"), ["Fun = f", "Var = x", "Expr = x**2", "Expr = f(3)"]);
    assert_eq!(elements("is 3 ≤ 4?"), ["Int = 3", "Relation = <=", "Int = 4"]);
}
