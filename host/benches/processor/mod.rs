//! Processor time, which the load of a shared machine changes less than time.

use std::time::Duration;

/// Whose time.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "each benchmark asks for one of them")]
pub(crate) enum Whose {
    /// That of this process, of all its threads.
    Own,
    /// That of all processes that this one started and that have ended.
    Children,
}

/// The processor time so far, the system's for it included; nothing where the system does not tell.
#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "the standard library does not tell what a process took"
)]
pub(crate) fn time(whose: Whose) -> Duration {
    let who = match whose {
        Whose::Own => libc::RUSAGE_SELF,
        Whose::Children => libc::RUSAGE_CHILDREN,
    };
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a `rusage`, of which every pattern of bits is one.
    let usage = unsafe {
        libc::getrusage(who, usage.as_mut_ptr());
        usage.assume_init()
    };
    let duration = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
    };
    duration(usage.ru_utime) + duration(usage.ru_stime)
}

/// The processor time so far, the system's for it included; nothing where the system does not tell.
#[cfg(not(unix))]
pub(crate) fn time(_: Whose) -> Duration {
    Duration::ZERO
}
