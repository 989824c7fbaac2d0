//! Sizes of a model, where its parameters lie, and what memory it takes.

use crate::context::ALIGNMENT;
use crate::error::Error;
use crate::reduce::CHUNK;
use std::fmt;
use std::ops::Range;

/// The shapes of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Number of tokens.
    pub vocabulary: usize,
    /// Number of positions.
    pub context: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads a block.
    pub heads: usize,
    /// Width of the residual stream; the feed-forward part is four times as wide inside.
    pub width: usize,
}

/// A parameter: its place in the host's flat vector, and on the device, where each starts at an aligned place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub host: Range<usize>,
    pub device: usize,
    /// Whether it is the matrix of a linear map, which decays.
    pub linear: bool,
    /// Where the sums of columns that are its gradient begin among all such sums; only of vectors.
    pub sums: usize,
}

impl Place {
    pub fn len(&self) -> usize {
        self.host.len()
    }
}

/// A weight and its bias, or a gain and its bias.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    pub weight: Place,
    pub bias: Place,
}

#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub norm1: Affine,
    pub attention: Affine,
    pub attention_out: Affine,
    pub norm2: Affine,
    pub expand: Affine,
    pub contract: Affine,
}

/// Where all parameters lie: in the order of `GPT2LMHeadModel`'s state.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub tokens: Place,
    pub positions: Place,
    pub layers: Vec<Layer>,
    pub final_norm: Affine,
    /// Number of parameters.
    pub host: usize,
    /// Number of places on the device.
    pub device: usize,
    /// Number of sums of columns that are gradients.
    pub sums: usize,
    places: Vec<Place>,
}

impl Layout {
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { vocabulary, context, layers, heads, width } = *config;
        let positive = [vocabulary, context, layers, heads, width].iter().all(|&n| n > 0 && n <= 1 << 20);
        if !positive || !width.is_multiple_of(heads) || width > 1 << 14 {
            return Err(Error::Shape(format!("impossible model: {config:?}")));
        }
        let mut builder = Builder { places: Vec::new(), host: 0, device: 0, sums: 0 };
        let tokens = builder.place(vocabulary * width, false, false);
        let positions = builder.place(context * width, false, false);
        let layers = (0..layers)
            .map(|_| Layer {
                norm1: builder.affine(width, width, false),
                attention: builder.affine(3 * width * width, 3 * width, true),
                attention_out: builder.affine(width * width, width, true),
                norm2: builder.affine(width, width, false),
                expand: builder.affine(4 * width * width, 4 * width, true),
                contract: builder.affine(4 * width * width, width, true),
            })
            .collect();
        let final_norm = builder.affine(width, width, false);
        let Builder { places, host, device, sums } = builder;
        Ok(Self { tokens, positions, layers, final_norm, host, device, sums, places })
    }

    /// The host's vector as it lies on the device, 0 between the parameters.
    pub fn pad(&self, flat: &[f32]) -> Vec<f32> {
        let mut padded = vec![0.0; self.device];
        for place in &self.places {
            padded[place.device..place.device + place.len()].copy_from_slice(&flat[place.host.clone()]);
        }
        padded
    }

    /// The way back.
    pub fn unpad(&self, padded: &[f32]) -> Vec<f32> {
        let mut flat = Vec::with_capacity(self.host);
        for place in &self.places {
            flat.extend_from_slice(&padded[place.device..place.device + place.len()]);
        }
        flat
    }

    /// The places on the device of the gradients that are sums of columns, in the order of the sums.
    pub fn destinations(&self) -> Vec<u32> {
        let mut destinations = Vec::with_capacity(self.sums);
        // Of matrices `sums` is where the next vector's begin.
        for (place, next) in self.places.iter().zip(self.places.iter().skip(1).map(|p| p.sums).chain([self.sums])) {
            if next > place.sums {
                destinations.extend((place.device..place.device + place.len()).map(|at| at as u32));
            }
        }
        destinations
    }

    /// For each aligned block of the device's parameters 1 if it decays.
    pub fn decays(&self) -> Vec<f32> {
        let mut decays = vec![0.0; self.device / ALIGNMENT];
        for place in self.places.iter().filter(|p| p.linear) {
            decays[place.device / ALIGNMENT..(place.device + place.len()).div_ceil(ALIGNMENT)].fill(1.0);
        }
        decays
    }
}

struct Builder {
    places: Vec<Place>,
    host: usize,
    device: usize,
    sums: usize,
}

impl Builder {
    fn place(&mut self, length: usize, linear: bool, vector: bool) -> Place {
        let place = Place { host: self.host..self.host + length, device: self.device, linear, sums: self.sums };
        self.host += length;
        self.device += length.next_multiple_of(ALIGNMENT);
        self.sums += if vector { length } else { 0 };
        self.places.push(place.clone());
        place
    }

    fn affine(&mut self, weight: usize, bias: usize, linear: bool) -> Affine {
        Affine { weight: self.place(weight, linear, !linear), bias: self.place(bias, false, true) }
    }
}

/// Bytes of device memory that a model and a batch take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// Parameters in `f32`, and rounded ones beside them for 16-bit types.
    pub parameters: u64,
    /// Gradient and the optimiser's two running means.
    pub training: u64,
    /// Activations, which training keeps for the way back.
    pub activations: u64,
    /// Logits and their gradient.
    pub logits: u64,
}

impl MemoryPlan {
    /// Memory that `rows` rows with `targets` targets take in a model; `bytes` is the size of a stored activation (4 or
    /// 2).
    ///
    /// # Errors
    /// [`Error::Shape`] of an impossible model.
    pub fn new(config: &Config, rows: usize, targets: usize, bytes: usize, training: bool) -> Result<Self, Error> {
        let layout = Layout::new(config)?;
        let parameters = layout.device as u64;
        let (rows, targets, width) = (rows as u64, targets as u64, config.width as u64);
        let (bytes, heads) = (bytes as u64, config.heads as u64);
        // A block: normalised twice, queries, keys and values, attended, before and after GELU; in f32 two streams,
        // means, deviations, normalisers.
        let block = rows * (bytes * (2 + 3 + 1 + 8) * width + 4 * (2 * width + 4 + 2 * heads));
        // On the way: two products in f32; on the way back the streams of gradients, and partial sums of columns.
        let passing = rows * width * (4 * 2 + if training { 8 + 6 * bytes } else { 0 });
        let sums = if training { 4 * rows.div_ceil(CHUNK as u64) * layout.sums as u64 } else { 0 };
        let blocks = if training { config.layers as u64 } else { 1 };
        Ok(Self {
            parameters: parameters * if bytes == 4 { 4 } else { 4 + bytes },
            training: if training { 3 * 4 * parameters } else { 0 },
            activations: blocks * block + passing + sums,
            logits: if training { targets * (config.vocabulary as u64 * (4 + bytes) + width * (4 + bytes)) } else { 0 },
        })
    }

    /// All together.
    pub fn total(&self) -> u64 {
        self.parameters + self.training + self.activations + self.logits
    }
}

impl fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        write!(
            f,
            "{:.1} MiB: parameters {:.1}, gradient and optimiser {:.1}, activations {:.1}, logits {:.1}",
            mib(self.total()),
            mib(self.parameters),
            mib(self.training),
            mib(self.activations),
            mib(self.logits)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_go_there_and_back() {
        let config = Config { vocabulary: 11, context: 7, layers: 2, heads: 3, width: 9 };
        let layout = Layout::new(&config).unwrap();
        let width = 9;
        let block = 2 * 2 * width + 12 * width * width + (3 + 1 + 4 + 1) * width;
        assert_eq!(layout.host, (11 + 7) * width + 2 * block + 2 * width);
        let flat: Vec<f32> = (0..layout.host).map(|i| i as f32).collect();
        assert_eq!(layout.unpad(&layout.pad(&flat)), flat);
        let destinations = layout.destinations();
        assert_eq!(destinations.len(), layout.sums);
        assert_eq!(layout.sums, 2 * 13 * width + 2 * width);
        let bias = &layout.layers[1].expand.bias;
        let places: Vec<u32> = (bias.device..bias.device + bias.len()).map(|at| at as u32).collect();
        assert_eq!(destinations[bias.sums..bias.sums + bias.len()], places);
        let decays = layout.decays();
        let linear: usize = layout.places.iter().filter(|p| p.linear).map(|p| p.len().div_ceil(ALIGNMENT)).sum();
        assert_eq!(decays.iter().sum::<f32>() as usize, linear);
        assert!(Layout::new(&Config { heads: 2, ..config.clone() }).is_err());
        assert!(Layout::new(&Config { layers: 0, ..config }).is_err());
    }

    #[test]
    fn training_takes_more_memory_and_rows_count() {
        let config = Config { vocabulary: 300, context: 64, layers: 4, heads: 4, width: 64 };
        let plan = |rows, bytes, training| MemoryPlan::new(&config, rows, rows, bytes, training).unwrap().total();
        assert!(plan(100, 4, true) > plan(100, 4, false) && plan(200, 4, true) > plan(100, 4, true));
        assert!(plan(1 << 14, 2, true) < plan(1 << 14, 4, true));
    }
}
