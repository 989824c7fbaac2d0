//! The redundant facts of a theory: instances of earlier ones, and equations whose sides earlier ones, as rewrite
//! rules, bring to one normal form. Search can do without them.
//!
//! Axioms come first, then theorems in the order of their declarations: a fact is left out only because of facts that
//! stay.

use super::application::{Facts, Means, Premises, Undetermined, applications_with, applies_variable};
use super::equation::Equation;
use super::index::TermIndex;
use super::matching::Substitution;
use super::order::Compared;
use super::signature::Signature;
use super::system::{Normals, QuantifiedEquation, RewriteSystem};
use super::typed::Fact;
use super::unfold::Unfolding;
use prover_logic::equality::Equality;
use prover_logic::{ConstId, DeclarationKind, Environment, KernelError, Sort, Term, TermId};
use rustc_hash::FxHashSet;
use std::sync::Arc;

type Result<T> = std::result::Result<T, KernelError>;

/// Earlier facts that one may be an instance of, at most, that are looked at.
const CANDIDATES: usize = 64;

/// A fact that stays.
#[derive(Clone, Debug)]
struct Kept {
    signature: Arc<Signature>,
    premises: usize,
}

/// A proposition with variables opened.
struct Opened {
    premises: Vec<Fact>,
    conclusion: TermId,
}

impl Facts for Opened {
    fn exact(&self, proposition: TermId) -> Option<TermId> {
        self.premises.iter().find(|fact| fact.proposition == proposition).map(|fact| fact.proof)
    }

    fn candidates(&self, _: &Environment, _: TermId, _: &Substitution, out: &mut Vec<Fact>) {
        out.extend(&self.premises);
    }
}

/// Permitted uses of a fact, as far as they matter for sifting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Whether it may make others superfluous: those that may be used in no other way.
    pub represents: bool,
    /// Whether it is an equation that is used only where its left side stands.
    pub directed: bool,
}

/// The role of a constant that proves a fact, given the head of the left side if it is an equation without premises.
pub type Roles<'a> = &'a dyn Fn(ConstId, Option<TermId>) -> Role;

/// A fact to be sifted.
struct Candidate {
    id: ConstId,
    signature: Arc<Signature>,
    equation: Option<QuantifiedEquation>,
    role: Role,
}

/// A theory's facts, sifted.
#[derive(Clone, Debug, Default)]
pub struct Sieve {
    equality: Option<Equality>,
    system: Arc<RewriteSystem>,
    /// Equations that are proved, stay, and are not rules.
    refused: Vec<QuantifiedEquation>,
    kept: Vec<Kept>,
    /// The facts that stay by their conclusions.
    index: TermIndex<u32>,
    redundant: FxHashSet<ConstId>,
}

impl Sieve {
    /// Sifts the facts of a theory, definitions unfolded. Facts after the point where the budget is exhausted stay.
    ///
    /// # Errors
    ///
    /// The kernel's, other than that the budget is exhausted.
    pub fn new(
        environment: &mut Environment,
        equality: Option<&Equality>,
        unfolding: &Unfolding,
        roles: Roles<'_>,
    ) -> Result<Self> {
        let mut sieve = Self { equality: equality.copied(), ..Self::default() };
        let all: Vec<ConstId> = environment.declarations().map(|(id, _)| id).collect();
        let (assumed, proved) = sieve.candidates(environment, &all, unfolding, roles)?;
        within_budget(sieve.assume(environment, assumed))?;
        within_budget(sieve.sift(environment, proved))?;
        Ok(sieve)
    }

    /// Sifts theorems that came since.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn grow(
        &mut self,
        environment: &mut Environment,
        theorems: &[ConstId],
        unfolding: &Unfolding,
        roles: Roles<'_>,
    ) -> Result<()> {
        let (_, proved) = self.candidates(environment, theorems, unfolding, roles)?;
        within_budget(self.sift(environment, proved))
    }

    /// Whether the fact that a constant proves says nothing new.
    pub fn is_redundant(&self, constant: ConstId) -> bool {
        self.redundant.contains(&constant)
    }

    /// The equations as rewrite rules.
    pub fn system(&self) -> &Arc<RewriteSystem> {
        &self.system
    }

    /// The facts among some constants: assumptions, and theorems.
    fn candidates(
        &self,
        environment: &mut Environment,
        constants: &[ConstId],
        unfolding: &Unfolding,
        roles: Roles<'_>,
    ) -> Result<(Vec<Candidate>, Vec<Candidate>)> {
        let (mut assumed, mut proved) = (Vec::new(), Vec::new());
        for &id in constants {
            let declaration = environment.declaration(id);
            let (ty, kind) = (declaration.ty, declaration.kind);
            let function = environment.store.constant(id);
            let is_equality = |e: &Equality| [e.refl, e.symm, e.rewrite].contains(&id);
            if environment.sort_of(ty)? != Sort::Prop || self.equality.as_ref().is_some_and(is_equality) {
                continue;
            }
            let ty = unfolding.unfold(environment, ty)?;
            let arity = Signature::arity(&environment.store, ty);
            let signature = Arc::new(Signature::new(environment, ty, arity)?);
            let store = &environment.store;
            let equation = self.equality.as_ref().and_then(|e| QuantifiedEquation::new(store, e, function, &signature));
            let role = roles(id, equation.as_ref().map(|equation| environment.store.head(equation.left)));
            let candidate = Candidate { id, signature, equation, role };
            match kind {
                DeclarationKind::Theorem | DeclarationKind::Promise => proved.push(candidate),
                DeclarationKind::Axiom | DeclarationKind::Definition => assumed.push(candidate),
            }
        }
        Ok((assumed, proved))
    }

    /// Sifts the assumptions.
    fn assume(&mut self, environment: &mut Environment, assumed: Vec<Candidate>) -> Result<()> {
        let mut ids = Vec::new();
        let mut equations = Vec::new();
        for Candidate { id, signature, equation, role } in assumed {
            let opened = opened(environment, &signature);
            if self.is_known(environment, &opened)? {
                self.redundant.insert(id);
            } else if role.represents {
                self.keep(environment, signature);
                if let Some(equation) = equation {
                    ids.push(id);
                    equations.push((equation, role.directed));
                }
            }
        }
        self.system = Arc::new(RewriteSystem::new(environment, &equations)?);
        let rules: FxHashSet<TermId> = self.system.functions().collect();
        let mut normals = Normals::default();
        for (id, (equation, _)) in ids.into_iter().zip(&equations) {
            if rules.contains(&equation.function) {
                continue;
            }
            let opened = self::opened(environment, &equation.signature);
            let sides = self.normal_sides(environment, &opened, &mut normals)?;
            if sides.is_some_and(|(_, left, right)| left == right) {
                self.redundant.insert(id);
            }
        }
        Ok(())
    }

    /// Sifts the theorems.
    fn sift(&mut self, environment: &mut Environment, proved: Vec<Candidate>) -> Result<()> {
        let (mut normals, mut compared) = (Normals::default(), Compared::default());
        for Candidate { id, signature, equation, role } in proved {
            if self.is_consequence(environment, &signature, &mut normals)? {
                self.redundant.insert(id);
            } else if role.represents {
                self.keep(environment, signature);
                let Some(equation) = equation else { continue };
                match Arc::make_mut(&mut self.system).extend(environment, &equation, &mut compared)? {
                    true => normals = Normals::default(),
                    false => self.refused.push(equation),
                }
            }
        }
        // What came later may be what was missing.
        for equation in std::mem::take(&mut self.refused) {
            if !Arc::make_mut(&mut self.system).extend(environment, &equation, &mut compared)? {
                self.refused.push(equation);
            }
        }
        Ok(())
    }

    /// Adds a fact of which others may be instances: first-order ones whose conclusions are not variables.
    fn keep(&mut self, environment: &Environment, signature: Arc<Signature>) {
        let store = &environment.store;
        let patterns = || signature.parameters.iter().map(|parameter| parameter.domain).chain([signature.output]);
        if patterns().any(|pattern| applies_variable(store, pattern))
            || matches!(store.term(store.head(signature.output)), Term::Bound(_))
        {
            return;
        }
        let premises = signature.parameters.iter().filter(|parameter| parameter.is_premise).count();
        self.index.insert(environment, signature.output, self.kept.len() as u32);
        self.kept.push(Kept { signature, premises });
    }

    /// Whether a fact is an instance of an earlier one, or an equation that follows by rewriting.
    fn is_consequence(
        &self,
        environment: &mut Environment,
        signature: &Signature,
        normals: &mut Normals,
    ) -> Result<bool> {
        let opened = opened(environment, signature);
        let sides = self.normal_sides(environment, &opened, normals)?;
        if let (Some(equality), Some((ty, left, right))) = (self.equality, sides) {
            if left == right {
                return Ok(true);
            }
            let eq = environment.store.constant(equality.eq);
            for [left, right] in [[left, right], [right, left]] {
                let conclusion = environment.store.apps(eq, &[ty, left, right]);
                if self.is_known(environment, &Opened { premises: Vec::new(), conclusion })? {
                    return Ok(true);
                }
            }
        }
        self.is_known(environment, &opened)
    }

    /// The type and the normal forms of the sides of an equation without premises; premises are left to the search.
    fn normal_sides(
        &self,
        environment: &mut Environment,
        opened: &Opened,
        normals: &mut Normals,
    ) -> Result<Option<(TermId, TermId, TermId)>> {
        let sides = self.equality.and_then(|e| Equation::sides(&environment.store, &e, opened.conclusion));
        let Some((ty, left, right)) = sides.filter(|_| opened.premises.is_empty() && !self.system.has_dependent_types)
        else {
            return Ok(None);
        };
        let left = self.system.normal(environment, left, normals)?;
        let right = self.system.normal(environment, right, normals)?;
        Ok(left.zip(right).map(|(left, right)| (ty, left, right)))
    }

    /// Whether something is an instance of an earlier fact.
    fn is_known(&self, environment: &mut Environment, opened: &Opened) -> Result<bool> {
        let mut found = Vec::new();
        self.index.unifying(environment, opened.conclusion, &mut found);
        found.sort_unstable();
        for number in found.into_iter().take(CANDIDATES) {
            let Kept { signature, premises } = &self.kept[number as usize];
            if *premises > opened.premises.len() {
                continue;
            }
            let means = Means { facts: opened, premises: Premises::FromFacts, limit: 1 };
            let given = Substitution::new(signature.len());
            let target = (signature.output, opened.conclusion);
            let instances = applications_with(environment, signature, &given, target, means, Undetermined::default())?;
            if !instances.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// An error, but that the budget is exhausted.
fn within_budget(result: Result<()>) -> Result<()> {
    match result {
        Err(KernelError::BudgetExhausted) => Ok(()),
        result => result,
    }
}

/// A fact with locals in the place of its variables.
fn opened(environment: &mut Environment, signature: &Signature) -> Opened {
    let store = &mut environment.store;
    let locals = signature.locals(store, 0);
    let mut premises = Vec::new();
    for (parameter, &proof) in signature.parameters.iter().zip(&locals) {
        if parameter.is_premise {
            premises.push(Fact { proposition: store.instantiate(parameter.domain, &locals), proof });
        }
    }
    Opened { premises, conclusion: store.instantiate(signature.output, &locals) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;
    use crate::import::{Files, SourceText};

    /// The names of the facts of a text that say nothing new, and of those that are rules.
    fn sifted(text: &str) -> (Vec<String>, Vec<String>) {
        let (mut theory, report) = Theory::load(SourceText::text("test", text), &Files);
        assert!(report.is_fine(), "{report:?}");
        let (equality, roles) = (theory.equality, theory.roles());
        let sieve = Sieve::new(&mut theory.environment, equality.as_ref(), &Unfolding::default(), &roles).unwrap();
        let declared = theory.environment.declarations();
        let redundant = declared.filter(|(id, _)| sieve.is_redundant(*id)).map(|(_, d)| d.name.to_string()).collect();
        let rules: FxHashSet<TermId> = sieve.system().functions().collect();
        let declared: Vec<(ConstId, String)> =
            theory.environment.declarations().map(|(id, d)| (id, d.name.to_string())).collect();
        let store = &mut theory.environment.store;
        let rules = declared.into_iter().filter(|(id, _)| rules.contains(&store.constant(*id)));
        (redundant, rules.map(|(_, name)| name).collect())
    }

    #[test]
    fn what_says_nothing_new_is_found_and_nothing_else() {
        let (redundant, rules) = sifted(
            "import \"addition-world\".
             theorem instance : [('a : nat) -> (= (+ (s 'a) z) (s 'a))] { intro a : nat. show (= (+ (s a) z) (s a)) by +_z. }
             theorem ground : (= (s (+ z z)) (s z)) { show (= (s (+ z z)) (s z)) by eqsat. }
             theorem inside : [('a : nat) -> (= (s (+ 'a z)) (s 'a))] { intro a : nat. show (= (s (+ a z)) (s a)) by eqsat. }
             theorem back : [('a : nat) -> ('b : nat) -> (= (s (+ 'a 'b)) (+ 'a (s 'b)))] {
               intro a : nat. intro b : nat. show (= (s (+ a b)) (+ a (s b))) by eqsat. }
             theorem moved : [('a : nat) -> ('b : nat) -> (= (+ (s 'a) 'b) (+ 'b (s 'a)))] {
               intro a : nat. intro b : nat. show (= (+ (s a) b) (+ b (s a))) by add_comm. }
             theorem congruence : [('a : nat) -> ('b : nat) -> (= 'a 'b) -> (= (s 'a) (s 'b))] {
               intro a : nat. intro b : nat. intro h : (= a b). show (= (s a) (s b)) by eqsat. }
             theorem congruent : [('a : nat) -> (= 'a (+ z 'a)) -> (= (s 'a) (s (+ z 'a)))] {
               intro a : nat. intro h : (= a (+ z a)). show (= (s a) (s (+ z a))) by congruence. }
             theorem conditional : [('a : nat) -> ('b : nat) -> (= 'a 'b) -> (= (+ 'a 'a) (+ 'b 'a))] {
               intro a : nat. intro b : nat. intro h : (= a b). show (= (+ a a) (+ b a)) by eqsat. }
             theorem flipped : [('a : nat) -> ('b : nat) -> (= 'b 'a) -> (= (s 'a) (s 'b))] {
               intro a : nat. intro b : nat. intro h : (= b a). show (= (s a) (s b)) by eqsat. }",
        );
        assert_eq!(redundant, ["succ_eq_add_one", "instance", "ground", "inside", "back", "moved", "congruent"]);
        // Commutativity has no direction; what follows from it with associativity is no rewriting.
        assert_eq!(rules, ["+_z", "+_s", "zero_add", "add_assoc", "succ_add"]);
    }

    #[test]
    fn rules_that_overlap_stay_where_all_orders_of_rewriting_come_to_one() {
        let before = "= : [('t : type) -> 't -> 't -> prop]. G : type. e : G. op : [G -> G -> G]. inv : [G -> G].";
        let left_unit = "left_unit : [('a : G) -> (= (op e 'a) 'a)].";
        let right_unit = "right_unit : [('a : G) -> (= (op 'a e) 'a)].";
        let assoc = "assoc : [('a : G) -> ('b : G) -> ('c : G) -> (= (op (op 'a 'b) 'c) (op 'a (op 'b 'c)))].";
        let inverse = "inverse : [('a : G) -> (= (op (inv 'a) 'a) e)].";
        let (redundant, monoid) = sifted(&[before, left_unit, right_unit, assoc].join("\n"));
        assert_eq!(monoid, ["left_unit", "right_unit", "assoc"]);
        assert!(redundant.is_empty(), "{redundant:?}");
        // `(inv a a) b` comes to `b` or stays `inv a (a b)`, so a proof may have to go back by any of the laws.
        let (redundant, group) = sifted(&[before, left_unit, assoc, inverse].join("\n"));
        assert!(group.is_empty() && redundant.is_empty(), "{group:?} {redundant:?}");
        // What is assumed twice, or follows by rules, is superfluous whether or not it is proved.
        let twice = "again : [('x : G) -> (= (op 'x e) 'x)]. both : [('a : G) -> (= (op e (op 'a e)) 'a)].";
        let (redundant, rules) = sifted(&[before, left_unit, right_unit, assoc, twice].join("\n"));
        assert_eq!((redundant, rules.len()), (vec!["again".to_owned()], 4));
    }

    #[test]
    fn what_defines_a_function_stays_a_rule_whatever_else_is_assumed() {
        let assumed = "half : [('a : nat) -> (= (+ z (s 'a)) (s 'a))]. swap : [('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))].";
        // `z + s a` comes to `s (z + a)` by the definition, which is not `s a` without induction.
        let (redundant, rules) = sifted(&format!("import \"nat-add\". {assumed}"));
        assert_eq!(rules, ["+_z", "+_s"]);
        assert!(redundant.is_empty(), "{redundant:?}");
    }
}
