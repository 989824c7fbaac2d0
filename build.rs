//! Generates the parsers of grammar/*.lalrpop.

fn main() {
    let generated =
        lalrpop::Configuration::new().set_in_dir("grammar").emit_rerun_directives(true).log_quiet().process();
    if let Err(error) = generated {
        // LALRPOP has printed the conflict itself; a build script reports failure through its exit status.
        eprintln!("grammar: {error}");
        std::process::exit(1);
    }
}
