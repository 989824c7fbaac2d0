//! The signature of a theory for its models: the role of each constant, the freely generated types, the axioms.
//!
//! Names play no role. A type is *freely generated* if it was declared by `data`, or if it has an axiom of induction:
//! every element is built by constructors, and a structure in which they build different elements satisfies that axiom.
//! Whether it satisfies the other axioms is tested one by one.

use prover_logic::{ConstId, DeclarationKind, Environment, KernelError, Sort, Term, TermId};
use prover_theory::Theory;
use prover_theory::terms::normal::Normalizer;
use rustc_hash::{FxHashMap, FxHashSet};

/// Role of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `=`
    Equality,
    /// A type former with its number of type parameters; 0 for a type.
    Former(usize),
    /// An object, a function, a predicate or a constructor; by its number among the [functions](Signature::functions).
    Function(u32),
    /// An axiom, a theorem, or a constant of a form that is not supported.
    Other,
}

/// An object, a function, a predicate or a constructor.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub constant: ConstId,
    /// The number of its arguments, types among them.
    pub arity: usize,
    /// For a constructor, the number of its arguments that are the parameters of the type.
    pub constructs: Option<usize>,
    /// Its type, in normal form.
    pub ty: TermId,
}

/// A freely generated type.
#[derive(Clone, Debug)]
pub(super) struct Data {
    pub former: ConstId,
    pub parameters: usize,
    pub constructors: Vec<ConstId>,
}

impl Data {
    /// Whether it has no parameters, and no constructor an argument.
    pub fn is_enumeration(&self, signature: &Signature) -> bool {
        self.parameters == 0
            && self.constructors.iter().all(|&constructor| match signature.role(constructor) {
                Role::Function(number) => signature.functions[number as usize].arity == 0,
                _ => false,
            })
    }
}

/// A proposition that the theory assumes or proves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub constant: ConstId,
    /// In normal form.
    pub statement: TermId,
}

/// Reading of the types that have an axiom of induction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// They are freely generated.
    Free,
    /// Only those declared by `data` are freely generated; the others are finite types of which nothing is known but
    /// the axioms.
    Finite,
}

/// A theory read for its models.
#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    roles: Vec<Role>,
    pub functions: Vec<Function>,
    pub data: Vec<Data>,
    pub data_of: FxHashMap<ConstId, usize>,
    /// The constructors with their places.
    pub places: FxHashMap<ConstId, usize>,
    /// Types without parameters that are not freely generated; they get finite sets of elements.
    pub sorts: Vec<ConstId>,
    /// The axioms that do not hold in every structure of this reading by the way it is made.
    pub axioms: Vec<Claim>,
    /// The theorems.
    pub theorems: Vec<Claim>,
    /// The first thing that is not understood, so that nothing can be said.
    pub strange: Option<ConstId>,
    /// Whether a type without `data` was read as freely generated.
    pub is_freed: bool,
}

impl Signature {
    /// The role of a constant.
    pub fn role(&self, constant: ConstId) -> Role {
        self.roles.get(constant.index()).copied().unwrap_or(Role::Other)
    }

    /// The type of an object, function, predicate or constructor, in normal form.
    pub fn type_of(&self, constant: ConstId) -> Option<TermId> {
        match self.role(constant) {
            Role::Function(number) => Some(self.functions[number as usize].ty),
            _ => None,
        }
    }

    /// Reads a theory.
    ///
    /// # Errors
    ///
    /// The budget of the environment is exhausted.
    pub fn new(theory: &mut Theory, normalizer: &mut Normalizer, reading: Reading) -> Result<Self, KernelError> {
        let mut signature = Self::default();
        let is_assumed = |kind| matches!(kind, DeclarationKind::Axiom | DeclarationKind::Promise);
        let all: Vec<(ConstId, DeclarationKind, TermId)> =
            theory.environment.declarations().map(|(id, declaration)| (id, declaration.kind, declaration.ty)).collect();
        let mut constructs: FxHashMap<ConstId, usize> = FxHashMap::default();
        let mut settled: FxHashSet<ConstId> = FxHashSet::default();
        for data in theory.declared.data_types() {
            settled.insert(data.induction);
            for constructor in &data.constructors {
                settled.extend(constructor.injectivity.iter().chain(&constructor.disjointness));
            }
            let constructors = data.constructors.iter().map(|constructor| constructor.constant).collect();
            let data = Data { former: data.former, parameters: data.parameters, constructors };
            signature.add_data(data, &mut constructs);
        }
        for function in theory.declared.functions() {
            settled.extend(function.clauses.iter().map(|clause| clause.axiom));
        }
        let equality = theory.equality;
        settled.extend(equality.iter().flat_map(|equality| [equality.refl, equality.rewrite]));
        let mut claims = Vec::new();
        signature.roles = vec![Role::Other; all.len()];
        let (mut objects, mut formers) = (Vec::new(), Vec::new());
        for (constant, kind, ty) in all {
            let environment = &mut theory.environment;
            if equality.is_some_and(|equality| equality.eq == constant) {
                signature.roles[constant.index()] = Role::Equality;
            } else if kind == DeclarationKind::Theorem {
                claims.push((constant, kind, ty));
            } else if is_assumed(kind) && !settled.contains(&constant) {
                let sort = environment.sort_of(ty)?;
                let ty = normalizer.normal(environment, ty)?;
                match (sort, former(environment, ty)) {
                    (Sort::Prop, _) => claims.push((constant, kind, ty)),
                    (_, Some(Some(parameters))) => {
                        signature.roles[constant.index()] = Role::Former(parameters);
                        formers.push((constant, parameters));
                    }
                    (_, Some(None)) => signature.strange = signature.strange.or(Some(constant)),
                    (_, None) => objects.push((constant, ty)),
                }
            }
        }
        if reading == Reading::Free {
            for &(constant, kind, ty) in &claims {
                if is_assumed(kind)
                    && let Some(data) = induction(&mut theory.environment, ty)?
                {
                    let known = signature.data_of.get(&data.former).map(|&place| &signature.data[place].constructors);
                    let is_same = known.is_some_and(|known| *known == data.constructors);
                    if known.is_none() && builds(&mut theory.environment, normalizer, &data)? {
                        signature.is_freed = true;
                        signature.add_data(data, &mut constructs);
                        settled.insert(constant);
                    } else if is_same {
                        settled.insert(constant);
                    }
                }
            }
        }
        for (constant, ty) in objects {
            let mut arity = 0;
            let mut rest = ty;
            while let Term::Pi(_, body) = theory.environment.store.term(rest) {
                arity += 1;
                rest = body;
            }
            if let Some(function) = theory.declared.function(constant) {
                arity = function.parameters + function.arity;
            }
            let constructs = constructs.get(&constant).copied();
            signature.roles[constant.index()] = Role::Function(signature.functions.len() as u32);
            signature.functions.push(Function { constant, arity, constructs, ty });
        }
        for (constant, kind, ty) in claims {
            if settled.contains(&constant) {
                continue;
            }
            let statement = normalizer.normal(&mut theory.environment, ty)?;
            let claim = Claim { constant, statement };
            match kind {
                DeclarationKind::Theorem => signature.theorems.push(claim),
                _ if signature.follows_from_freedom(&theory.environment, equality.map(|e| e.eq), statement) => {}
                _ => signature.axioms.push(claim),
            }
        }
        for (constant, parameters) in formers {
            match signature.data_of.contains_key(&constant) {
                false if parameters == 0 => signature.sorts.push(constant),
                false => signature.strange = signature.strange.or(Some(constant)),
                true => {}
            }
        }
        Ok(signature)
    }

    fn add_data(&mut self, data: Data, constructs: &mut FxHashMap<ConstId, usize>) {
        self.data_of.insert(data.former, self.data.len());
        for (place, &constructor) in data.constructors.iter().enumerate() {
            self.places.insert(constructor, place);
            constructs.insert(constructor, data.parameters);
        }
        self.data.push(data);
    }

    /// Whether a statement says that constructors are injective, or that two different ones build different elements:
    /// `[... -> (= (c x ...) (c y ...)) -> (= x y)]` or `[... -> (= (c ...) (d ...)) -> ...]`.
    fn follows_from_freedom(&self, environment: &Environment, eq: Option<ConstId>, statement: TermId) -> bool {
        let store = &environment.store;
        let (mut rest, mut depth) = (statement, 0);
        let mut injective: Vec<(u32, TermId, TermId)> = Vec::new();
        let sides = |term: TermId| {
            let (head, arguments) = store.spine(term);
            let is_equality = matches!(store.term(head), Term::Const(constant) if Some(constant) == eq);
            (is_equality && arguments.len() == 3).then(|| (arguments[1], arguments[2]))
        };
        while let Term::Pi(domain, body) = store.term(rest) {
            if let Some((left, right)) = sides(domain) {
                let ((one, first), (other, second)) = (store.spine(left), store.spine(right));
                if let (Term::Const(one), Term::Const(other)) = (store.term(one), store.term(other))
                    && let (Some(parameters), Some(_)) =
                        (self.builds_with(one, first.len()), self.builds_with(other, second.len()))
                {
                    if one != other {
                        return true;
                    }
                    let pairs = first.iter().zip(&second).skip(parameters);
                    injective.extend(pairs.map(|(&x, &y)| (depth, x, y)));
                }
            }
            depth += 1;
            rest = body;
        }
        let Some((x, y)) = sides(rest) else { return false };
        injective.iter().any(|&(at, first, second)| {
            let same = |inner: TermId, outer: TermId| match (store.term(inner), store.term(outer)) {
                (Term::Bound(inner), Term::Bound(outer)) => inner == outer + (depth - at),
                _ => false,
            };
            same(x, first) && same(y, second)
        })
    }

    /// The number of parameters of a constant that is a constructor and takes this many arguments.
    fn builds_with(&self, constant: ConstId, arguments: usize) -> Option<usize> {
        let Role::Function(number) = self.role(constant) else { return None };
        let function = &self.functions[number as usize];
        function.constructs.filter(|_| function.arity == arguments)
    }
}

/// The kind of a constant's type: `None` for an object, else the number of types that a type former takes; `Some(None)`
/// where it takes other arguments.
fn former(environment: &Environment, ty: TermId) -> Option<Option<usize>> {
    let store = &environment.store;
    let (mut rest, mut parameters, mut is_simple) = (ty, 0, true);
    while let Term::Pi(domain, body) = store.term(rest) {
        parameters += 1;
        is_simple &= store.term(domain) == Term::Sort(Sort::Type);
        rest = body;
    }
    match store.term(rest) {
        Term::Sort(Sort::Type) => Some(is_simple.then_some(parameters)),
        _ => None,
    }
}

/// The freely generated type that a statement is the induction of: `[types -> ('p : [D -> prop]) -> cases -> ('x : D)
/// -> ('p 'x)]`, where each case is `[arguments and hypotheses ('p argument) -> ('p (c arguments))]`.
fn induction(environment: &mut Environment, statement: TermId) -> Result<Option<Data>, KernelError> {
    let first = environment.store.local_bound(statement);
    let (mut locals, mut rest) = (Vec::new(), statement);
    let mut predicate = None;
    let mut constructors = Vec::new();
    while let Term::Pi(domain, body) = environment.store.term(rest) {
        let domain = environment.store.instantiate(domain, &locals);
        let local = environment.store.local(first + locals.len() as u32, domain);
        locals.push(local);
        match (predicate, environment.store.term(domain)) {
            (None, Term::Sort(Sort::Type)) => {}
            (None, Term::Pi(of, range)) if environment.store.term(range) == Term::Sort(Sort::Prop) => {
                predicate = Some((local, of, locals.len() - 1));
            }
            (Some((predicate, of, parameters)), _) if domain == of => {
                let conclusion = environment.store.instantiate(body, &locals);
                let (former, types) = environment.store.spine(of);
                let Term::Const(former) = environment.store.term(former) else { return Ok(None) };
                let fits = conclusion == environment.store.app(predicate, local) && types == locals[..parameters];
                let is_whole = fits && !constructors.is_empty();
                return Ok(is_whole.then_some(Data { former, parameters, constructors }));
            }
            (Some((predicate, _, parameters)), _) => {
                let types = locals[..parameters].to_vec();
                let next = first + locals.len() as u32;
                let Some(constructor) = case(environment, domain, predicate, &types, next)? else { return Ok(None) };
                if constructors.contains(&constructor) {
                    return Ok(None);
                }
                constructors.push(constructor);
            }
            _ => return Ok(None),
        }
        rest = body;
    }
    Ok(None)
}

/// The constructor of a case of an induction.
fn case(
    environment: &mut Environment,
    case: TermId,
    predicate: TermId,
    types: &[TermId],
    first: u32,
) -> Result<Option<ConstId>, KernelError> {
    let (mut locals, mut arguments, mut rest) = (Vec::new(), types.to_vec(), case);
    while let Term::Pi(domain, body) = environment.store.term(rest) {
        let domain = environment.store.instantiate(domain, &locals);
        let local = environment.store.local(first + locals.len() as u32, domain);
        if environment.sort_of(domain)? == Sort::Prop {
            let Term::App(function, argument) = environment.store.term(domain) else { return Ok(None) };
            if function != predicate || !arguments[types.len()..].contains(&argument) {
                return Ok(None);
            }
        } else {
            arguments.push(local);
        }
        locals.push(local);
        rest = body;
    }
    let conclusion = environment.store.instantiate(rest, &locals);
    let Term::App(function, built) = environment.store.term(conclusion) else { return Ok(None) };
    let (head, given) = environment.store.spine(built);
    Ok(match environment.store.term(head) {
        Term::Const(constant) if function == predicate && given == arguments => Some(constant),
        _ => None,
    })
}

/// Whether the constructors build elements of the type from its elements and others: no argument's type mentions the
/// type but as itself.
fn builds(environment: &mut Environment, normalizer: &mut Normalizer, data: &Data) -> Result<bool, KernelError> {
    for &constructor in &data.constructors {
        let declaration = environment.declaration(constructor);
        if declaration.kind != DeclarationKind::Axiom {
            return Ok(false);
        }
        let ty = declaration.ty;
        let ty = normalizer.normal(environment, ty)?;
        let store = &environment.store;
        let (mut rest, mut count) = (ty, 0);
        while let Term::Pi(domain, body) = store.term(rest) {
            if count < data.parameters {
                if store.term(domain) != Term::Sort(Sort::Type) {
                    return Ok(false);
                }
            } else if store.term(store.head(domain)) != Term::Const(data.former)
                && mentions(environment, domain, data.former)
            {
                return Ok(false);
            }
            count += 1;
            rest = body;
        }
        if count < data.parameters || store.term(store.head(rest)) != Term::Const(data.former) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a term mentions a constant.
pub(super) fn mentions(environment: &Environment, term: TermId, constant: ConstId) -> bool {
    constants(environment, term).contains(&constant)
}

/// The constants that a term mentions.
pub(super) fn constants(environment: &Environment, term: TermId) -> FxHashSet<ConstId> {
    let store = &environment.store;
    let (mut open, mut seen, mut found) = (vec![term], FxHashSet::default(), FxHashSet::default());
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match store.term(term) {
            Term::Const(constant) => {
                found.insert(constant);
            }
            Term::App(one, other) | Term::Lambda(one, other) | Term::Pi(one, other) => open.extend([one, other]),
            _ => {}
        }
    }
    found
}
