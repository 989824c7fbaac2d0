//! Scripts for a cluster with Slurm: a broker, workers and the learner.
//!
//! The broker's script draws a password, starts a Redis server and writes its address into a file; the others wait for
//! that file. When the learner ends it leaves a file by which the others end. The folder must be visible to all nodes.

use std::path::{Path, PathBuf};

/// Resources requested from the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Worker jobs.
    pub workers: u32,
    /// Threads of each.
    pub threads: u32,
    /// GPUs of each.
    pub gpus: u32,
    /// Memory of each and of the learner, as Slurm writes it.
    pub memory: String,
    /// Time of all, as Slurm writes it.
    pub time: String,
    /// The partition, if not the cluster's own choice.
    pub partition: Option<String>,
}

/// A batch script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// Errors of making the scripts.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// Slurm would not understand it.
    #[error("`{0}` is nothing that Slurm takes for memory, time or a partition")]
    Value(String),
    /// The folder has a name that cannot stand in a script.
    #[error("{} has characters that cannot stand in a script", .0.display())]
    Path(PathBuf),
}

/// A word for the shell, whatever is in it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn path(path: &Path) -> Result<String, SlurmError> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    text.map(quoted).ok_or_else(|| SlurmError::Path(path.to_owned()))
}

/// The scripts of the broker, the workers and the learner. `program` is this program, `folder` where the scripts will
/// be, and `arguments` the command of the learner.
///
/// # Errors
///
/// A value or a path cannot stand in a script.
pub fn scripts(
    request: &Request,
    program: &Path,
    folder: &Path,
    arguments: &[String],
) -> Result<[Script; 3], SlurmError> {
    let Request { workers, threads, gpus, memory, time, partition } = request;
    let is_plain =
        |value: &str| !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_:.,".contains(c));
    for value in [memory, time].into_iter().chain(partition) {
        if !is_plain(value) {
            return Err(SlurmError::Value(value.clone()));
        }
    }
    let (program, folder) = (path(program)?, path(folder)?);
    let partition = partition.as_ref().map_or(String::new(), |name| format!("#SBATCH --partition={name}\n"));
    let head = |name: &str, more: &str| {
        format!(
            "#!/bin/bash\n#SBATCH --job-name=prover-{name}\n#SBATCH --time={time}\n{partition}{more}set -euo pipefail\ndir={folder}\n"
        )
    };
    let wait = "\
while [ ! -s \"$dir/address\" ]; do sleep 1; done
PROVER_BROKER=$(cat \"$dir/address\")
export PROVER_BROKER PROVER_BROKER_PASSWORD_FILE=\"$dir/password\"
";
    let broker = head("broker", "#SBATCH --mem=4G\n#SBATCH --cpus-per-task=1\n")
        + "\
umask 077
rm -f \"$dir/address\" \"$dir/over\"
head -c 32 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' > \"$dir/password\"
REDISCLI_AUTH=$(cat \"$dir/password\")
export REDISCLI_AUTH
port=$((20000 + RANDOM % 20000))
host=$(hostname -f 2>/dev/null || hostname)
# The settings come on standard input, so that the list of processes has no password.
redis-server - <<END &
bind 0.0.0.0
port $port
requirepass $REDISCLI_AUTH
dir \"$dir\"
appendonly yes
save \"\"
END
server=$!
until redis-cli -p \"$port\" ping 2>/dev/null | grep -q PONG; do
    kill -0 \"$server\"
    sleep 1
done
echo \"redis://$host:$port/0\" > \"$dir/address.new\"
mv \"$dir/address.new\" \"$dir/address\"
while kill -0 \"$server\" 2>/dev/null && [ ! -e \"$dir/over\" ]; do sleep 1; done
# The workers leave first.
sleep 5
kill \"$server\" 2>/dev/null || true
wait \"$server\" || true
";
    let gpu = if *gpus > 0 { format!("#SBATCH --gpus={gpus}\n") } else { String::new() };
    let resources =
        format!("#SBATCH --array=1-{workers}\n#SBATCH --mem={memory}\n#SBATCH --cpus-per-task={threads}\n{gpu}");
    let worker = head("worker", &resources)
        + wait
        + &format!(
            "{program} worker --threads {threads} &
worker=$!
while kill -0 \"$worker\" 2>/dev/null && [ ! -e \"$dir/over\" ]; do sleep 1; done
kill -INT \"$worker\" 2>/dev/null || true
wait \"$worker\"
"
        );
    let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
    let all = workers.saturating_mul(*threads);
    let learner = head("learner", &format!("#SBATCH --mem={memory}\n#SBATCH --cpus-per-task={threads}\n{gpu}"))
        + wait
        + &format!(
            "status=0
{program} {} --broker \"$PROVER_BROKER\" --worker-threads {all} || status=$?
touch \"$dir/over\"
exit \"$status\"
",
            words.join(" ")
        );
    Ok([
        Script { name: "broker.sh", text: broker },
        Script { name: "worker.sh", text: worker },
        Script { name: "learner.sh", text: learner },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let (memory, time) = ("50G".into(), "10:00:00".into());
        Request { workers: 3, threads: 4, gpus: 1, memory, time, partition: Some("long".into()) }
    }

    #[test]
    fn words_of_the_command_stay_words() {
        let arguments = ["selfplay".to_owned(), "--goals".into(), "it's; rm -rf $HOME".into()];
        let scripts = scripts(&request(), Path::new("/a b/prover"), Path::new("/c d"), &arguments).unwrap();
        let learner = &scripts[2].text;
        assert!(learner.contains(r"'/a b/prover' 'selfplay' '--goals' 'it'\''s; rm -rf $HOME' --broker"), "{learner}");
        assert!(
            scripts[1]
                .text
                .contains("#SBATCH --array=1-3\n#SBATCH --mem=50G\n#SBATCH --cpus-per-task=4\n#SBATCH --gpus=1\n")
        );
        assert!(scripts.iter().all(|script| script.text.contains("#SBATCH --partition=long\n")));
    }

    #[test]
    fn what_would_end_a_line_is_refused() {
        for value in ["", "1G\nrm", "1 G", "$(x)"] {
            let request = Request { memory: value.into(), ..request() };
            assert!(scripts(&request, Path::new("p"), Path::new("d"), &[]).is_err(), "{value}");
        }
        assert!(scripts(&request(), Path::new("p"), Path::new("a\nb"), &[]).is_err());
    }
}
