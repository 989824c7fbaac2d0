//! Checkpoints: a directory with `model.safetensors`, `config.json` and `tokenizer.json`, as Hugging Face's GPT-2 has
//! them.
//!
//! A checkpoint is written into a temporary directory next to its place and renamed, so that a kill at any moment
//! leaves either the old or the new one. (Replacing takes two renames; a kill between them leaves the old one as
//! `.NAME.old`, where [`load`] finds it.)

mod error;
mod tensors;

use crate::json;
use crate::model::{Config, Model, Tensor};
use crate::network::Network;
use crate::task::Task;
use crate::tokenizer::{Tokenizer, TokenizerError};
use error::io;
use tensors::{limit, write_file};

pub use error::CheckpointError;
use prover_system::input;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
pub use tensors::{NamedTensor, TensorFile, tensors_of, write_tensors};

/// Name of the weights' file.
pub const MODEL: &str = "model.safetensors";
/// Name of the configuration's file.
pub const CONFIG: &str = "config.json";
/// Name of the tokenizer's file.
pub const TOKENIZER: &str = "tokenizer.json";

/// config.json: the keys of Hugging Face's `GPT2Config`, and ours.
#[derive(Serialize, Deserialize)]
struct ConfigFile {
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    model_type: String,
    vocab_size: usize,
    n_positions: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    #[serde(default)]
    n_inner: Option<usize>,
    #[serde(default = "gelu_new")]
    activation_function: String,
    #[serde(default = "epsilon")]
    layer_norm_epsilon: f64,
    #[serde(default)]
    scale_attn_by_inverse_layer_idx: bool,
    #[serde(default = "yes")]
    scale_attn_weights: bool,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
    #[serde(default)]
    attn_pdrop: f64,
    #[serde(default)]
    embd_pdrop: f64,
    #[serde(default)]
    resid_pdrop: f64,
    #[serde(default)]
    bos_token_id: Option<u32>,
    #[serde(default)]
    eos_token_id: Option<u32>,
    #[serde(default)]
    pad_token_id: Option<u32>,
    #[serde(default)]
    torch_dtype: Option<String>,
    /// Version of `prover` that wrote the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prover_version: Option<String>,
    /// The name of the task for which the network was trained; absent in files of early versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task: Option<String>,
}

fn gelu_new() -> String {
    "gelu_new".to_owned()
}

fn epsilon() -> f64 {
    1e-5
}

fn yes() -> bool {
    true
}

impl ConfigFile {
    fn of(network: &Network) -> Self {
        use super::tokenizer::Special;
        let config = network.model().config();
        Self {
            architectures: vec!["GPT2LMHeadModel".to_owned()],
            model_type: "gpt2".to_owned(),
            vocab_size: config.vocabulary,
            n_positions: config.context,
            n_embd: config.width,
            n_layer: config.layers,
            n_head: config.heads,
            n_inner: None,
            activation_function: gelu_new(),
            layer_norm_epsilon: epsilon(),
            scale_attn_by_inverse_layer_idx: false,
            scale_attn_weights: true,
            tie_word_embeddings: true,
            attn_pdrop: 0.0,
            embd_pdrop: 0.0,
            resid_pdrop: 0.0,
            bos_token_id: Some(Special::Conjecture.id()),
            eos_token_id: Some(Special::End.id()),
            pad_token_id: Some(Special::Pad.id()),
            torch_dtype: Some("float32".to_owned()),
            prover_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            task: network.task().map(|task| task.name().to_owned()),
        }
    }

    /// The task for which the network was trained, if the file names one.
    fn task(&self, path: &Path) -> Result<Option<Task>, CheckpointError> {
        let Some(found) = &self.task else { return Ok(None) };
        let task = Task::ALL.into_iter().find(|task| task.name() == found);
        let unsupported = || CheckpointError::Unsupported {
            path: path.to_owned(),
            key: "task",
            found: found.clone(),
            expected: Task::ALL.map(Task::name).join(" or "),
        };
        task.map(Some).ok_or_else(unsupported)
    }

    /// The shapes, if the file asks for nothing that this model lacks.
    fn config(&self, path: &Path) -> Result<Config, CheckpointError> {
        let inner = self.n_inner.unwrap_or(self.n_embd.saturating_mul(4));
        let checks: [(&'static str, String, String); 6] = [
            ("activation_function", self.activation_function.clone(), gelu_new()),
            ("layer_norm_epsilon", self.layer_norm_epsilon.to_string(), epsilon().to_string()),
            ("n_inner", inner.to_string(), self.n_embd.saturating_mul(4).to_string()),
            ("scale_attn_by_inverse_layer_idx", self.scale_attn_by_inverse_layer_idx.to_string(), false.to_string()),
            ("scale_attn_weights", self.scale_attn_weights.to_string(), true.to_string()),
            ("tie_word_embeddings", self.tie_word_embeddings.to_string(), true.to_string()),
        ];
        for (key, found, expected) in checks {
            if found != expected {
                return Err(CheckpointError::Unsupported { path: path.to_owned(), key, found, expected });
            }
        }
        Ok(Config {
            vocabulary: self.vocab_size,
            context: self.n_positions,
            layers: self.n_layer,
            heads: self.n_head,
            width: self.n_embd,
        })
    }
}

/// Writes a checkpoint. `extra` may add files to the directory (the state of an optimiser, for example) before it takes
/// its place.
///
/// # Errors
/// [`CheckpointError::Io`], and the errors of `extra`.
pub fn save(
    directory: &Path,
    network: &Network,
    extra: impl FnOnce(&Path) -> Result<(), CheckpointError>,
) -> Result<(), CheckpointError> {
    let temporary = sibling(directory, &format!("tmp-{}", std::process::id()));
    remove(&temporary)?;
    std::fs::create_dir_all(&temporary).map_err(io(&temporary))?;
    let model = network.model();
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    write_tensors(&temporary.join(MODEL), tensors_of(model.tensors(), model.parameters()), metadata)?;
    let path = temporary.join(CONFIG);
    let config = serde_json::to_vec_pretty(&ConfigFile::of(network))
        .map_err(|source| CheckpointError::Json { path: path.clone(), source })?;
    write_file(&path, &config)?;
    let path = temporary.join(TOKENIZER);
    let json = network.tokenizer().to_json();
    let json = json.map_err(|source| CheckpointError::Tokenizer { path: path.clone(), source })?;
    write_file(&path, json.as_bytes())?;
    extra(&temporary)?;
    replace(&temporary, directory)
}

/// Reads a checkpoint.
///
/// # Errors
/// [`CheckpointError`] for anything that is missing, cut off, corrupt or does not fit together.
pub fn load(directory: &Path) -> Result<Network, CheckpointError> {
    let directory = &located(directory);
    let read = |name: &str, limit| {
        let path = directory.join(name);
        input::read(&path, limit).map_err(io(&path))
    };
    let config = read(CONFIG, input::SETTINGS)?;
    let (_, _, layout) = shapes(directory, &config)?;
    let weights = read(MODEL, limit(&layout))?;
    assemble(directory, &config, &read(TOKENIZER, MAX_TOKENIZER)?, weights)
}

/// The greatest length of a tokenizer's file, in bytes.
const MAX_TOKENIZER: u64 = 256 << 20;

/// The content of a `config.json`, and the tensors of such a model.
fn shapes(directory: &Path, config: &[u8]) -> Result<(ConfigFile, Config, Vec<Tensor>), CheckpointError> {
    let path = directory.join(CONFIG);
    let file: ConfigFile = json::read(config).map_err(|source| CheckpointError::Json { path: path.clone(), source })?;
    let config = file.config(&path)?;
    let layout = Model::<f32>::tensors_of(&config);
    let layout = layout.map_err(|source| CheckpointError::Model { path, source })?;
    Ok((file, config, layout))
}

/// Puts a checkpoint together from the contents of `config.json`, `tokenizer.json` and `model.safetensors`; `directory`
/// is for errors.
///
/// # Errors
/// As for [`load`].
pub fn assemble(
    directory: &Path,
    config: &[u8],
    tokenizer: &[u8],
    weights: Vec<u8>,
) -> Result<Network, CheckpointError> {
    let (file, config, layout) = shapes(directory, config)?;
    let task = file.task(&directory.join(CONFIG))?;
    let path = directory.join(TOKENIZER);
    json::check(tokenizer).map_err(|source| CheckpointError::Json { path: path.clone(), source })?;
    let text = std::str::from_utf8(tokenizer).map_err(|error| TokenizerError::Format(error.to_string()));
    let tokenizer = text.and_then(Tokenizer::from_json);
    let tokenizer = tokenizer.map_err(|source| CheckpointError::Tokenizer { path, source })?;
    let path = directory.join(MODEL);
    let parameters = TensorFile::new(&path, weights)?.flat(&layout, "")?;
    let model = Model::from_parameters(config, parameters);
    let model = model.map_err(|source| CheckpointError::Model { path, source })?;
    let network = Network::new(model, tokenizer);
    let mut network = network.map_err(|source| CheckpointError::Network { path: directory.to_owned(), source })?;
    network.set_task(task);
    Ok(network)
}

/// The directory of a checkpoint: itself, or the old one kept aside if the process was killed while replacing it.
pub fn located(directory: &Path) -> PathBuf {
    let old = sibling(directory, "old");
    if !directory.exists() && old.exists() { old } else { directory.to_owned() }
}

/// `.NAME.suffix` in the folder of a path.
fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().map_or_else(|| "checkpoint".into(), |n| n.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.{suffix}"))
}

fn remove(directory: &Path) -> Result<(), CheckpointError> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(directory)(error)),
        _ => Ok(()),
    }
}

/// Puts a finished directory in its place.
fn replace(temporary: &Path, directory: &Path) -> Result<(), CheckpointError> {
    let old = sibling(directory, "old");
    if directory.exists() {
        remove(&old)?;
        std::fs::rename(directory, &old).map_err(io(directory))?;
    }
    std::fs::rename(temporary, directory).map_err(io(directory))?;
    remove(&old)
}

#[cfg(test)]
mod tests {
    use super::super::evaluator::{Evaluator, Request};
    use super::tensors::half;
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use safetensors::tensor::{Dtype, SafeTensors, TensorView};

    fn network() -> Network {
        let tokenizer = Tokenizer::train(["intro x. apply nat_ind. (= x x)"], 300).unwrap();
        let config = Config { vocabulary: tokenizer.vocabulary(), context: 32, layers: 2, heads: 2, width: 8 };
        Network::with_config(config, tokenizer, &mut ChaCha8Rng::seed_from_u64(5)).unwrap()
    }

    fn saved() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("checkpoint");
        save(&path, &network(), |_| Ok(())).unwrap();
        (root, path)
    }

    #[test]
    fn round_trip_and_replacement() {
        let (root, path) = saved();
        let loaded = load(&path).unwrap();
        let original = network();
        assert_eq!(loaded.model().parameters(), original.model().parameters());
        assert_eq!(loaded.model().config(), original.model().config());
        let request = [Request { state: "(= x x)".to_owned(), actions: vec!["intro x.".into(), "apply q.".into()] }];
        assert_eq!(loaded.evaluate(&request), original.evaluate(&request));
        let mut changed = network();
        changed.model_mut().parameters_mut()[0] = 42.0;
        save(&path, &changed, |_| Ok(())).unwrap();
        assert_eq!(load(&path).unwrap().model().parameters()[0], 42.0);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1, "nothing temporary is left");
        // A kill between the two renames of a replacement.
        std::fs::rename(&path, root.path().join(".checkpoint.old")).unwrap();
        assert_eq!(load(&path).unwrap().model().parameters()[0], 42.0);
    }

    #[test]
    fn a_failed_save_leaves_the_old_checkpoint() {
        let (_root, path) = saved();
        let mut changed = network();
        changed.model_mut().parameters_mut()[0] = 42.0;
        let failed =
            save(&path, &changed, |at| Err(CheckpointError::Missing { path: at.to_owned(), name: "test".to_owned() }));
        assert!(matches!(failed, Err(CheckpointError::Missing { .. })));
        assert_eq!(load(&path).unwrap().model().parameters(), network().model().parameters());
    }

    #[test]
    fn cut_off_files_are_errors() {
        for file in [MODEL, CONFIG, TOKENIZER] {
            let (_root, path) = saved();
            let bytes = std::fs::read(path.join(file)).unwrap();
            for length in [0, 1, 7, 8, 9, bytes.len() / 3, bytes.len() - 1] {
                std::fs::write(path.join(file), &bytes[..length]).unwrap();
                let error = load(&path).unwrap_err();
                assert!(error.to_string().contains(file), "{error}");
            }
            std::fs::remove_file(path.join(file)).unwrap();
            assert!(matches!(load(&path), Err(CheckpointError::Io { .. })));
        }
    }

    #[test]
    fn corrupt_and_mismatching_files_are_errors() {
        let edit = |from: &str, to: &str| {
            let (_root, path) = saved();
            let config = std::fs::read_to_string(path.join(CONFIG)).unwrap();
            assert!(config.contains(from));
            std::fs::write(path.join(CONFIG), config.replace(from, to)).unwrap();
            load(&path).unwrap_err()
        };
        assert!(matches!(edit("\"n_embd\": 8", "\"n_embd\": 16"), CheckpointError::Shape { .. }));
        assert!(matches!(edit("\"n_layer\": 2", "\"n_layer\": 3"), CheckpointError::Missing { .. }));
        assert!(matches!(edit("\"n_embd\": 8", "\"n_embd\": 99999999999"), CheckpointError::Model { .. }));
        assert!(matches!(edit("gelu_new", "relu"), CheckpointError::Unsupported { .. }));
        assert!(matches!(edit("\"n_head\": 2", "\"n_head\": 3"), CheckpointError::Model { .. }));
        let (_root, path) = saved();
        let mut bytes = std::fs::read(path.join(MODEL)).unwrap();
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        std::fs::write(path.join(MODEL), &bytes).unwrap();
        assert!(matches!(load(&path), Err(CheckpointError::NotFinite { .. })));
        bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        std::fs::write(path.join(MODEL), &bytes).unwrap();
        assert!(matches!(load(&path), Err(CheckpointError::Tensors { .. })));
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused() {
        let (_root, path) = saved();
        // A key that this program does not know, and one within another.
        for keys in [r#""other": 1, "other": 2,"#, r#""other": {"x": 1, "y": 2, "x": 1},"#] {
            let config = std::fs::read_to_string(path.join(CONFIG)).unwrap();
            std::fs::write(path.join(CONFIG), config.replacen('{', &format!("{{{keys}"), 1)).unwrap();
            let error = load(&path).unwrap_err();
            assert!(matches!(error, CheckpointError::Json { .. }) && error.to_string().contains("twice"), "{error}");
            std::fs::write(path.join(CONFIG), config).unwrap();
        }
        // Two tensors of one name, of which the second is the same or another.
        let bytes = std::fs::read(path.join(MODEL)).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap().trim_end().to_owned();
        let start = header.find("\"transformer.wte.weight\"").unwrap();
        let entry = &header[start..start + header[start..].find('}').unwrap() + 1];
        let doubled = format!("{{{entry},{}", &header[1..]);
        let file = [&(doubled.len() as u64).to_le_bytes()[..], doubled.as_bytes(), &bytes[8 + length..]].concat();
        SafeTensors::deserialize(&file).expect("the library takes the last of them");
        std::fs::write(path.join(MODEL), file).unwrap();
        let error = load(&path).unwrap_err();
        assert!(matches!(error, CheckpointError::Header { .. }), "{error}");
        assert!(error.to_string().contains("transformer.wte.weight"), "{error}");
    }

    #[test]
    fn a_checkpoint_says_what_its_network_was_trained_for() {
        let (_root, path) = saved();
        assert_eq!(load(&path).unwrap().task(), None);
        for task in Task::ALL {
            let mut network = network();
            network.set_task(Some(task));
            save(&path, &network, |_| Ok(())).unwrap();
            assert_eq!(load(&path).unwrap().task(), Some(task));
        }
        let config = std::fs::read_to_string(path.join(CONFIG)).unwrap();
        std::fs::write(path.join(CONFIG), config.replace("\"questions\"", "\"chess\"")).unwrap();
        assert!(matches!(load(&path), Err(CheckpointError::Unsupported { key: "task", .. })));
    }

    #[cfg(unix)]
    #[test]
    fn devices_in_a_checkpoint_are_refused() {
        for file in [MODEL, CONFIG, TOKENIZER] {
            let (_root, path) = saved();
            std::fs::remove_file(path.join(file)).unwrap();
            std::os::unix::fs::symlink("/dev/zero", path.join(file)).unwrap();
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains(file) && error.contains("device"), "{error}");
        }
    }

    #[test]
    fn other_number_types_and_names_are_read() {
        assert_eq!([0x3c00, 0xc000, 0x0001, 0x3555].map(half), [1.0, -2.0, 2f32.powi(-24), 0.333_251_95]);
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.safetensors");
        let bytes: Vec<u8> = [0x3f80u16, 0xc000].iter().flat_map(|b| b.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::BF16, vec![2], &bytes).unwrap();
        std::fs::write(&path, safetensors::serialize([("ln_f.bias", view)], None).unwrap()).unwrap();
        let layout = [Tensor { name: "transformer.ln_f.bias".to_owned(), shape: vec![2], range: 0..2 }];
        assert_eq!(TensorFile::read(&path, &layout).unwrap().flat(&layout, "").unwrap(), [1.0, -2.0]);
    }
}
