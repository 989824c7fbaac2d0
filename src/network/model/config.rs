//! Sizes of a model, and the layout of its parameters.

use super::ModelError;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The shapes of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Number of tokens.
    pub vocabulary: usize,
    /// Number of positions: the longest path from the start of a prefix to the end of a branch.
    pub context: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads a block.
    pub heads: usize,
    /// Width of the residual stream; the inner width of the feed-forward part is four times as large.
    pub width: usize,
}

/// The named sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// 1 layer, 64 wide: for judging as many states a second as possible.
    Nano,
    /// 2 layers, 128 wide: learns something within minutes on two cores.
    #[default]
    Tiny,
    /// 4 layers, 256 wide.
    Small,
    /// 8 layers, 8 heads, 512 wide.
    Base,
}

impl Size {
    /// All sizes, smallest first.
    pub const ALL: [Size; 4] = [Size::Nano, Size::Tiny, Size::Small, Size::Base];

    /// The shapes of this size, with a context of 1024 tokens.
    pub fn config(self, vocabulary: usize) -> Config {
        let (layers, heads, width) = match self {
            Size::Nano => (1, 2, 64),
            Size::Tiny => (2, 4, 128),
            Size::Small => (4, 4, 256),
            Size::Base => (8, 8, 512),
        };
        Config { vocabulary, context: 1024, layers, heads, width }
    }
}

impl Config {
    /// The named size of these shapes, whatever the vocabulary, if they are of one.
    pub fn size(&self) -> Option<Size> {
        Size::ALL.into_iter().find(|size| size.config(self.vocabulary) == *self)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Size::Nano => "nano",
            Size::Tiny => "tiny",
            Size::Small => "small",
            Size::Base => "base",
        })
    }
}

/// A name that is not a model size.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown model size `{0}`: expected tiny, small or base")]
pub struct UnknownSize(String);

impl FromStr for Size {
    type Err = UnknownSize;

    fn from_str(name: &str) -> Result<Self, UnknownSize> {
        Size::ALL.into_iter().find(|s| s.to_string() == name).ok_or_else(|| UnknownSize(name.to_owned()))
    }
}

/// One named parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name in `GPT2LMHeadModel`.
    pub name: String,
    /// Its shape; row-major.
    pub shape: Vec<usize>,
    /// Its place in the flat parameters.
    pub range: Range<usize>,
}

impl Tensor {
    /// Whether it is the matrix of a linear map (weights that decay), not an embedding, gain or bias.
    pub fn is_linear(&self) -> bool {
        self.shape.len() == 2 && !self.name.ends_with("wte.weight") && !self.name.ends_with("wpe.weight")
    }
}

/// A weight and the bias that goes with it (or a gain and its bias).
#[derive(Clone, Debug)]
pub(super) struct Affine {
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

/// The parameters of one block.
#[derive(Clone, Debug)]
pub(super) struct LayerLayout {
    pub norm1: Affine,
    pub attention: Affine,
    pub attention_out: Affine,
    pub norm2: Affine,
    pub expand: Affine,
    pub contract: Affine,
}

/// The layout of all parameters in one vector.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub tensors: Vec<Tensor>,
    pub token_embedding: Range<usize>,
    pub position_embedding: Range<usize>,
    pub layers: Vec<LayerLayout>,
    pub final_norm: Affine,
    pub total: usize,
}

/// Bounds that keep every size far from overflow; well above the sizes that fit into memory.
const LIMITS: [(&str, usize); 5] =
    [("vocabulary", 1 << 20), ("context", 1 << 20), ("layers", 1 << 10), ("heads", 1 << 10), ("width", 1 << 14)];

impl Layout {
    pub fn new(config: &Config) -> Result<Self, ModelError> {
        let values = [config.vocabulary, config.context, config.layers, config.heads, config.width];
        for ((name, limit), value) in LIMITS.into_iter().zip(values) {
            if value == 0 || value > limit {
                return Err(ModelError::Dimension(name, limit));
            }
        }
        if !config.width.is_multiple_of(config.heads) {
            return Err(ModelError::Heads { width: config.width, heads: config.heads });
        }
        let width = config.width;
        let mut builder = Builder { tensors: Vec::new(), total: 0 };
        let token_embedding = builder.tensor("transformer.wte.weight", &[config.vocabulary, width]);
        let position_embedding = builder.tensor("transformer.wpe.weight", &[config.context, width]);
        let layers = (0..config.layers)
            .map(|l| {
                let mut part = |name: &str, input: Option<usize>, output| {
                    builder.affine(&format!("transformer.h.{l}.{name}"), input, output)
                };
                LayerLayout {
                    norm1: part("ln_1", None, width),
                    attention: part("attn.c_attn", Some(width), 3 * width),
                    attention_out: part("attn.c_proj", Some(width), width),
                    norm2: part("ln_2", None, width),
                    expand: part("mlp.c_fc", Some(width), 4 * width),
                    contract: part("mlp.c_proj", Some(4 * width), width),
                }
            })
            .collect();
        let final_norm = builder.affine("transformer.ln_f", None, width);
        let Builder { tensors, total } = builder;
        Ok(Self { tensors, token_embedding, position_embedding, layers, final_norm, total })
    }
}

struct Builder {
    tensors: Vec<Tensor>,
    total: usize,
}

impl Builder {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Range<usize> {
        let range = self.total..self.total + shape.iter().product::<usize>();
        self.total = range.end;
        self.tensors.push(Tensor { name: name.to_owned(), shape: shape.to_vec(), range: range.clone() });
        range
    }

    fn affine(&mut self, name: &str, input: Option<usize>, output: usize) -> Affine {
        let shape = input.map_or_else(|| vec![output], |input| vec![input, output]);
        let weight = self.tensor(&format!("{name}.weight"), &shape);
        let bias = self.tensor(&format!("{name}.bias"), &[output]);
        Affine { weight, bias }
    }
}
