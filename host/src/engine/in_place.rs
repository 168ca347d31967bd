//! Runs the native code of this binary where it lies.
//!
//! Wasmtime copies code that it is handed, and makes the copy executable. The built-ins have some 10 MiB of code, of which
//! a run on a small cluster executes a tenth, and copying was most of the time from the start of the process to its verdict.
//! Linux has mapped the binary already and reads a page of it when it is first touched; all that is missing is the
//! permission to execute.
//!
//! Only on Linux and x86-64. Elsewhere code is copied, as on ARM, where more has to be done before new code may run.

use std::ptr::NonNull;
use wasmtime::Config;

/// Memory that begins at a page. Nothing else lies in its pages.
#[allow(
    dead_code,
    reason = "only builds that embed native code have some, and tests"
)]
#[repr(C, align(4096))]
pub(super) struct Pages<T: ?Sized>(pub(super) T);

/// Lets an engine of this configuration run code in place.
pub(super) fn allow(config: &mut Config) {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    config.with_custom_code_memory(Some(std::sync::Arc::new(linux::Memory)));
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    let _ = config;
}

/// Code of this binary that may be run in place: once in a process, because nobody may change what somebody else runs.
pub(super) fn claim(code: &'static [u8]) -> Option<NonNull<[u8]>> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return linux::claim(code);
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    {
        let _ = code;
        None
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux {
    use rustix::mm::{MprotectFlags, mprotect};
    use std::collections::BTreeSet;
    use std::ptr::NonNull;
    use std::sync::{Mutex, PoisonError};
    use wasmtime::CustomCodeMemory;

    const PAGE: usize = 4096;

    /// The beginnings of all code that is run in place.
    static CLAIMED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

    pub(super) fn claim(code: &'static [u8]) -> Option<NonNull<[u8]>> {
        let address = code.as_ptr().addr();
        let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
        (address.is_multiple_of(PAGE) && claimed.insert(address)).then(|| NonNull::from(code))
    }

    /// Permissions of the pages that hold code: read and execute, once and for good.
    pub(super) struct Memory;

    impl CustomCodeMemory for Memory {
        fn required_alignment(&self) -> usize {
            PAGE
        }

        fn publish_executable(&self, code: *const u8, length: usize) -> wasmtime::Result<()> {
            let flags = MprotectFlags::READ | MprotectFlags::EXEC;
            #[expect(
                unsafe_code,
                reason = "wasmtime hands over pages that hold nothing but this code: its own copy, or pages of this binary that \
                          were claimed for it; nobody writes to either"
            )]
            unsafe {
                mprotect(code.cast_mut().cast(), length, flags)?;
            }
            Ok(())
        }

        fn unpublish_executable(&self, _code: *const u8, _length: usize) -> wasmtime::Result<()> {
            // A copy is unmapped next, and the binary is not written to.
            Ok(())
        }
    }
}
