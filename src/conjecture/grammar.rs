//! The grammar of a theory's statements: object types, names, and constants with all their arguments.

use super::ConjectureOptions;
use prover_logic::{ConstId, Sort, Term, TermId};
use prover_theory::Theory;
use prover_theory::print::{Names, print};
use prover_theory::terms::matching::leading_types;
use rustc_hash::FxHashMap;

/// Index of an object type in [`Grammar::types`].
pub(super) type TypeIndex = u8;

/// The index of `prop`, which is always there.
pub(super) const PROP: TypeIndex = 0;

/// Most object types, `prop` included; further ones are not spoken of. (Usages have four bits a type.)
pub(super) const MAX_TYPES: usize = 16;

/// Most type parameters of a polymorphic constant.
const MAX_TYPE_PARAMETERS: usize = 2;

/// Most quantified variables.
pub(super) const MAX_BINDERS: usize = 8;

/// Index of a text; even without, odd with a space before it.
pub(super) type TextId = u32;

/// The texts that may be offered, each with and without a space before it.
#[derive(Debug, Default)]
pub(super) struct Texts {
    texts: Vec<Box<str>>,
    costs: Vec<u32>,
    index: FxHashMap<Box<str>, TextId>,
}

impl Texts {
    fn add(&mut self, text: &str) -> TextId {
        if let Some(&id) = self.index.get(text) {
            return id;
        }
        let id = self.texts.len() as TextId;
        self.index.insert(text.into(), id);
        self.texts.push(text.into());
        self.texts.push(format!(" {text}").into());
        self.costs.push(lexemes(text));
        id
    }

    /// The text.
    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id as usize]
    }

    /// Its number of lexemes.
    pub fn cost(&self, id: TextId) -> u32 {
        self.costs[id as usize / 2]
    }
}

/// The number of lexemes of a text without comments, for which `->` stands apart from names.
pub(super) fn lexemes(text: &str) -> u32 {
    let mut count = 0;
    let mut in_name = false;
    for c in text.chars() {
        let is_name = !c.is_whitespace() && !matches!(c, '(' | ')' | '[' | ']' | ':' | ',');
        count += u32::from(if is_name { !in_name } else { !c.is_whitespace() });
        in_name = is_name;
    }
    count
}

/// A constant that is an object or a proposition by itself.
#[derive(Debug)]
pub(super) struct Leaf {
    pub text: TextId,
    pub term: TermId,
}

/// A constant with all its arguments, at one choice of its type parameters.
#[derive(Debug)]
pub(super) struct Production {
    /// The opening bracket, the constant, and its type arguments where printing does not leave them out.
    pub text: TextId,
    /// The constant applied to its type arguments.
    pub head: TermId,
    /// The types of the further arguments.
    pub inputs: Box<[TypeIndex]>,
}

/// The grammar of a theory's statements.
#[derive(Debug)]
pub(super) struct Grammar {
    /// The object types, closed; the first is `prop`.
    pub types: Vec<TermId>,
    /// The types that may be quantified over.
    pub binder_types: Vec<TypeIndex>,
    /// Constants by type.
    pub leaves: Vec<Vec<Leaf>>,
    pub productions: Vec<Production>,
    /// Indices of productions by the type of their output.
    pub by_output: Vec<Vec<u16>>,
    /// Whether implications may stand within a statement: where there are connectives.
    pub implications: bool,
    pub texts: Texts,
    pub open: TextId,
    pub close: TextId,
    pub arrow: TextId,
    pub close_paren: TextId,
    /// The variables' names.
    pub variables: Vec<TextId>,
    /// The text of binder `n` of each type: `binders[n][type]`.
    pub binders: Vec<Vec<TextId>>,
}

impl Grammar {
    pub fn new(theory: &mut Theory, options: &ConjectureOptions) -> Self {
        let types = object_types(theory, options.type_depth);
        let mut texts = Texts::default();
        let [open, close, arrow, close_paren] = ["[", "]", "->", ")"].map(|t| texts.add(t));
        let variables = (0..MAX_BINDERS).map(|n| texts.add(&format!("'a{n}"))).collect();
        let names: Vec<String> = types.iter().map(|&ty| print(&mut theory.environment, &Names::new(), ty)).collect();
        let binder = |n: usize| names.iter().map(move |name| format!("('a{n} : {name}) ->"));
        let binders = (0..MAX_BINDERS).map(|n| binder(n).map(|b| texts.add(&b)).collect()).collect();
        let mut grammar = Self {
            leaves: types.iter().map(|_| Vec::new()).collect(),
            by_output: vec![Vec::new(); types.len()],
            types,
            binder_types: Vec::new(),
            productions: Vec::new(),
            implications: false,
            texts,
            open,
            close,
            arrow,
            close_paren,
            variables,
            binders,
        };
        grammar.add_constants(theory, options);
        let first = if grammar.implications { PROP } else { PROP + 1 };
        grammar.binder_types = (first..grammar.types.len() as TypeIndex).collect();
        grammar
    }

    fn add_constants(&mut self, theory: &mut Theory, options: &ConjectureOptions) {
        let index: FxHashMap<TermId, TypeIndex> = self.types.iter().zip(0..).map(|(&ty, i)| (ty, i)).collect();
        let constants: Vec<(ConstId, TermId)> =
            theory.environment.declarations().map(|(id, declaration)| (id, declaration.ty)).collect();
        for (constant, ty) in constants {
            // A constant that looks like a bound variable could not be told from one; what proves something is no
            // object.
            let is_variable = theory.environment.declaration(constant).name.starts_with('\'');
            if is_variable || theory.environment.sort_of(ty) == Ok(Sort::Prop) {
                continue;
            }
            let parameters = type_parameters(theory, ty);
            if parameters > MAX_TYPE_PARAMETERS {
                continue;
            }
            let first = usize::from(!options.polymorphic_propositions);
            for choice in choices_of(self.types.len(), first, parameters) {
                self.add_instance(theory, &index, constant, ty, &choice);
            }
        }
    }

    /// Adds a constant at a choice of its type parameters, if it is first order.
    fn add_instance(
        &mut self,
        theory: &mut Theory,
        index: &FxHashMap<TermId, TypeIndex>,
        constant: ConstId,
        ty: TermId,
        choice: &[TypeIndex],
    ) {
        let env = &mut theory.environment;
        let mut arguments: Vec<TermId> = choice.iter().map(|&i| self.types[i as usize]).collect();
        let parameters = arguments.len();
        let mut inputs = Vec::new();
        let mut rest = ty;
        let mut after = ty;
        let mut place = 0;
        while let Term::Pi(domain, range) = env.store.term(rest) {
            rest = range;
            place += 1;
            if place <= parameters {
                after = rest;
                continue;
            }
            let domain = env.store.instantiate(domain, &arguments);
            // A type that depends on an earlier argument contains its local and is no type of the grammar.
            let Some(&input) = index.get(&domain) else { return };
            inputs.push(input);
            arguments.push(env.store.local(place as u32, domain));
        }
        let output = env.store.instantiate(rest, &arguments);
        let Some(&output) = index.get(&output) else { return };
        let name = env.declaration(constant).name.clone();
        let constant = env.store.constant(constant);
        let head = env.store.apps(constant, &arguments[..parameters]);
        if parameters == 0 && inputs.is_empty() {
            let text = self.texts.add(&name);
            self.leaves[output as usize].push(Leaf { text, term: head });
            return;
        }
        let mut text = format!("({name}");
        // As printing does it: all leading types are left out, or none.
        let given: Vec<Option<TermId>> = arguments[parameters..].iter().copied().map(Some).collect();
        let found = leading_types(env, (parameters, after), &given).unwrap_or_default();
        if given.is_empty() || !found.into_iter().eq(arguments[..parameters].iter().copied().map(Some)) {
            for &argument in &arguments[..parameters] {
                text.push(' ');
                text.push_str(&print(env, &Names::new(), argument));
            }
        }
        self.implications |= parameters == 0 && output == PROP && inputs.contains(&PROP);
        let text = self.texts.add(&text);
        // A theory has far fewer than 2^16 constants at 256 types; beyond that they are left out.
        if let Ok(number) = u16::try_from(self.productions.len()) {
            self.by_output[output as usize].push(number);
            self.productions.push(Production { text, head, inputs: inputs.into() });
        }
    }
}

/// The number of leading inputs that are types.
fn type_parameters(theory: &mut Theory, mut ty: TermId) -> usize {
    let sort = theory.environment.store.sort(Sort::Type);
    let mut count = 0;
    while let Term::Pi(domain, range) = theory.environment.store.term(ty)
        && domain == sort
    {
        count += 1;
        ty = range;
    }
    count
}

/// All sequences of `length` numbers from `first` up to `count`.
fn choices_of(count: usize, first: usize, length: usize) -> Vec<Vec<TypeIndex>> {
    let mut choices = vec![Vec::new()];
    for _ in 0..length {
        let longer = |choice: &Vec<TypeIndex>| {
            let choice = choice.clone();
            (first..count).map(move |i| choice.iter().copied().chain([i as TypeIndex]).collect::<Vec<_>>())
        };
        choices = choices.iter().flat_map(longer).collect();
    }
    choices
}

/// `prop`, the constants that are types, and type constructors applied to those, up to [`MAX_TYPES`].
fn object_types(theory: &mut Theory, depth: usize) -> Vec<TermId> {
    let env = &mut theory.environment;
    let (prop, sort) = (env.store.sort(Sort::Prop), env.store.sort(Sort::Type));
    let mut types = vec![prop];
    let mut constructors = Vec::new();
    let constants: Vec<(ConstId, TermId)> = env.declarations().map(|(id, d)| (id, d.ty)).collect();
    for (constant, ty) in constants {
        let mut arity = 0;
        let mut rest = ty;
        while let Term::Pi(domain, range) = env.store.term(rest)
            && domain == sort
        {
            arity += 1;
            rest = range;
        }
        if rest != sort || arity > MAX_TYPE_PARAMETERS {
            continue;
        }
        let constant = env.store.constant(constant);
        if arity == 0 {
            types.push(constant);
        } else {
            constructors.push((constant, arity));
        }
    }
    types.truncate(MAX_TYPES);
    for _ in 0..depth {
        let before = types.len();
        for &(constructor, arity) in &constructors {
            // `prop` is no argument of type constructors: lists of propositions are of no use here.
            for choice in choices_of(before, 1, arity) {
                let arguments: Vec<TermId> = choice.iter().map(|&i| types[i as usize]).collect();
                let ty = env.store.apps(constructor, &arguments);
                if types.len() < MAX_TYPES && !types.contains(&ty) {
                    types.push(ty);
                }
            }
        }
    }
    types
}

/// Whether the theory has a constant that makes propositions from something.
pub(super) fn has_relation(theory: &Theory) -> bool {
    let store = &theory.environment.store;
    theory.environment.declarations().any(|(_, declaration)| {
        let mut ty = declaration.ty;
        while let Term::Pi(_, range) = store.term(ty) {
            ty = range;
        }
        store.term(ty) == Term::Sort(Sort::Prop)
    })
}
