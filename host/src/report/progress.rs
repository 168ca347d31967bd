//! How far the reading of a live cluster is, on a terminal. Files and pipes see nothing of it.

use crate::collect::live::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A line on standard error that is there while a cluster is read, and leaves nothing behind.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    objects: AtomicUsize,
}

/// Takes away a line that whoever drew it can no longer take away.
pub fn clear() {
    let mut err = std::io::stderr().lock();
    if err.is_terminal() {
        // A terminal that cannot be written to shows no line either.
        let _ = err.write_all(b"\r\x1b[2K");
    }
}

impl Bar {
    /// A line that is not there yet.
    pub fn new() -> Bar {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        // A fixed text, which is well-formed; were it not, the line would look otherwise.
        if let Ok(style) =
            ProgressStyle::with_template("reading the cluster: {pos} of {len} kinds, {msg}")
        {
            bar.set_style(style);
        }
        Bar {
            bar,
            objects: AtomicUsize::new(0),
        }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Bar::new()
    }
}

impl Progress for Bar {
    fn begin(&self, kinds: usize) {
        self.bar.set_length(kinds as u64);
        self.objects(0);
    }

    fn objects(&self, objects: usize) {
        let objects = self.objects.fetch_add(objects, Ordering::Relaxed) + objects;
        self.bar
            .set_message(format!("{objects} objects; Ctrl-C to stop"));
    }

    fn kind(&self) {
        self.bar.inc(1);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
