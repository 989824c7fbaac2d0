//! Types of a problem.

use std::collections::BTreeMap;

/// A type of the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// A data type, a sort or a type variable (quoted), by its name in the Peano language, with its arguments.
    Named(String, Vec<Ty>),
    /// A type of functions. Its output is no other such type once all is known.
    Arrow(Vec<Ty>, Box<Ty>),
    /// A type that is not known yet, by its number.
    Hole(usize),
}

impl Ty {
    /// A type without arguments.
    pub fn named(name: impl Into<String>) -> Self {
        Self::Named(name.into(), Vec::new())
    }

    /// The type of functions with these inputs; the output itself where there are none.
    pub fn arrow(mut inputs: Vec<Ty>, output: Ty) -> Self {
        match output {
            output if inputs.is_empty() => output,
            Ty::Arrow(more, output) => {
                inputs.extend(more);
                Ty::Arrow(inputs, output)
            }
            output => Ty::Arrow(inputs, output.into()),
        }
    }

    /// The type of functions that say whether two objects of this type are the same.
    pub fn decided(&self) -> Ty {
        Ty::Arrow(vec![self.clone(), self.clone()], Ty::named("Bool").into())
    }

    /// The number of names and arrows that it consists of.
    pub fn size(&self) -> u64 {
        self.size_with(&BTreeMap::new())
    }

    /// Its depth.
    pub fn height(&self) -> u32 {
        let highest = |types: &[Ty]| types.iter().map(Ty::height).max().unwrap_or(0);
        match self {
            Self::Named(_, arguments) => 1 + highest(arguments),
            Self::Arrow(inputs, output) => 1 + highest(inputs).max(output.height()),
            Self::Hole(_) => 1,
        }
    }

    /// The size that it has once type variables are replaced by types of the sizes given. These may be many times as
    /// large.
    pub fn size_with(&self, sizes: &BTreeMap<&str, u64>) -> u64 {
        let all = |types: &[Ty]| types.iter().fold(1, |sum: u64, ty| sum.saturating_add(ty.size_with(sizes)));
        match self {
            Self::Named(name, _) if let Some(&size) = sizes.get(&**name) => size,
            Self::Named(_, arguments) => all(arguments),
            Self::Arrow(inputs, output) => all(inputs).saturating_add(output.size_with(sizes)),
            Self::Hole(_) => 1,
        }
    }

    /// With type variables replaced.
    pub fn with(&self, values: &BTreeMap<String, Ty>) -> Ty {
        let each = |types: &[Ty]| types.iter().map(|ty| ty.with(values)).collect();
        match self {
            Self::Named(name, _) if let Some(value) = values.get(name) => value.clone(),
            Self::Named(name, arguments) => Self::Named(name.clone(), each(arguments)),
            Self::Arrow(inputs, output) => Self::arrow(each(inputs), output.with(values)),
            Self::Hole(_) => self.clone(),
        }
    }

    /// Whether a name occurs in it.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Named(own, arguments) => own == name || arguments.iter().any(|ty| ty.mentions(name)),
            Self::Arrow(inputs, output) => inputs.iter().any(|ty| ty.mentions(name)) || output.mentions(name),
            Self::Hole(_) => false,
        }
    }

    /// As it is written in the Peano language.
    pub fn text(&self) -> String {
        let joined = |types: &[Ty], by: &str| types.iter().map(Ty::text).collect::<Vec<_>>().join(by);
        match self {
            Self::Named(name, arguments) if arguments.is_empty() => name.clone(),
            Self::Named(name, arguments) => format!("({name} {})", joined(arguments, " ")),
            Self::Arrow(inputs, output) => format!("[{} -> {}]", joined(inputs, " -> "), output.text()),
            Self::Hole(number) => format!("?{number}"),
        }
    }
}
