//! Generates the parser of grammar/graph.lalrpop.

use std::path::Path;

fn main() {
    let mut configuration = lalrpop::Configuration::new();
    configuration.emit_rerun_directives(true).log_quiet();
    if let Some(out) = std::env::var_os("OUT_DIR") {
        configuration.set_out_dir(out);
    }
    if let Err(error) = configuration.process_file(Path::new("../../grammar/graph.lalrpop")) {
        // LALRPOP has printed the conflict itself; a build script reports failure through its exit status.
        eprintln!("grammar: {error}");
        std::process::exit(1);
    }
}
