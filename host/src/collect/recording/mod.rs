//! Writes a cluster down as a snapshot file (`docs/snapshot-format.md`), which [`Dump`](super::Dump) reads.
//!
//! Objects are read page by page; the text of each goes to a private file at once, so what is in memory are names. When
//! everything is read, and what changed meanwhile was read again, the texts are copied in the order of the snapshot.
//! Values of Secrets are dropped while they are parsed, as for everybody else, so they reach neither file.

mod private;
mod spool;
mod write;

pub(super) use spool::Spool;

use super::{Cluster, CollectError, Collected, Origin};
use asogate_core::coverage::CoverageMap;
use asogate_core::selector::ReadSet;
use flate2::Compression;
use flate2::write::GzEncoder;
use private::PrivateFile;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What was written down.
#[derive(Debug)]
pub struct Recorded {
    /// How many objects.
    pub objects: usize,
    /// How completely each kind was read.
    pub coverage: CoverageMap,
    /// Where it comes from.
    pub origin: Origin,
    /// How many bytes the file has.
    pub bytes: u64,
}

/// Why there is no snapshot file.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The cluster could not be read.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// There is a file of that name.
    #[error("there is a file `{0}` already; name another one, or give --force to replace it")]
    Exists(String),
    /// The file could not be written.
    #[error("could not write `{path}`: {cause}")]
    Write {
        /// The file, as the user named it.
        path: String,
        /// What the system says.
        cause: io::Error,
    },
}

/// Removes what is not finished, before the process ends at once.
pub fn abandon() {
    private::abandon();
}

/// Reads a cluster with everything of each object, and writes it to `path`, packed with gzip if the name ends in `.gz`.
/// The file appears when it is whole, or not at all, and only its owner may read it. One that is there already is
/// replaced only with `force`.
///
/// # Errors
///
/// [`RecordError`] if the cluster could not be read at all, or the file not be written. What could be read only in part
/// is in the coverage, here and in the file.
pub fn record(
    cluster: &Cluster,
    mut read_set: ReadSet,
    namespaces: &BTreeSet<String>,
    path: &Path,
    force: bool,
) -> Result<Recorded, RecordError> {
    let shown = || path.display().to_string();
    let failed = |cause| RecordError::Write {
        path: shown(),
        cause,
    };
    // Said before the cluster is read, which can take minutes.
    if !force && path.symlink_metadata().is_ok() {
        return Err(RecordError::Exists(shown()));
    }
    read_set.record = true;
    let spool = Spool::create(path).map_err(failed)?;
    let (collected, spool) = cluster.record(read_set, namespaces, spool)?;
    let Collected { snapshot, origin } = collected;
    let mut texts = match spool {
        Some(spool) => spool.finish().map_err(failed)?,
        None => return Err(failed(io::Error::other("its texts are lost"))),
    };
    let file = PrivateFile::create(path, "new").map_err(failed)?;
    let mut out = BufWriter::new(file.file());
    if path.extension().is_some_and(|ending| ending == "gz") {
        let mut packed = GzEncoder::new(&mut out, Compression::default());
        write::snapshot(&mut packed, &snapshot, &origin, &mut texts).map_err(failed)?;
        packed.finish().map_err(failed)?;
    } else {
        write::snapshot(&mut out, &snapshot, &origin, &mut texts).map_err(failed)?;
    }
    out.flush().map_err(failed)?;
    drop(out);
    let bytes = file.file().metadata().map_err(failed)?.len();
    match file.persist(path, force) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !force => {
            return Err(RecordError::Exists(shown()));
        }
        persisted => persisted.map_err(failed)?,
    }
    Ok(Recorded {
        objects: snapshot.len(),
        coverage: snapshot.coverage().clone(),
        origin,
        bytes,
    })
}
