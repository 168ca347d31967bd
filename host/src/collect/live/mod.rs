//! A live cluster into a snapshot.
//!
//! Only kinds that somebody asks for are listed, page by page and several at once, each page at once into the columns of
//! the snapshot: what is in memory is the columns, and one page of each list that is under way. What could not be read is
//! said in the coverage of its kind, with why and what to do.
//!
//! # What a snapshot of a live cluster guarantees
//!
//! Each list is one moment of its kind. When all lists have been read, each that is complete is compared with the cluster
//! once more, by a list of metadata; objects that are new or have changed are read again, and those that are gone are
//! taken out. So every object is as it was at some moment after all lists had been read, or later. If nothing had
//! changed (`readAgain` is 0), the snapshot is the cluster as it was at the moment between the two passes. If something
//! had, objects that change at the same time may still be seen in an order that never was; what a plan changes is bound
//! by preconditions anyway.
//!
//! This folder is the only place that waits for anything; everything after the snapshot is ordinary functions.

mod again;
mod client;
mod discovery;
mod gather;
mod kubeconfig;
mod lists;
mod metadata;
mod namespaces;
mod pod;
mod proxy;
mod request;
mod rule;
mod target;
mod trouble;

pub use discovery::{PickVersion, Resource};
pub use pod::Pod;
pub use proxy::Proxies;
pub use request::Patience;
pub use rule::{Rights, Rule};
pub use target::{Names, Target, TargetError};
pub use trouble::{Said, Trouble};

use super::loader::Loader;
use super::recording::Spool;
use super::{Collected, Origin};
use asogate_core::selector::ReadSet;
use request::{Api, Buffers};
use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZero;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How a cluster is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The time for one request; none for as long as it takes.
    pub timeout: Option<Duration>,
    /// How often requests are repeated.
    pub patience: Patience,
    /// Most objects of one page.
    pub page: usize,
    /// How many lists are read at the same time.
    pub at_once: usize,
    /// Of Secrets, only the metadata is read: no key, no emptiness, no class of a value.
    pub secrets_as_metadata: bool,
    /// In which version kinds are read.
    pub pick: PickVersion,
}

impl Reading {
    /// The usual way. `pick` knows the versions of the kinds whose preferred version is not the one to read.
    pub fn new(pick: PickVersion) -> Reading {
        Reading {
            timeout: Some(Duration::from_secs(60)),
            patience: Patience::default(),
            page: lists::PAGE,
            at_once: 8,
            secrets_as_metadata: false,
            pick,
        }
    }
}

/// Told how far the reading is.
pub trait Progress {
    /// Reading begins, of so many kinds.
    fn begin(&self, kinds: usize);
    /// So many more objects were read.
    fn objects(&self, objects: usize);
    /// One more kind was read.
    fn kind(&self);
    /// Reading is over.
    fn end(&self);
}

/// A cluster that is there.
pub struct Live {
    /// Taken when it ends, and not before.
    runtime: Option<Runtime>,
    api: Api,
    reading: Reading,
    progress: Box<dyn Progress>,
    /// Its context and address, for people.
    name: String,
    /// The same with the proxy that leads to it, for who looks for what is wrong.
    place: String,
}

impl fmt::Debug for Live {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Live({})", self.name)
    }
}

/// Why nothing of a cluster could be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read the cluster of {place}: {trouble}")]
pub struct LiveError {
    /// The context and address.
    pub place: String,
    /// What went wrong.
    pub trouble: Trouble,
}

/// Chooses the one cryptography that connections use. To be called before anything else, once.
pub fn choose_cryptography() {
    // It fails only if one is chosen already, and there is no other in the program.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// How many threads wait for answers and parse them. More than a few would wait for the server.
fn workers() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    processors.clamp(2, 4)
}

impl Live {
    /// Finds the cluster. Nothing is asked of it yet. When the user interrupts the program, `interrupted` is called, now
    /// and as long as the process lives.
    ///
    /// # Errors
    ///
    /// [`TargetError`] if it is not clear which cluster is meant, or as whom.
    pub fn open(
        target: &Target,
        reading: Reading,
        progress: Box<dyn Progress>,
        interrupted: fn(),
    ) -> Result<Live, TargetError> {
        choose_cryptography();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers())
            .enable_all()
            .build()
            .map_err(|error| TargetError::Unusable {
                place: "this machine".into(),
                cause: error.to_string(),
            })?;
        runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                interrupted();
            }
        });
        let (client, name, place) = runtime.block_on(async {
            let found = target.find().await?;
            let name = format!("{} at {}", found.place, found.server());
            let place = format!("{name}{}", found.way());
            Ok((found.client()?, name, place))
        })?;
        let api = Api {
            client,
            timeout: reading.timeout,
            patience: reading.patience.clone(),
            buffers: Buffers::default(),
        };
        Ok(Live {
            runtime: Some(runtime),
            api,
            reading,
            progress,
            name,
            place,
        })
    }

    /// Its context and address, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads what `read_set` asks for; kinds that may not be listed in the whole cluster, at least in `namespaces`.
    ///
    /// # Errors
    ///
    /// [`LiveError`] if the cluster does not answer, or nothing of it may be read. What could be read only in part is in
    /// the coverage.
    pub fn read(
        &self,
        read_set: ReadSet,
        namespaces: &BTreeSet<String>,
    ) -> Result<Collected, LiveError> {
        let (loader, origin) = self.gather(Loader::live(read_set), namespaces)?;
        Ok(Collected {
            snapshot: loader.finish_live(),
            origin,
        })
    }

    /// Reads what `read_set` asks for with everything of each object, whose texts go into the spool.
    ///
    /// # Errors
    ///
    /// As [`Live::read`].
    pub(super) fn record(
        &self,
        read_set: ReadSet,
        namespaces: &BTreeSet<String>,
        spool: Spool,
    ) -> Result<(Collected, Option<Spool>), LiveError> {
        let loader = Loader::recording(read_set, spool);
        let (mut loader, origin) = self.gather(loader, namespaces)?;
        let spool = loader.take_spool();
        let snapshot = loader.finish_live();
        Ok((Collected { snapshot, origin }, spool))
    }

    fn gather(
        &self,
        loader: Loader,
        namespaces: &BTreeSet<String>,
    ) -> Result<(Loader, Origin), LiveError> {
        let progress = &*self.progress;
        let gather = gather::gather(&self.api, &self.reading, progress, loader, namespaces);
        let gathered = self.wait(gather);
        self.api.buffers.give_up();
        progress.end();
        let gathered = gathered.map_err(|trouble| self.error(trouble))?;
        let origin = Origin {
            sources: vec![self.name.clone()],
            cluster: Some(self.name.clone()),
            moment: Some(gathered.moment),
            missing_rules: gathered.missing_rules,
        };
        Ok((gathered.loader, origin))
    }

    /// The rights that reading what `read_set` asks for takes, of what the cluster serves now.
    ///
    /// # Errors
    ///
    /// As [`Live::read`].
    pub fn rights(&self, read_set: &ReadSet) -> Result<Rights, LiveError> {
        let patterns = read_set.kinds();
        let asked = gather::asked(&self.api, &patterns, self.reading.pick);
        let served = self.wait(asked).map_err(|trouble| self.error(trouble))?;
        Ok(Rights {
            rules: Rule::listing_all(gather::wanted(&served, &patterns)),
            unknown: served.failed,
        })
    }

    #[expect(clippy::expect_used, reason = "the runtime is taken by `drop` only")]
    fn wait<F: Future>(&self, work: F) -> F::Output {
        let runtime = self.runtime.as_ref().expect("a runtime until the end");
        runtime.block_on(work)
    }

    fn error(&self, trouble: Trouble) -> LiveError {
        LiveError {
            place: self.place.clone(),
            trouble,
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // A name that is being looked up, or a plugin that runs, must not hold up the end of the program.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
