//! Random input: nothing panics, and printed text parses back to the same tree.

use proptest::prelude::*;
use prover_syntax::print::{print_item, print_term, print_tree};
use prover_syntax::render::{Style, human};
use prover_syntax::source::LineIndex;
use prover_syntax::tree::*;
use prover_syntax::{parse, parse_steps, parse_term};

/// A term without an arena, to be generated.
#[derive(Clone, Debug)]
enum Sketch {
    Name(String),
    Apply(Box<Sketch>, Vec<Sketch>),
    Arrow(Vec<(Option<String>, Sketch)>, Box<Sketch>),
    Lambda(Vec<(String, Sketch)>, Box<Sketch>),
}

fn declare(tree: &mut Tree, name: &str, ty: &Sketch) -> Decl {
    let symbol = tree.intern(name);
    Decl { name: Name { symbol, span: Span::default() }, ty: build(tree, ty) }
}

fn build(tree: &mut Tree, sketch: &Sketch) -> TermRef {
    let term = match sketch {
        Sketch::Name(name) => Term::Name(tree.intern(name)),
        Sketch::Apply(function, arguments) => {
            let function = build(tree, function);
            let arguments: Vec<TermRef> = arguments.iter().map(|argument| build(tree, argument)).collect();
            tree.apply(function, arguments)
        }
        Sketch::Arrow(inputs, output) => {
            let inputs = inputs.iter().map(|(name, ty)| match name {
                Some(name) => Input::Named(declare(tree, name, ty)),
                None => Input::Plain(build(tree, ty)),
            });
            let inputs = inputs.collect();
            Term::Arrow(inputs, build(tree, output))
        }
        Sketch::Lambda(binders, body) => {
            let binders = binders.iter().map(|(name, ty)| declare(tree, name, ty)).collect();
            Term::Lambda(binders, build(tree, body))
        }
    };
    tree.push(term, Span::default())
}

/// Whether two terms of two trees are the same but for positions.
fn same((a, left): (&Tree, TermRef), (b, right): (&Tree, TermRef)) -> bool {
    let same = |left: &TermRef, right: &TermRef| same((a, *left), (b, *right));
    let same_decl =
        |left: &Decl, right: &Decl| a.name(left.name.symbol) == b.name(right.name.symbol) && same(&left.ty, &right.ty);
    match (a.term(left), b.term(right)) {
        (Term::Name(left), Term::Name(right)) => a.name(*left) == b.name(*right),
        (Term::Apply(f, xs), Term::Apply(g, ys)) => {
            let (xs, ys) = (a.arguments(*xs), b.arguments(*ys));
            same(f, g) && xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| same(x, y))
        }
        (Term::Arrow(xs, t), Term::Arrow(ys, u)) => {
            let same_input = |(x, y): (&Input, &Input)| match (x, y) {
                (Input::Plain(x), Input::Plain(y)) => same(x, y),
                (Input::Named(x), Input::Named(y)) => same_decl(x, y),
                _ => false,
            };
            same(t, u) && xs.len() == ys.len() && xs.iter().zip(ys).all(same_input)
        }
        (Term::Lambda(xs, t), Term::Lambda(ys, u)) => {
            same(t, u) && xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| same_decl(x, y))
        }
        _ => false,
    }
}

fn name() -> impl Strategy<Value = String> {
    "[0-9a-zA-Z'_+/*=!$^><-]{1,6}".prop_filter("a name", |text| prover_syntax::token::is_name(text))
}

fn lambda(types: impl Strategy<Value = Sketch> + Clone) -> impl Strategy<Value = Sketch> {
    (prop::collection::vec((name(), types.clone()), 1..3), types)
        .prop_map(|(binders, body)| Sketch::Lambda(binders, body.into()))
}

/// A type: only a term, such as an argument, may be a lambda.
fn ty() -> impl Strategy<Value = Sketch> + Clone {
    name().prop_map(Sketch::Name).prop_recursive(5, 60, 4, |types| {
        let terms = prop_oneof![3 => types.clone(), 1 => lambda(types.clone())];
        let apply = (terms.clone(), prop::collection::vec(terms, 1..4))
            .prop_map(|(function, arguments)| Sketch::Apply(function.into(), arguments));
        let inputs = prop::collection::vec((prop::option::of(name()), types.clone()), 1..4);
        let arrow = (inputs, types).prop_map(|(inputs, output)| Sketch::Arrow(inputs, output.into()));
        prop_oneof![apply, arrow]
    })
}

fn term() -> impl Strategy<Value = Sketch> {
    prop_oneof![4 => ty(), 1 => lambda(ty())]
}

/// A name of a fixed set or a random one, at no place.
fn place(tree: &mut Tree, name: &str) -> Name {
    Name { symbol: tree.intern(name), span: Span::default() }
}

/// Steps of every kind over one type and one name, `depth` blocks deep.
fn steps(tree: &mut Tree, name: &str, sketch: &Sketch, depth: usize) -> Vec<Step> {
    let by = place(tree, name);
    let term = build(tree, sketch);
    let decl = Decl { name: by, ty: term };
    let name_alone = tree.push(Term::Name(by.symbol), Span::default());
    let applied = tree.apply(name_alone, [term]);
    let function = if depth.is_multiple_of(2) { name_alone } else { tree.push(applied, Span::default()) };
    let mut kinds = vec![
        StepKind::Intro { name: Some(decl.name), ty: Some(decl.ty) },
        StepKind::Intro { name: Some(by), ty: None },
        StepKind::Intro { name: None, ty: None },
        StepKind::Show { ty: term, by: function },
        StepKind::Unfold(by),
        StepKind::Rewrite { by: function, at: None },
        StepKind::Rewrite { by: function, at: Some(by) },
        StepKind::Construct { decl, value: term, by },
        StepKind::Apply(function),
        StepKind::CurrentGoal(term),
        StepKind::Using(vec![by, by]),
        StepKind::Halt,
    ];
    if depth > 0 {
        kinds.push(StepKind::Goal { ty: term, steps: steps(tree, name, sketch, depth - 1) });
        kinds.push(StepKind::Have { name: None, ty: term, steps: steps(tree, name, sketch, depth - 1) });
        kinds.push(StepKind::Have { name: Some(by), ty: term, steps: steps(tree, name, sketch, depth - 1) });
    }
    kinds.into_iter().map(|kind| Step { kind, span: Span::default() }).collect()
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        ":",
        "#",
        "->",
        "=",
        "a",
        "'x",
        "\n",
        "\nb :",
        "\"p\"",
        "\"",
        "/*",
        "*/",
        "import",
        "using",
        "assume",
        "let",
        "axiom",
        "verify",
        "example",
        "test",
        "theorem",
        "lemma",
        "corollary",
        "forward",
        "backward",
        "infer",
        "subgoal",
        "lambda",
        "intro",
        "show",
        "by",
        "construct",
        "apply",
        "goal",
        "have",
        "current",
        "halt",
        "data",
        "fun",
        "check",
        "eval",
        "print",
        "\ndata d {",
        "\nfun f :",
        "é",
        "(f x)",
        "[a -> b]",
        "{ halt. }",
    ])
}

/// Everything that is done with a text, to see that nothing panics and that printing and parsing agree.
fn exercise(source: &str) {
    let (tree, errors) = parse(source);
    let once = print_tree(&tree);
    let (again, errors_again) = parse(&once);
    assert!(errors_again.is_empty(), "{once}\n{errors_again:?}");
    assert_eq!(print_tree(&again), once);
    let lines = LineIndex::new(source);
    for error in &errors {
        assert!(error.span.start <= error.span.end && error.span.end as usize <= source.len(), "{error:?}");
        human("file.p", &lines, error, Style::Colour);
    }
    let _ = (parse_term(source), parse_steps(source));
}

const FILE: &str = "nat : type. s : [nat -> nat]. d : nat = (lambda (x : nat) x).\n#forward f ((+ 'n z) : nat).\n\
    theorem t : [('n : nat) -> (= 'n 'n)] {\n intro n : nat.\n apply nat_ind.\n goal (= z z) { show (= z z) by r. }\n}\n\
    lemma u : a { construct m : nat = (s n) by s. have b { halt. } }\n\
    data list ('t : type) { nil : (list 't). cons : ['t -> (list 't) -> (list 't)]. }\n\
    fun + : [nat -> nat -> nat] { (+ 'n z) = 'n. step : (+ 'n (s 'm)) = (s (+ 'n 'm)). }\n\
    #check (+ z). #eval (lambda (x : nat) x). #print +.";

proptest! {
    #[test]
    fn random_text_does_not_panic(text in "\\PC{0,200}") {
        exercise(&text);
    }

    #[test]
    fn random_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        match prover_syntax::source::decode(bytes) {
            Ok(text) => exercise(&text),
            Err(error) => prop_assert_eq!(error.code, "invalid-utf8"),
        }
    }

    #[test]
    fn random_tokens_do_not_panic(tokens in prop::collection::vec(token(), 0..60)) {
        exercise(&tokens.join(" "));
        exercise(&tokens.concat());
    }

    #[test]
    fn mutated_files_do_not_panic(cut in 0..FILE.len(), insert in token(), drop in 0..20usize) {
        let rest = &FILE[(cut + drop).min(FILE.len())..];
        exercise(&format!("{}{insert}{rest}", &FILE[..cut]));
    }

    #[test]
    fn a_printed_term_parses_to_itself(sketch in term()) {
        let mut tree = Tree::new();
        let term = build(&mut tree, &sketch);
        let text = print_term(&tree, term);
        let (again, parsed) = parse_term(&text).map_err(|errors| TestCaseError::fail(format!("{text}: {errors:?}")))?;
        prop_assert!(same((&tree, term), (&again, parsed)), "{} became {}", text, print_term(&again, parsed));
    }

    #[test]
    fn a_printed_item_parses_to_itself(name in name(), sketch in ty(), value in prop::option::of(term())) {
        let mut tree = Tree::new();
        let decl = declare(&mut tree, &name, &sketch);
        let value = value.map(|value| build(&mut tree, &value));
        let text = print_item(&tree, &Item { kind: ItemKind::Declare { decl, value }, span: Span::default() });
        let (again, errors) = parse(&text);
        prop_assert!(errors.is_empty(), "{text}: {errors:?}");
        let ItemKind::Declare { decl: decl_again, value: value_again } = &again.items[0].kind else { panic!("{text}") };
        prop_assert_eq!(again.name(decl_again.name.symbol), &name);
        prop_assert!(same((&tree, decl.ty), (&again, decl_again.ty)));
        prop_assert_eq!(value.is_some(), value_again.is_some());
        for (left, right) in value.into_iter().zip(*value_again) {
            prop_assert!(same((&tree, left), (&again, right)));
        }
    }

    #[test]
    fn a_printed_data_type_parses_to_itself(
        name in word(),
        parameters in prop::collection::vec((word(), ty()), 0..3),
        constructors in prop::collection::vec((word(), ty()), 0..4),
    ) {
        let mut tree = Tree::new();
        let parameters = parameters.iter().map(|(name, ty)| declare(&mut tree, name, ty)).collect::<Vec<_>>();
        let constructors = constructors.iter().map(|(name, ty)| declare(&mut tree, name, ty)).collect::<Vec<_>>();
        let name = place(&mut tree, &name);
        let data = |parameters, constructors| ItemKind::Data { name, parameters, constructors };
        let (again, kind) = printed_and_parsed(&tree, data(parameters.clone(), constructors.clone()))?;
        let ItemKind::Data { name: name_again, parameters: p, constructors: c } = kind else { panic!("{kind:?}") };
        prop_assert_eq!(tree.name(name.symbol), again.name(name_again.symbol));
        prop_assert!(same_decls((&tree, &parameters), (&again, &p)) && same_decls((&tree, &constructors), (&again, &c)));
    }

    #[test]
    fn a_printed_function_parses_to_itself(
        name in word(),
        sketch in ty(),
        others in prop::collection::vec((word(), ty()), 0..3),
        clauses in prop::collection::vec((prop::option::of(word()), ty(), term()), 0..4),
    ) {
        let mut tree = Tree::new();
        let decl = declare(&mut tree, &name, &sketch);
        let others: Vec<Decl> = others.iter().map(|(name, sketch)| declare(&mut tree, name, sketch)).collect();
        let mut clause = |(name, left, right): &(Option<String>, Sketch, Sketch)| Clause {
            name: name.as_ref().map(|name| place(&mut tree, name)),
            left: build(&mut tree, left),
            right: build(&mut tree, right),
            span: Span::default(),
        };
        let clauses: Vec<Clause> = clauses.iter().map(&mut clause).collect();
        let (again, kind) = printed_and_parsed(&tree, ItemKind::Function { decl, others: others.clone(), clauses: clauses.clone() })?;
        let ItemKind::Function { decl: decl_again, others: others_again, clauses: clauses_again } = kind else {
            panic!("{kind:?}")
        };
        prop_assert!(same_decls((&tree, &[decl]), (&again, &[decl_again])));
        prop_assert!(same_decls((&tree, &others), (&again, &others_again)));
        prop_assert_eq!(clauses.len(), clauses_again.len());
        for (left, right) in clauses.iter().zip(&clauses_again) {
            let name = |tree: &Tree, clause: &Clause| clause.name.map(|name| tree.name(name.symbol).to_owned());
            prop_assert_eq!(name(&tree, left), name(&again, right));
            prop_assert!(same((&tree, left.left), (&again, right.left)));
            prop_assert!(same((&tree, left.right), (&again, right.right)));
        }
    }

    #[test]
    fn a_printed_command_parses_to_itself(name in word(), term in term()) {
        let mut tree = Tree::new();
        let term = build(&mut tree, &term);
        let name = place(&mut tree, &name);
        let (again, kind) = printed_and_parsed(&tree, ItemKind::Check(term))?;
        prop_assert!(matches!(kind, ItemKind::Check(t) if same((&tree, term), (&again, t))));
        let (again, kind) = printed_and_parsed(&tree, ItemKind::Evaluate(term))?;
        prop_assert!(matches!(kind, ItemKind::Evaluate(t) if same((&tree, term), (&again, t))));
        let (again, kind) = printed_and_parsed(&tree, ItemKind::Print(name))?;
        let text = |tree: &Tree, name: Name| tree.name(name.symbol).to_owned();
        prop_assert!(matches!(kind, ItemKind::Print(n) if text(&again, n) == text(&tree, name)));
    }

    #[test]
    fn a_printed_script_parses_to_itself(name in name(), sketch in ty(), depth in 0..4usize) {
        let mut tree = Tree::new();
        let steps = steps(&mut tree, &name, &sketch, depth);
        let decl = declare(&mut tree, &name, &sketch);
        let item = Item { kind: ItemKind::Theorem { word: TheoremWord::Lemma, decl, steps }, span: Span::default() };
        let text = print_item(&tree, &item);
        let (again, errors) = parse(&text);
        prop_assert!(errors.is_empty(), "{text}: {errors:?}");
        prop_assert_eq!(print_item(&again, &again.items[0]), text.clone());
        let ItemKind::Theorem { steps: steps_again, .. } = &again.items[0].kind else { panic!("{text}") };
        let ItemKind::Theorem { steps, .. } = &item.kind else { unreachable!() };
        prop_assert!(same_shape(steps, steps_again), "{text}");
    }
}

/// A name, now and then one of the words that are names only where nothing else can stand.
fn word() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec!["at", "data", "fun", "check", "eval", "print", "rw", "unfold", "="]);
    prop_oneof![3 => name(), 1 => words.prop_map(str::to_owned)]
}

/// An item after it was printed and parsed, with its tree.
fn printed_and_parsed(tree: &Tree, kind: ItemKind) -> Result<(Tree, ItemKind), TestCaseError> {
    let text = print_item(tree, &Item { kind, span: Span::default() });
    let (again, errors) = parse(&text);
    prop_assert!(errors.is_empty() && again.items.len() == 1, "{text}: {errors:?}");
    let kind = again.items[0].kind.clone();
    Ok((again, kind))
}

/// Whether two lists of declarations of two trees are the same but for positions.
fn same_decls((a, left): (&Tree, &[Decl]), (b, right): (&Tree, &[Decl])) -> bool {
    let same_decl =
        |(x, y): (&Decl, &Decl)| a.name(x.name.symbol) == b.name(y.name.symbol) && same((a, x.ty), (b, y.ty));
    left.len() == right.len() && left.iter().zip(right).all(same_decl)
}

/// Whether two scripts have the same kinds of steps in the same blocks.
fn same_shape(left: &[Step], right: &[Step]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| match (&left.kind, &right.kind) {
            (StepKind::Goal { steps: left, .. }, StepKind::Goal { steps: right, .. })
            | (StepKind::Have { steps: left, .. }, StepKind::Have { steps: right, .. }) => same_shape(left, right),
            (left, right) => std::mem::discriminant(left) == std::mem::discriminant(right),
        })
}
