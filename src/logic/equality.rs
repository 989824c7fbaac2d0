//! The constants that come with a declaration of `=`.

use super::environment::Environment;
use super::error::KernelError;
use super::store::Store;
use super::term::{ConstId, Sort, TermId};

/// The constants of equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equality {
    /// `=`
    pub eq: ConstId,
    /// `eq_refl : [('t : type) -> ('x : 't) -> (= 'x 'x)]`, an axiom.
    pub refl: ConstId,
    /// `rewrite : [('t : type) -> ('p : ['t -> prop]) -> ('x : 't) -> ('y : 't) -> (= 'x 'y) -> ('p 'x) -> ('p 'y)]`,
    /// an axiom.
    pub rewrite: ConstId,
    /// `eq_symm : [('t : type) -> ('x : 't) -> ('y : 't) -> (= 'x 'y) -> (= 'y 'x)]`, a theorem from the two.
    pub symm: ConstId,
}

/// The one type that `=` may have: `[('t : type) -> 't -> 't -> prop]`.
pub fn type_of_equality(store: &mut Store) -> TermId {
    let (prop, ty) = (store.sort(Sort::Prop), store.sort(Sort::Type));
    let t = store.local(0, ty);
    let inner = store.pi(t, prop);
    let outer = store.pi(t, inner);
    store.close_pi(outer, &[t])
}

impl Environment {
    /// Adds `=` with the type that it must have, `eq_refl` and `rewrite` as axioms, and `eq_symm` with its proof.
    pub fn add_equality(&mut self, ty: TermId) -> Result<Equality, KernelError> {
        if self.owes() {
            return Err(KernelError::Owed);
        }
        let required = type_of_equality(&mut self.store);
        if ty != required {
            return Err(KernelError::NotEquality);
        }
        for name in ["=", "eq_refl", "rewrite", "eq_symm"] {
            if self.find(name).is_some() {
                return Err(KernelError::Duplicate);
            }
        }
        let eq = self.add_axiom("=", ty)?;
        let store = &mut self.store;
        let (prop, sort) = (store.sort(Sort::Prop), store.sort(Sort::Type));
        let t = store.local(0, sort);
        let predicate = store.pi(t, prop);
        let p = store.local(1, predicate);
        let (x, y) = (store.local(2, t), store.local(3, t));
        let relation = store.constant(eq);
        let equal = |store: &mut Store, a: TermId, b: TermId| store.apps(relation, &[t, a, b]);

        let x_is_x = equal(store, x, x);
        let refl_type = store.close_pi(x_is_x, &[t, x]);
        let (x_is_y, y_is_x) = (equal(store, x, y), equal(store, y, x));
        let (px, py) = (store.app(p, x), store.app(p, y));
        let step = store.pi(px, py);
        let step = store.pi(x_is_y, step);
        let rewrite_type = store.close_pi(step, &[t, p, x, y]);
        let refl = self.add_axiom("eq_refl", refl_type)?;
        let rewrite = self.add_axiom("rewrite", rewrite_type)?;

        // eq_symm t x y h = rewrite t (lambda (z : t) (= t z x)) x y h (eq_refl t x)
        let store = &mut self.store;
        let h = store.local(4, x_is_y);
        let z = store.local(5, t);
        let z_is_x = store.apps(relation, &[t, z, x]);
        let motive = store.close_lambda(z_is_x, &[z]);
        let (refl_c, rewrite_c) = (store.constant(refl), store.constant(rewrite));
        let base = store.apps(refl_c, &[t, x]);
        let proof = store.apps(rewrite_c, &[t, motive, x, y, h, base]);
        let proof = store.close_lambda(proof, &[t, x, y, h]);
        let statement = store.close_pi(y_is_x, &[t, x, y, h]);
        let symm = self.add_theorem("eq_symm", statement, proof)?;
        Ok(Equality { eq, refl, rewrite, symm })
    }
}
