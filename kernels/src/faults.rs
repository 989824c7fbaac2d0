//! Faults of a device outside of any call. The library below runs all work of a device on a thread of its own,
//! catches what panics there, logs it and goes on, with memory that nothing was written to; here it is kept, and
//! whoever waits for the device next gets it as an error.

use crate::error::{self, Error};
use cubecl::device::DeviceId;
use std::sync::{Arc, Mutex, MutexGuard, Once};

/// Reports of a device's driver and panics of its thread: the first since somebody asked.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Option<Error>>>);

/// The devices whose threads are watched.
static WATCHED: Mutex<Vec<(DeviceId, Faults)>> = Mutex::new(Vec::new());

fn watched() -> MutexGuard<'static, Vec<(DeviceId, Faults)>> {
    WATCHED.lock().unwrap_or_else(|e| e.into_inner())
}

impl Faults {
    /// The faults of a device, the panics of its thread among them from now on.
    pub fn of(device: DeviceId) -> Self {
        watch_panics();
        let mut watched = watched();
        if let Some((_, faults)) = watched.iter().find(|(id, _)| *id == device) {
            return faults.clone();
        }
        let faults = Self::default();
        watched.push((device, faults.clone()));
        faults
    }

    /// Remembers a fault if it is the first: what follows is mostly its consequence.
    pub fn record(&self, error: Error) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(error);
    }

    /// The first fault since the last call.
    pub(crate) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).take()
    }
}

/// The device that the library's thread of this name drives: `DSU-TYPE-INDEX` or `DSD-TYPE-INDEX`.
fn device_of_thread(name: &str) -> Option<DeviceId> {
    let (kind, index) = name.strip_prefix("DSU-").or(name.strip_prefix("DSD-"))?.split_once('-')?;
    Some(DeviceId { type_id: kind.parse().ok()?, index_id: index.parse().ok()? })
}

/// From now on panics of watched devices' threads are recorded, and neither they nor those of guarded work are printed:
/// they come back as errors.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            let device = thread.name().and_then(device_of_thread);
            let faults = device.and_then(|d| watched().iter().find(|(id, _)| *id == d).map(|(_, f)| f.clone()));
            match faults {
                Some(faults) => faults.record(Error::reported(&error::panic_message(panic.payload()))),
                None if error::is_guarded() => (),
                None => previous(panic),
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_of_a_device_s_thread_are_its_faults() {
        let id = DeviceId { type_id: 900, index_id: 7 };
        let (faults, other) = (Faults::of(id), Faults::of(DeviceId { type_id: 900, index_id: 8 }));
        for message in ["CUDA_ERROR_OUT_OF_MEMORY", "the consequence"] {
            let thread = std::thread::Builder::new().name("DSD-900-7".to_owned());
            assert!(thread.spawn(move || panic!("{message}")).unwrap().join().is_err());
        }
        assert!(matches!(Faults::of(id).take(), Some(Error::OutOfMemory(_))));
        assert_eq!((faults.take(), other.take()), (None, None));
        for name in ["main", "DSD-1", "DSX-1-2", "DSU-a-2", "DSU-1-99999999"] {
            assert_eq!(device_of_thread(name), None, "{name}");
        }
    }
}
