//! The values of types: pools of small ones, in order of size, and functions among them.

use super::machine::{Machine, Pool, Scope, Stuck};
use super::value::{Head, Value};
use rand::{Rng, RngExt};
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The greatest size (constructors and elements) of a value in a pool.
const SIZE: u32 = 12;
/// Functions of a type of which all are looked at, at most.
const FUNCTIONS: u64 = 64;
/// Results that a chosen function has, at most.
const RESULTS: usize = 5;
/// Arguments at which a function is looked at that is an argument itself.
const PROBES: usize = 3;
/// Types within types, at most.
const NESTING: u32 = 12;
/// The number of the first type that is invented; those of sorts are less.
const INVENTED: u32 = 1 << 20;

impl Machine {
    /// The values of a type, the smaller first.
    pub fn pool(&mut self, ty: Value) -> Pool {
        if let Some(pool) = self.pools.get(&ty) {
            return pool.clone();
        }
        let cardinality = self.cardinality(ty, 0);
        let mut values: Vec<Value> = Vec::new();
        for size in 1..=SIZE {
            if values.len() >= self.reach.pool || cardinality.is_some_and(|all| values.len() as u64 >= all) {
                break;
            }
            values.extend_from_slice(&self.level(ty, size, 0));
        }
        let is_whole = cardinality == Some(values.len() as u64);
        if !is_whole {
            values.truncate(self.reach.pool);
        }
        let pool = Pool { values: values.into(), is_whole };
        self.pools.insert(ty, pool.clone());
        pool
    }

    /// Types that stand for a variable that is a type, those that say most first.
    fn types(&mut self) -> Vec<Value> {
        let mut types = Vec::new();
        let data: Vec<_> = self.signature.data.iter().filter(|data| data.parameters == 0).map(|d| d.former).collect();
        for former in data {
            let ty = self.values.intern(Head::Former(former), &[]);
            if self.cardinality(ty, 0).is_none() && self.pool(ty).values.len() > 3 {
                types.push(ty);
                break;
            }
        }
        types.push(self.values.intern(Head::Atoms(INVENTED, 2), &[]));
        types.push(self.values.intern(Head::Atoms(INVENTED + 1, 3), &[]));
        types.push(self.values.intern(Head::Atoms(INVENTED + 2, 1), &[]));
        types
    }

    /// The number of values of a type, where that is finite and known.
    fn cardinality(&mut self, ty: Value, depth: u32) -> Option<u64> {
        if depth > NESTING {
            return None;
        }
        match self.values.head(ty) {
            Head::Prop => Some(2),
            Head::Atoms(_, size) => Some(size.into()),
            Head::Arrow => {
                let (domain, range) = (self.values.part(ty, 0), self.values.part(ty, 1));
                let (domain, range) = (self.cardinality(domain, depth + 1)?, self.cardinality(range, depth + 1)?);
                range.checked_pow(u32::try_from(domain).ok()?).filter(|&all| all <= FUNCTIONS)
            }
            Head::Former(former) => {
                let place = *self.signature.data_of.get(&former)?;
                let parameters = Scope::from_slice(self.values.parts(ty));
                let mut all: u64 = 0;
                for fields in self.fields[place].clone() {
                    let mut product: u64 = 1;
                    for field in fields.types {
                        let ty = self.quietly(|machine| machine.value(field, &parameters))?;
                        product = product.checked_mul(self.cardinality(ty, depth + 1)?)?;
                    }
                    all = all.checked_add(product)?;
                }
                Some(all)
            }
            _ => None,
        }
    }

    /// A value computed without charging steps to the evaluation in progress.
    fn quietly(&mut self, run: impl FnOnce(&mut Self) -> Result<Value, Stuck>) -> Option<Value> {
        let steps = std::mem::replace(&mut self.steps, 10_000);
        let value = run(self);
        self.steps = steps;
        value.ok()
    }

    /// The values of a type of one size, at most as many as the reach allows.
    fn level(&mut self, ty: Value, size: u32, depth: u32) -> Arc<[Value]> {
        if let Some(known) = self.levels.get(&(ty, size)) {
            return known.clone();
        }
        if depth > NESTING + SIZE {
            return Arc::default();
        }
        let values: Vec<Value> = match self.values.head(ty) {
            Head::Prop if size == 1 => vec![Value::FALSE, Value::TRUE],
            Head::Atoms(number, count) if size == 1 => {
                (0..count).map(|element| self.values.intern(Head::Atom(number, element), &[])).collect()
            }
            Head::Type if size == 1 => self.types(),
            Head::Arrow => self.functions(ty, size),
            Head::Former(former) => match self.signature.data_of.get(&former) {
                Some(&place) => self.built(ty, place, size, depth),
                None => Vec::new(),
            },
            _ => Vec::new(),
        };
        let values: Arc<[Value]> = values.into();
        self.levels.insert((ty, size), values.clone());
        values
    }

    fn built(&mut self, ty: Value, place: usize, size: u32, depth: u32) -> Vec<Value> {
        let parameters = Scope::from_slice(self.values.parts(ty));
        let mut found = Vec::new();
        for fields in self.fields[place].clone() {
            let types: Option<Vec<Value>> =
                fields.types.iter().map(|&field| self.quietly(|machine| machine.value(field, &parameters))).collect();
            let Some(types) = types else { continue };
            let mut partial: Vec<(Scope, u32)> = vec![(Scope::new(), size - 1)];
            for (index, &ty) in types.iter().enumerate() {
                let after = (types.len() - index - 1) as u32;
                let mut next = Vec::new();
                for (parts, left) in partial {
                    let sizes = match left.checked_sub(after) {
                        Some(most) if after == 0 => most..=most,
                        Some(most) => 1..=most,
                        None => continue,
                    };
                    for size in sizes.filter(|&size| size > 0) {
                        for &part in &*self.level(ty, size, depth + 1) {
                            if next.len() >= self.reach.level {
                                break;
                            }
                            let mut parts = parts.clone();
                            parts.push(part);
                            next.push((parts, left - size));
                        }
                    }
                }
                partial = next;
            }
            for (parts, left) in partial {
                if left == 0 && found.len() < self.reach.level {
                    found.push(self.values.intern(Head::Construct(fields.constructor), &parts));
                }
            }
        }
        found
    }

    /// Functions of a type: all, where there are few; else one that is chosen by its size.
    fn functions(&mut self, ty: Value, size: u32) -> Vec<Value> {
        let (domain, range) = (self.values.part(ty, 0), self.values.part(ty, 1));
        if self.cardinality(ty, 0).is_none() {
            return vec![self.values.intern(Head::Chosen(size - 1), &[domain, range])];
        }
        if size > 1 {
            return Vec::new();
        }
        let (arguments, results) = (self.pool(domain).values, self.pool(range).values);
        let mut all = vec![Scope::from_slice(&[domain])];
        for _ in &*arguments {
            let extended = all.iter().flat_map(|parts| {
                results.iter().map(|&result| {
                    let mut parts = parts.clone();
                    parts.push(result);
                    parts
                })
            });
            all = extended.collect();
        }
        all.into_iter().map(|parts| self.values.intern(Head::Listed, &parts)).collect()
    }

    /// The result of a function chosen by a seed: seed 0 gives one result always, seed 1 the argument itself where the
    /// types allow that, others something that depends on the argument only.
    pub(super) fn chosen(&mut self, function: Value, seed: u32, argument: Value) -> Result<Value, Stuck> {
        let (domain, range) = (self.values.part(function, 0), self.values.part(function, 1));
        if seed == 1 && domain == range {
            return Ok(argument);
        }
        let results = self.pool(range).values;
        let count = results.len().min(RESULTS);
        if count == 0 {
            return Err(Stuck::Meaning(None));
        }
        if seed == 0 {
            return Ok(results[0]);
        }
        let mut hasher = FxHasher::default();
        seed.hash(&mut hasher);
        self.look(domain, argument, &mut hasher)?;
        // The lower bits of this hash are poor.
        Ok(results[(hasher.finish() >> 33) as usize % count])
    }

    /// Hashes an argument as a chosen function sees it: equal arguments have equal hashes, among them functions that
    /// are written differently.
    fn look(&mut self, ty: Value, value: Value, hasher: &mut FxHasher) -> Result<(), Stuck> {
        if !self.values.has_function(value) {
            self.values.print(value).hash(hasher);
            return Ok(());
        }
        if self.values.head(ty) != Head::Arrow {
            return Err(Stuck::Functions);
        }
        let (domain, range) = (self.values.part(ty, 0), self.values.part(ty, 1));
        let probes = self.pool(domain).values;
        for &probe in probes.iter().take(PROBES) {
            let result = self.apply(value, probe)?;
            self.look(range, result, hasher)?;
        }
        Ok(())
    }

    /// A random value of a type: mostly a small one, now and then a greater one than the pool has.
    pub fn random(&mut self, ty: Value, rng: &mut impl Rng) -> Option<Value> {
        let pool = self.pool(ty);
        if !pool.is_whole && rng.random_range(0..4) == 0 {
            let size = rng.random_range(4..24);
            if let Some(value) = self.grown(ty, size, rng) {
                return Some(value);
            }
        }
        let count = pool.values.len();
        if count == 0 {
            return None;
        }
        // The lesser of two draws: small values come more often.
        let place = rng.random_range(0..count).min(rng.random_range(0..count));
        Some(pool.values[place])
    }

    /// A value of about that size.
    fn grown(&mut self, ty: Value, size: u32, rng: &mut impl Rng) -> Option<Value> {
        match self.values.head(ty) {
            Head::Former(former) if size > SIZE / 2 => {
                let place = *self.signature.data_of.get(&former)?;
                let parameters = Scope::from_slice(self.values.parts(ty));
                let constructors = self.fields[place].clone();
                let with_fields: Vec<_> = constructors.iter().filter(|fields| !fields.types.is_empty()).collect();
                let fields = *with_fields.get(rng.random_range(0..with_fields.len().max(1)))?;
                let share = (size - 1) / fields.types.len() as u32;
                let mut parts = Scope::new();
                for &field in &fields.types {
                    let ty = self.quietly(|machine| machine.value(field, &parameters))?;
                    let is_own = self.values.head(ty) == Head::Former(former);
                    // A list of many small elements rather than one of few great ones.
                    let part = if is_own { size - 1 } else { share.min(4) };
                    let own = fields.types.len() as u32;
                    let part = if is_own && own > 1 { part - part / (own + 1) } else { part };
                    parts.push(self.grown(ty, part, rng)?);
                }
                Some(self.values.intern(Head::Construct(fields.constructor), &parts))
            }
            _ => {
                let pool = self.pool(ty);
                let count = pool.values.len();
                let place = rng.random_range(0..count.max(1));
                pool.values.get(place).copied()
            }
        }
    }
}
