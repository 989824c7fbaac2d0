//! Devices that a network can compute on, as `--device` names them: `auto`, `cpu`, `wgpu`, `wgpu:INDEX`, `cuda`,
//! `cuda:INDEX`.

#[cfg(feature = "gpu")]
pub use prover_gpu::Selector;

#[cfg(not(feature = "gpu"))]
pub use without::Selector;

/// In a build without GPU back ends: the names are understood, and the processor computes.
#[cfg(not(feature = "gpu"))]
mod without {
    use std::fmt;
    use std::str::FromStr;

    /// Where to compute, as a person says it.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Selector {
        /// The processor, as there is nothing else.
        #[default]
        Auto,
        /// The processor.
        Cpu,
        /// A device that this build cannot use: back end and index.
        Other(&'static str, Option<usize>),
    }

    /// A name that is not one of a device.
    #[derive(Debug, thiserror::Error, PartialEq, Eq)]
    #[error("unknown device `{0}`: expected auto, cpu, wgpu, wgpu:INDEX, cuda or cuda:INDEX")]
    pub struct UnknownDevice(String);

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
                ("wgpu", index) => Ok(Self::Other("wgpu", index)),
                ("cuda", index) => Ok(Self::Other("cuda", index)),
                _ => Err(unknown()),
            }
        }
    }

    impl fmt::Display for Selector {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Auto => f.write_str("auto"),
                Self::Cpu => f.write_str("cpu"),
                Self::Other(back_end, None) => f.write_str(back_end),
                Self::Other(back_end, Some(index)) => write!(f, "{back_end}:{index}"),
            }
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
