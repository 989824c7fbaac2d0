//! Which devices there are, and how to open one.

use crate::error::Error;

pub use prover_system::device::Selector;

/// A library that drives devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackEnd {
    /// wgpu.
    Wgpu,
    /// CUDA.
    Cuda,
}

/// A device that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The back end that drives it.
    pub back_end: BackEnd,
    /// Its index in the back end.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Kind of device and driver.
    pub driver: String,
    /// Whether the processor computes.
    pub software: bool,
    /// Bytes of memory of its own, where the driver tells.
    pub memory: Option<u64>,
    /// Bytes of the largest buffer.
    pub largest_buffer: u64,
    /// Bytes of shared memory a cube.
    pub shared_memory: u64,
    /// Units a cube.
    pub units: u32,
}

impl DeviceInfo {
    /// How `--device` names it.
    pub fn selector(&self) -> Selector {
        match self.back_end {
            BackEnd::Wgpu => Selector::Wgpu(Some(self.index)),
            BackEnd::Cuda => Selector::Cuda(Some(self.index)),
        }
    }
}

/// All devices of this build's back ends: those of CUDA first, then hardware before software. Never fails: a driver
/// that does not answer has no devices.
pub fn devices() -> Vec<DeviceInfo> {
    let mut all = Vec::new();
    #[cfg(feature = "cuda")]
    all.extend(cuda::devices());
    #[cfg(feature = "wgpu")]
    all.extend(wgpu_back_end::devices());
    all.sort_by_key(|d| d.software);
    all
}

/// The device that a selector means; `None` is the processor.
///
/// # Errors
/// [`Error`] if a device was named that this build or machine does not have.
pub fn select(selector: Selector) -> Result<Option<DeviceInfo>, Error> {
    select_from(&devices(), selector)
}

fn select_from(devices: &[DeviceInfo], selector: Selector) -> Result<Option<DeviceInfo>, Error> {
    let (back_end, index) = match selector {
        Selector::Cpu => return Ok(None),
        Selector::Auto => return Ok(devices.iter().find(|d| !d.software).cloned()),
        Selector::Wgpu(_) if !cfg!(feature = "wgpu") => return Err(Error::NotBuilt("wgpu")),
        Selector::Cuda(_) if !cfg!(feature = "cuda") => return Err(Error::NotBuilt("cuda")),
        Selector::Wgpu(index) => (BackEnd::Wgpu, index),
        Selector::Cuda(index) => (BackEnd::Cuda, index),
    };
    let mut those = devices.iter().filter(|d| d.back_end == back_end);
    let found = match index {
        Some(index) => those.find(|d| d.index == index),
        None => those.find(|d| !d.software),
    };
    match found {
        Some(device) => Ok(Some(device.clone())),
        None if index.is_none() && devices.iter().any(|d| d.back_end == back_end) => {
            Err(Error::Missing(format!("{selector} other than software (which has to be named with its index)")))
        }
        None => Err(Error::Missing(selector.to_string())),
    }
}

/// Devices of wgpu.
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu_back_end {
    use super::{BackEnd, DeviceInfo};
    use crate::context::{Context, Memory};
    use crate::error::{Error, guarded};
    use crate::faults::Faults;
    use cubecl::Runtime;
    use cubecl::device::Device;
    use cubecl::future::block_on;
    use cubecl::wgpu::{RuntimeOptions, WgpuRuntime, WgpuSetup, init_device};
    use std::sync::Arc;

    /// The graphics interfaces that have compute shaders to speak of.
    fn back_ends() -> wgpu::Backends {
        wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12
    }

    fn adapters() -> (wgpu::Instance, Vec<wgpu::Adapter>) {
        let descriptor = wgpu::InstanceDescriptor {
            backends: back_ends(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        };
        let instance = wgpu::Instance::new(descriptor);
        let mut adapters = block_on(instance.enumerate_adapters(back_ends()));
        adapters.sort_by_key(|a| match a.get_info().device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        });
        (instance, adapters)
    }

    /// The largest heap of the device's own memory, which WebGPU does not tell but Vulkan below it does.
    fn memory(adapter: &wgpu::Adapter) -> Option<u64> {
        // SAFETY: the adapter is alive, and nothing is done with it but to ask for properties.
        let properties = unsafe {
            let vulkan = adapter.as_hal::<wgpu::hal::api::Vulkan>()?;
            let device = vulkan.raw_physical_device();
            vulkan.shared_instance().raw_instance().get_physical_device_memory_properties(device)
        };
        const DEVICE_LOCAL: u32 = 1;
        let heaps = &properties.memory_heaps[..properties.memory_heap_count as usize];
        heaps.iter().filter(|h| h.flags.as_raw() & DEVICE_LOCAL != 0).map(|h| h.size).max()
    }

    fn info(index: usize, adapter: &wgpu::Adapter) -> DeviceInfo {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        DeviceInfo {
            back_end: BackEnd::Wgpu,
            index,
            driver: format!("{:?}, {} {}", info.backend, info.driver, info.driver_info).trim().to_owned(),
            name: info.name,
            software: info.device_type == wgpu::DeviceType::Cpu,
            memory: memory(adapter),
            largest_buffer: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            shared_memory: u64::from(limits.max_compute_workgroup_storage_size),
            units: limits.max_compute_invocations_per_workgroup,
        }
    }

    pub fn devices() -> Vec<DeviceInfo> {
        let all = guarded(|| {
            let (_instance, adapters) = adapters();
            Ok(adapters.iter().enumerate().map(|(i, a)| info(i, a)).collect())
        });
        all.unwrap_or_default()
    }

    /// Opens the device of an index with all that it has. The driver's later reports go to the context instead of a
    /// panic.
    pub fn open(index: usize) -> Result<Context<WgpuRuntime>, Error> {
        open_with(index, |adapter| {
            let without = wgpu::Features::MAPPABLE_PRIMARY_BUFFERS | wgpu::Features::all_experimental_mask();
            (adapter.features() - without, adapter.limits())
        })
    }

    /// Opens the device of an index with some of its features and limits.
    pub fn open_with(
        index: usize,
        of: impl Fn(&wgpu::Adapter) -> (wgpu::Features, wgpu::Limits),
    ) -> Result<Context<WgpuRuntime>, Error> {
        let context = guarded(|| {
            crate::cache::settle();
            let (instance, adapters) = adapters();
            let adapter = adapters.into_iter().nth(index).ok_or_else(|| Error::Missing(format!("wgpu:{index}")))?;
            let (required_features, required_limits) = of(&adapter);
            let descriptor = wgpu::DeviceDescriptor {
                label: None,
                required_features,
                required_limits,
                memory_hints: wgpu::MemoryHints::MemoryUsage,
                trace: wgpu::Trace::Off,
                experimental_features: wgpu::ExperimentalFeatures::disabled(),
            };
            let (device, queue) =
                block_on(adapter.request_device(&descriptor)).map_err(|e| Error::reported(&e.to_string()))?;
            let memory = memory(&adapter).map_or(Memory::Unknown, Memory::Total);
            let (backend, kind) = (adapter.get_info().backend, adapter.get_info().device_type);
            let setup = WgpuSetup { instance, adapter, device: device.clone(), queue, backend };
            let id = init_device(setup, RuntimeOptions::default());
            let faults = Faults::of(id.to_id());
            let reports = faults.clone();
            device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
                reports.record(match error {
                    wgpu::Error::OutOfMemory { source } => Error::OutOfMemory(source.to_string()),
                    other => Error::reported(&other.to_string()),
                });
            }));
            let reports = faults.clone();
            device.set_device_lost_callback(move |reason, message| {
                if reason != wgpu::DeviceLostReason::Destroyed {
                    reports.record(Error::Fault(format!("the device was lost: {message}")));
                }
            });
            let context = Context::new(WgpuRuntime::client(&id), faults);
            Ok(context.with_memory(memory).with_library(kind != wgpu::DeviceType::Cpu))
        })?;
        context.probe()?;
        Ok(context)
    }
}

/// Devices of CUDA.
#[cfg(feature = "cuda")]
pub(crate) mod cuda {
    use super::{BackEnd, DeviceInfo};
    use crate::context::{Context, Memory};
    use crate::error::{Error, guarded};
    use crate::faults::Faults;
    use cubecl::Runtime;
    use cubecl::cuda::install::cuda_path;
    use cubecl::cuda::{CudaDevice, CudaRuntime};
    use cubecl::device::Device;
    use cudarc::driver::{result, sys};

    fn number(device: sys::CUdevice, attribute: sys::CUdevice_attribute) -> u64 {
        // SAFETY: the device is one that the driver gave.
        unsafe { result::device::get_attribute(device, attribute) }.map_or(0, |n| n.max(0) as u64)
    }

    fn info(index: usize) -> Option<DeviceInfo> {
        use sys::CUdevice_attribute as Attribute;
        let device = result::device::get(index as i32).ok()?;
        // SAFETY: the device is one that the driver gave.
        let memory = unsafe { result::device::total_mem(device) }.ok()? as u64;
        let major = number(device, Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        let minor = number(device, Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        Some(DeviceInfo {
            back_end: BackEnd::Cuda,
            index,
            name: result::device::get_name(device).ok()?,
            driver: format!("CUDA, compute capability {major}.{minor}"),
            software: false,
            memory: Some(memory),
            largest_buffer: memory / 4,
            shared_memory: number(device, Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
            units: number(device, Attribute::CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK) as u32,
        })
    }

    /// The kinds of devices in a word: code for one is nothing to another.
    pub fn kinds() -> String {
        let mut kinds: Vec<String> = devices().into_iter().map(|device| device.driver).collect();
        kinds.sort();
        kinds.dedup();
        kinds.concat().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect()
    }

    pub fn devices() -> Vec<DeviceInfo> {
        let all = guarded(|| {
            // SAFETY: only looks whether the driver's library can be loaded.
            if !unsafe { sys::is_culib_present() } || result::init().is_err() {
                return Ok(Vec::new());
            }
            let count = result::device::get_count().unwrap_or(0).max(0) as usize;
            Ok((0..count).filter_map(info).collect())
        });
        all.unwrap_or_default()
    }

    /// Checks that the compiler of kernels is there: without it the library panics at the first launch.
    fn check_compiler() -> Result<(), Error> {
        // SAFETY: only looks whether the library can be loaded.
        if !unsafe { cudarc::nvrtc::sys::is_culib_present() } {
            return Err(Error::Missing("compiler: NVRTC (libnvrtc) is not to be found (LD_LIBRARY_PATH)".to_owned()));
        }
        let header = cuda_path().map(|path| path.join("include").join("cuda_runtime.h"));
        if !header.is_some_and(|header| header.exists()) {
            let what = "header: include/cuda_runtime.h of the CUDA toolkit is not to be found (CUDA_PATH)";
            return Err(Error::Missing(what.to_owned()));
        }
        Ok(())
    }

    /// Opens the device of an index.
    pub fn open(index: usize) -> Result<Context<CudaRuntime>, Error> {
        // The library panics on a missing device, on a thread of its own: looked for before.
        if !devices().iter().any(|d| d.index == index) {
            return Err(Error::Missing(format!("cuda:{index}")));
        }
        guarded(check_compiler)?;
        guarded(|| {
            crate::cache::settle();
            Ok(())
        })?;
        let device = CudaDevice::new(index);
        let faults = Faults::of(device.to_id());
        let opened = guarded(|| Ok(Context::new(CudaRuntime::client(&device), faults.clone())));
        // What the device's thread died of says more than that it did.
        let context = opened.map_err(|error| faults.take().unwrap_or(error))?;
        let context = context.with_memory(Memory::Driver(|| result::mem_get_info().ok().map(|(free, _)| free as u64)));
        context.probe()?;
        Ok(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(back_end: BackEnd, index: usize, software: bool) -> DeviceInfo {
        DeviceInfo {
            back_end,
            index,
            name: format!("{back_end:?} {index}"),
            driver: String::new(),
            software,
            memory: None,
            largest_buffer: 1 << 30,
            shared_memory: 1 << 15,
            units: 256,
        }
    }

    #[test]
    fn software_is_chosen_only_by_name() {
        let software = [device(BackEnd::Wgpu, 0, true)];
        assert_eq!(select_from(&software, Selector::Auto), Ok(None));
        assert_eq!(select_from(&software, Selector::Cpu), Ok(None));
        assert_eq!(select_from(&[], Selector::Auto), Ok(None));
        let wgpu = Selector::Wgpu(None);
        if cfg!(feature = "wgpu") {
            assert!(matches!(select_from(&software, wgpu), Err(Error::Missing(_))));
            assert_eq!(select_from(&software, Selector::Wgpu(Some(0))), Ok(Some(software[0].clone())));
            assert_eq!(select_from(&software, Selector::Wgpu(Some(7))), Err(Error::Missing("wgpu:7".to_owned())));
            let both = [device(BackEnd::Wgpu, 0, false), device(BackEnd::Wgpu, 1, true)];
            assert_eq!(select_from(&both, Selector::Auto), Ok(Some(both[0].clone())));
            assert_eq!(select_from(&both, wgpu), Ok(Some(both[0].clone())));
        } else {
            assert_eq!(select_from(&software, wgpu), Err(Error::NotBuilt("wgpu")));
        }
        if !cfg!(feature = "cuda") {
            assert_eq!(select_from(&software, Selector::Cuda(None)), Err(Error::NotBuilt("cuda")));
        }
    }

    #[test]
    fn devices_can_be_listed_on_any_machine() {
        for device in devices() {
            assert!(!device.name.is_empty() && device.units > 0);
            assert!(select(device.selector()).unwrap() == Some(device));
        }
    }
}
