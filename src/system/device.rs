//! Devices that a network can compute on, as `--device` names them: `auto`, `cpu`, `wgpu`, `wgpu:INDEX`, `cuda`,
//! `cuda:INDEX`. The names are understood in all builds; in one without GPU back ends the processor computes.

use std::fmt;
use std::str::FromStr;

/// A name that is not one of a device.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown device `{0}`: expected auto, cpu, wgpu, wgpu:INDEX, cuda or cuda:INDEX")]
pub struct UnknownDevice(String);

/// A device as a person selects it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selector {
    /// The first hardware device, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// A device of wgpu: the first hardware one, or that of an index, which may be a software one.
    Wgpu(Option<usize>),
    /// A device of CUDA, the first one or that of an index.
    Cuda(Option<usize>),
}

impl FromStr for Selector {
    type Err = UnknownDevice;

    fn from_str(name: &str) -> Result<Self, UnknownDevice> {
        let unknown = || UnknownDevice(name.to_owned());
        let (back_end, index) = match name.split_once(':') {
            None => (name, None),
            Some((back_end, index)) => (back_end, Some(index.parse().map_err(|_| unknown())?)),
        };
        match (back_end, index) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("wgpu", index) => Ok(Self::Wgpu(index)),
            ("cuda", index) => Ok(Self::Cuda(index)),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Wgpu(None) => f.write_str("wgpu"),
            Self::Cuda(None) => f.write_str("cuda"),
            Self::Wgpu(Some(index)) => write!(f, "wgpu:{index}"),
            Self::Cuda(Some(index)) => write!(f, "cuda:{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Selector;

    #[test]
    fn names_of_devices_are_the_same_in_all_builds() {
        for name in ["auto", "cpu", "wgpu", "wgpu:0", "cuda", "cuda:3"] {
            assert_eq!(name.parse::<Selector>().unwrap().to_string(), name);
        }
        for name in ["", "gpu", "wgpu:", "wgpu:x", "wgpu:-1", "cpu:0", "auto:1", "cuda:1:2", "WGPU"] {
            let error = name.parse::<Selector>().unwrap_err();
            assert!(error.to_string().contains("expected auto, cpu"), "{error}");
        }
    }
}
