//! Writes a file with theorems that say nothing new about a theory that is built in, each with its proof: the figures
//! of search beside many facts in docs/performance.md are taken with it.
//!
//! `cargo run --release --example facts -- nat-add 5000 1 > many.peano`

#[path = "../tests/support/facts.rs"]
mod facts;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [theory, count, seed] = &arguments[..] else {
        eprintln!("usage: facts THEORY COUNT SEED");
        std::process::exit(2);
    };
    let (Ok(count), Ok(seed)) = (count.parse(), seed.parse()) else {
        eprintln!("COUNT and SEED are numbers");
        std::process::exit(2);
    };
    print!("{}", facts::redundant(theory, count, seed));
}
