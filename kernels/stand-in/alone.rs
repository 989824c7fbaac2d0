//! Tests on the stand-in driver, each in a process of its own: what a process loads as its driver and its compiler is
//! settled when it starts. Included by the tests of several crates.

use std::path::PathBuf;
use std::process::Command;

/// Tells a process that it is the one a test runs in.
const INSIDE: &str = "PROVER_INSIDE_STAND_IN";

/// Whether this process is the one that a test runs in.
#[allow(dead_code, reason = "not every test has more to do outside")]
pub fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// How a process finds the parts of the stand-in.
pub struct StandIn {
    folder: PathBuf,
    compiler: bool,
    headers: bool,
    variables: Vec<(&'static str, String)>,
}

impl StandIn {
    /// The stand-in that `setup.sh` made, if there is one.
    pub fn new() -> Option<Self> {
        let Some(folder) = std::env::var_os("PROVER_STAND_IN") else {
            println!("SKIPPED: PROVER_STAND_IN does not name what kernels/stand-in/setup.sh made");
            return None;
        };
        let folder = PathBuf::from(folder);
        assert!(folder.join("driver/libcuda.so.1").exists(), "no stand-in driver in {}", folder.display());
        Some(Self { folder, compiler: true, headers: true, variables: Vec::new() })
    }

    #[allow(dead_code, reason = "not every test leaves it out")]
    pub fn without_compiler(self) -> Self {
        Self { compiler: false, ..self }
    }

    #[allow(dead_code, reason = "not every test leaves them out")]
    pub fn without_headers(self) -> Self {
        Self { headers: false, ..self }
    }

    /// With an environment variable.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// The toolkit.
    #[allow(dead_code, reason = "not every test names it")]
    pub fn toolkit(&self) -> PathBuf {
        self.folder.join("toolkit")
    }

    /// A tool of the toolkit.
    #[allow(dead_code, reason = "not every test looks at machine code")]
    pub fn tool(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Runs the calling test, whose name is given, up to the call again in a process that has this stand-in, and there
    /// what is given. Fails if that process does.
    pub fn run(&self, test: &str, inside: impl FnOnce()) {
        if self::inside() {
            return inside();
        }
        let part = |name: &str| self.folder.join(name).display().to_string();
        let libraries = if self.compiler { [part("driver"), part("compiler")].join(":") } else { part("driver") };
        let output = Command::new(std::env::current_exe().expect("this program"))
            .args([test, "--exact", "--nocapture", "--include-ignored"])
            .env(INSIDE, "1")
            .env("LD_LIBRARY_PATH", libraries)
            .env("CUDA_PATH", if self.headers { part("toolkit") } else { part("driver") })
            // Kernels that one test had compiled are ready for the next.
            .env("XDG_CACHE_HOME", part("cache"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("this program starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(out.contains("1 passed"), "{test}: {}\n{out}\n{err}", output.status);
    }
}
