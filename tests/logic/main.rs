//! The kernel, and the second checker that other tests compare it with.

mod kernel_attacks;
#[path = "../naive/mod.rs"]
mod naive;
#[path = "../naive/rules.rs"]
mod naive_rules;
