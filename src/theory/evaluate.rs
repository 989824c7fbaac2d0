//! `#eval`: normal forms with respect to computation, definitions and the equations of the theory.
//!
//! Terms are reduced by beta and delta, and rewritten with equations, inside first: those of functions declared by
//! `fun` from left to right, as they were given; and each unconditional equation among the axioms, `[... -> (= l r)]`,
//! as the [lexicographic path order](PathOrder::Evaluation) directs it: a function is greater than those that equations
//! [define it by](super::terms::order::precedence), else the later declaration is; arguments are compared from left to
//! right. An equation that it directs in neither way, such as commutativity, is used where the instance at hand
//! decreases. As the order is well-founded and stable, rewriting with first-order equations ends by itself; every step
//! is also taken from the item's budget. Nothing here is trusted: a normal form is shown to a person and proves
//! nothing.

use super::Theory;
use super::terms::equation::Equation;
use super::terms::matching::Substitution;
use super::terms::normal::Normalizer;
use super::terms::order::precedence::{Dependencies, Precedence};
use super::terms::order::{Compared, PathOrder};
use super::terms::signature::{Signature, mentions, rigid_variables};
use prover_logic::{ConstId, DeclarationKind, Environment, KernelError, MAX_HEIGHT, Sort, Store, Term, TermId};
use rustc_hash::{FxHashMap, FxHashSet};

type Result<T> = std::result::Result<T, KernelError>;

/// Locals of this number and above stand for the variables of an equation while its sides are compared.
const VARIABLE: u32 = super::terms::matching::OPENED;

/// The cost of one use of an equation, in steps of the budget: it builds several terms.
const STEP: u64 = 4;

/// An equation with a direction. Loose indices stand for its variables, as in a [`Signature`].
#[derive(Clone, Debug)]
struct Rule {
    variables: usize,
    /// The number of arguments of the left side's head.
    arity: usize,
    left: TermId,
    right: TermId,
    /// Whether every instance decreases; else that is looked at each time.
    always_decreases: bool,
}

/// An equation of the theory. Loose indices stand for its variables.
#[derive(Clone, Copy, Debug)]
struct Law {
    variables: usize,
    sides: [TermId; 2],
    /// Whether it is a clause of a function declared by `fun`, which is directed as it stands.
    is_clause: bool,
}

/// Normal forms with the equations of one theory, which may grow.
#[derive(Clone, Debug)]
pub struct Evaluator {
    /// The equations, in the order of the theory.
    laws: Vec<Law>,
    /// The number of directed equations.
    directed: usize,
    dependencies: Dependencies,
    /// The term order by which equations make terms smaller.
    order: PathOrder,
    /// By the constant at the head of the left side.
    rules: FxHashMap<ConstId, Vec<Rule>>,
    /// The constants that have been looked at.
    constants: usize,
    /// The axioms of functions declared by `fun`, which are directed as they stand.
    defining: FxHashSet<ConstId>,
    known: FxHashMap<TermId, TermId>,
    compared: Compared,
}

impl Default for Evaluator {
    fn default() -> Self {
        Self {
            laws: Vec::new(),
            directed: 0,
            dependencies: Dependencies::default(),
            order: PathOrder::Evaluation(Precedence::default()),
            rules: FxHashMap::default(),
            constants: 0,
            defining: FxHashSet::default(),
            known: FxHashMap::default(),
            compared: Compared::default(),
        }
    }
}

impl Evaluator {
    /// No equations.
    pub fn new() -> Self {
        Self::default()
    }

    /// The normal form of a well-typed term, with all equations that the theory has by now.
    ///
    /// # Errors
    ///
    /// The budget is exhausted, or a term becomes too deep.
    pub fn evaluate(&mut self, theory: &mut Theory, term: TermId) -> Result<TermId> {
        self.take_in(theory)?;
        self.normal(&mut theory.environment, term)
    }

    /// Takes a term to have this normal form from now on, whatever the equations say: so that applications of variables
    /// can be given values.
    pub fn assume(&mut self, term: TermId, normal: TermId) {
        self.known.insert(term, normal);
        self.known.insert(normal, normal);
    }

    /// Adds the equations declared since the last call.
    fn take_in(&mut self, theory: &mut Theory) -> Result<()> {
        let Some(equality) = theory.equality else { return Ok(()) };
        let declarations = theory.environment.declarations_from(self.constants);
        let axioms: Vec<(ConstId, TermId)> = declarations
            .filter(|(_, declaration)| declaration.kind == DeclarationKind::Axiom)
            .map(|(constant, declaration)| (constant, declaration.ty))
            .collect();
        self.constants = theory.environment.declarations().len();
        let mut normalizer = Normalizer::default();
        for (constant, ty) in axioms {
            let environment = &mut theory.environment;
            for clause in theory.declared.function(constant).into_iter().flat_map(|function| &function.clauses) {
                self.defining.insert(clause.axiom);
                self.dependencies.clause(&environment.store, clause.left, clause.right);
                self.laws.push(Law { variables: clause.binders, sides: [clause.left, clause.right], is_clause: true });
            }
            if self.defining.contains(&constant) {
                continue;
            }
            let arity = Signature::arity(&environment.store, ty);
            if Equation::sides(&environment.store, &equality, Signature::output(&environment.store, ty)).is_none() {
                continue;
            }
            let signature = Signature::new(environment, ty, arity)?;
            let sides = Equation::sides(&environment.store, &equality, signature.output);
            let Some((_, left, right)) = sides.filter(|_| signature.parameters.iter().all(|p| !p.is_premise)) else {
                continue;
            };
            let sides = [normalizer.normal(environment, left)?, normalizer.normal(environment, right)?];
            self.dependencies.equation(&environment.store, arity, sides);
            self.laws.push(Law { variables: arity, sides, is_clause: false });
        }
        self.direct(&mut theory.environment)
    }

    /// Makes rules of the equations that are not directed yet; of all, where those have changed the order.
    fn direct(&mut self, environment: &mut Environment) -> Result<()> {
        if self.directed == self.laws.len() {
            return Ok(());
        }
        environment.spend(self.dependencies.len() as u64)?;
        let order = PathOrder::Evaluation(Precedence::new(&self.dependencies));
        if order != self.order {
            (self.order, self.directed) = (order, 0);
            self.rules.clear();
            self.compared = Compared::default();
        }
        while let Some(&law) = self.laws.get(self.directed) {
            self.add(environment, law)?;
            self.directed += 1;
        }
        Ok(())
    }

    /// Adds an equation in the directions in which it may be used.
    fn add(&mut self, environment: &mut Environment, law: Law) -> Result<()> {
        let Law { variables, sides: [left, right], is_clause } = law;
        if is_clause {
            self.push(&environment.store, variables, (left, right), true);
            return Ok(());
        }
        let type_of_variables = environment.store.sort(Sort::Prop);
        let locals: Vec<TermId> =
            (0..variables).map(|i| environment.store.local(VARIABLE + i as u32, type_of_variables)).collect();
        let mut closed = |side| environment.store.instantiate(side, &locals);
        let (closed_left, closed_right) = (closed(left), closed(right));
        let forward = self.order.is_greater_within(environment, closed_left, closed_right, &mut self.compared)?;
        let backward = self.order.is_greater_within(environment, closed_right, closed_left, &mut self.compared)?;
        for (from, to, decreases, increases) in [(left, right, forward, backward), (right, left, backward, forward)] {
            if !increases {
                self.push(&environment.store, variables, (from, to), decreases);
            }
        }
        Ok(())
    }

    /// Adds a rule, if its left side determines all of its variables.
    fn push(&mut self, store: &Store, variables: usize, (left, right): (TermId, TermId), always_decreases: bool) {
        let (head, arguments) = store.spine(left);
        let Term::Const(constant) = store.term(head) else { return };
        let mut determined = FxHashSet::default();
        rigid_variables(store, left, variables as u32, &mut determined);
        let sides = [left, right].into_iter();
        if left == right
            || sides.flat_map(|side| mentions(store, side, variables as u32)).any(|v| !determined.contains(&v))
        {
            return;
        }
        let arity = arguments.len();
        let rules = self.rules.entry(constant).or_default();
        // Commutativity comes last, or it would exchange what other equations make smaller.
        let place = rules.iter().position(|rule| always_decreases && !rule.always_decreases).unwrap_or(rules.len());
        rules.insert(place, Rule { variables, arity, left, right, always_decreases });
        // What was normal may be so no longer.
        self.known.clear();
    }

    fn normal(&mut self, environment: &mut Environment, id: TermId) -> Result<TermId> {
        if let Some(&known) = self.known.get(&id) {
            return Ok(known);
        }
        environment.spend(1)?;
        let normal = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.compute(environment, id))?;
        self.known.insert(id, normal);
        self.known.insert(normal, normal);
        Ok(normal)
    }

    fn compute(&mut self, environment: &mut Environment, id: TermId) -> Result<TermId> {
        let reduced = environment.whnf(id)?;
        match environment.store.term(reduced) {
            Term::App(..) | Term::Const(_) => {
                let (head, mut arguments) = environment.store.spine(reduced);
                for argument in &mut arguments {
                    *argument = self.normal(environment, *argument)?;
                }
                let applied = environment.store.apps(head, &arguments);
                if environment.store.height(applied) > MAX_HEIGHT {
                    return Err(KernelError::TooDeep);
                }
                match self.rewrite(environment, head, &arguments)? {
                    Some(next) => self.normal(environment, next),
                    None => Ok(self.known.get(&applied).copied().unwrap_or(applied)),
                }
            }
            Term::Lambda(..) => {
                let (mut locals, body) = self.open(environment, reduced, |term| match term {
                    Term::Lambda(domain, body) => Some((domain, body)),
                    _ => None,
                })?;
                let mut body = self.normal(environment, body)?;
                // Eta: `lambda (x : A) (f x)` is `f` where `f` does not mention `x`.
                while let (Term::App(function, argument), Some(&last)) = (environment.store.term(body), locals.last())
                    && argument == last
                {
                    let abstracted = environment.store.abstract_locals(function, &[last]);
                    if environment.store.loose(abstracted) > 0 {
                        break;
                    }
                    body = function;
                    locals.pop();
                }
                Ok(environment.store.close_lambda(body, &locals))
            }
            Term::Pi(..) => {
                let (locals, body) = self.open(environment, reduced, |term| match term {
                    Term::Pi(domain, body) => Some((domain, body)),
                    _ => None,
                })?;
                let body = self.normal(environment, body)?;
                Ok(environment.store.close_pi(body, &locals))
            }
            _ => Ok(reduced),
        }
    }

    /// Opens binders of one sort from the outside in, their types in normal form.
    fn open(
        &mut self,
        environment: &mut Environment,
        id: TermId,
        binder: fn(Term) -> Option<(TermId, TermId)>,
    ) -> Result<(Vec<TermId>, TermId)> {
        let first = environment.store.local_bound(id);
        let mut locals = Vec::new();
        let mut body = id;
        while let Some((domain, inner)) = binder(environment.store.term(body)) {
            environment.spend(1)?;
            let domain = environment.store.instantiate(domain, &locals);
            let domain = self.normal(environment, domain)?;
            locals.push(environment.store.local(first + locals.len() as u32, domain));
            body = inner;
        }
        Ok((locals.clone(), environment.store.instantiate(body, &locals)))
    }

    /// The term after one use of an equation at its head; the arguments are in normal form.
    fn rewrite(&mut self, environment: &mut Environment, head: TermId, arguments: &[TermId]) -> Result<Option<TermId>> {
        let Term::Const(constant) = environment.store.term(head) else { return Ok(None) };
        let Some(rules) = self.rules.get(&constant) else { return Ok(None) };
        for rule in rules {
            let Some((given, further)) = arguments.split_at_checked(rule.arity) else { continue };
            environment.spend(STEP)?;
            let target = environment.store.apps(head, given);
            let mut substitution = Substitution::new(rule.variables);
            if !substitution.matches(environment, rule.left, target)? || !substitution.solve_deferred(environment)? {
                continue;
            }
            let instance = substitution.apply(&mut environment.store, rule.right);
            if rule.always_decreases
                || self.order.is_greater_within(environment, target, instance, &mut self.compared)?
            {
                return Ok(Some(environment.store.apps(instance, further)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::eval_text;
    use crate::import::{NoImports, SourceText};
    use crate::scope::Scope;

    #[track_caller]
    fn evaluates(theory: &mut Theory, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let found = eval_text(theory, &Scope::new(), text);
            assert_eq!(found.as_deref(), Ok(*expected), "{text}");
        }
    }

    #[test]
    fn numbers_are_added_multiplied_and_raised() {
        let mut theory = Theory::from_source("natural-numbers").unwrap();
        evaluates(
            &mut theory,
            &[
                ("(+ (s z) (s z))", "(s (s z))"),
                ("(* (s (s z)) (s (s (s z))))", "(s (s (s (s (s (s z))))))"),
                ("(^ (s (s z)) (s (s (s z))))", "(s (s (s (s (s (s (s (s z))))))))"),
                ("(lambda (x : nat) (+ 'x (s z)))", "s"),
                ("(lambda (x : nat) (+ 'x (s (s z))))", "(lambda ('a0 : nat) (s (s 'a0)))"),
                ("[('x : nat) -> (= (+ 'x (s z)) z)]", "[('a0 : nat) -> (= (s 'a0) z)]"),
                ("(lambda (x : nat) (+ (s z) 'x))", "(+ (s z))"),
            ],
        );
    }

    #[test]
    fn groups_have_normal_forms() {
        let mut theory = Theory::from_source("groups").unwrap();
        evaluates(
            &mut theory,
            &[
                ("(lambda (a : G) (op id 'a))", "(lambda ('a0 : G) 'a0)"),
                ("(lambda (a : G) (op (inv 'a) 'a))", "(lambda ('a0 : G) id)"),
                ("(lambda (a : G, b : G) (op 'b (inv 'a)))", "(lambda ('a0 : G, 'a1 : G) (op 'a1 (inv 'a0)))"),
                ("(lambda (a : G, b : G) (op (inv 'a) 'b))", "(lambda ('a0 : G, 'a1 : G) (op 'a1 (inv 'a0)))"),
                ("(lambda (a : G, b : G) (op 'b 'a))", "op"),
                ("(lambda (a : G, b : G) (op 'a 'b))", "op"),
            ],
        );
    }

    #[test]
    fn equations_are_directed_by_what_defines_what() {
        let text =
            "= : [('t : type) -> 't -> 't -> prop]. A : type. a : A. b : A. c : A. f : [A -> A -> A]. g : [A -> A].
            ab : (= a b). bc : (= b c). comm : [('x : A) -> ('y : A) -> (= (f 'x 'y) (f 'y 'x))].
            P : prop. conditional : [P -> (= (g a) a)]. unknown : [('x : A) -> (= (g b) 'x)].
            two : A = (g (g b)).
            fold : [('h : [A -> A]) -> ('x : A) -> A].
            fold_def : [('h : [A -> A]) -> ('x : A) -> (= (fold 'h 'x) ('h ('h 'x)))].";
        let mut theory = Theory::from_text("t", text).unwrap();
        evaluates(
            &mut theory,
            &[
                ("a", "c"),
                ("b", "c"),
                ("(f c a)", "(f c c)"),
                ("(f (g c) a)", "(f c (g c))"),
                ("(f a (g c))", "(f c (g c))"),
                ("two", "(g (g c))"),
                ("(fold (lambda (x : A) (f 'x c)) (g a))", "(f c (f c (g c)))"),
            ],
        );
    }

    #[test]
    fn functions_are_evaluated_wherever_they_are_declared() {
        let clauses = [
            "(= (fac z) (s z)).",
            "[('a : nat) -> (= (fac (s 'a)) (* (s 'a) (fac 'a)))].",
            "[('a : nat) -> (= (* 'a z) z)].",
            "[('a : nat) -> ('b : nat) -> (= (* 'a (s 'b)) (+ (* 'a 'b) 'a))].",
            "[('a : nat) -> (= (+ 'a z) 'a)].",
            "[('a : nat) -> ('b : nat) -> (= (+ 'a (s 'b)) (s (+ 'a 'b)))].",
        ];
        let functions =
            "fac : [nat -> nat]. * : [nat -> nat -> nat]. + : [nat -> nat -> nat]. z : nat. s : [nat -> nat].";
        let mut text = format!("= : [('t : type) -> 't -> 't -> prop]. nat : type. {functions}");
        // Evaluated after each, so that what was directed before another function was known is directed anew.
        for (number, clause) in clauses.iter().enumerate() {
            text += &format!(" c{number} : {clause} #eval (fac (s (s z))).");
        }
        let (_, report) = Theory::load(SourceText::text("test", text), &NoImports);
        let said: Vec<&str> = report.files[0].items.iter().filter_map(|item| item.said.as_deref()).collect();
        assert_eq!(
            said,
            [
                "(fac (s (s z)))",
                "(* (s (s z)) (* (s z) (s z)))",
                "(* (s (s z)) (* (s z) (s z)))",
                "(* (s (s z)) (+ z (s z)))",
                "(* (s (s z)) (+ z (s z)))",
                "(s (s z))",
            ]
        );
    }

    #[test]
    fn what_takes_too_long_ends_in_its_code() {
        let text = "= : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat].
            double : [nat -> nat]. double_z : (= (double z) z).
            double_s : [('n : nat) -> (= (double (s 'n)) (s (s (double 'n))))].
            iterate : [[nat -> nat] -> nat -> nat -> nat].
            iterate_z : [('f : [nat -> nat]) -> ('x : nat) -> (= (iterate 'f 'x z) 'x)].
            iterate_s : [('f : [nat -> nat]) -> ('x : nat) -> ('n : nat) -> (= (iterate 'f 'x (s 'n)) ('f (iterate 'f 'x 'n)))].";
        let mut theory = Theory::from_text("t", text).unwrap();
        let numeral = |count: usize| format!("{}z{}", "(s ".repeat(count), ")".repeat(count));
        evaluates(&mut theory, &[(&format!("(iterate double (s z) {})", numeral(3)), &numeral(8))]);
        let errors =
            eval_text(&mut theory, &Scope::new(), &format!("(iterate double (s z) {})", numeral(40))).unwrap_err();
        assert!(matches!(errors[0].code, "budget-exhausted" | "too-deep"), "{errors:?}");
    }
}
