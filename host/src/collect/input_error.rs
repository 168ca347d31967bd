//! What can be wrong with what the user gives us to read. Every message says what, where and what to do.

use super::yaml::Fault;
use asogate_core::change::Position;
use asogate_core::object::ObjectKey;
use std::io;

/// Why files or manifests could not be read. Paths are shown as the user named them.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The operating system refuses.
    #[error("could not open `{path}`: {cause}")]
    Open {
        /// The path.
        path: String,
        /// What the operating system says.
        cause: io::Error,
    },
    /// Reading fails after opening.
    #[error("could not read `{path}`: {cause}")]
    Read {
        /// The path.
        path: String,
        /// What the operating system says.
        cause: io::Error,
    },
    /// A path or link leads out of the folder that was named.
    #[error(
        "could not open `{path}`: it leads out of the folder `{folder}`, and only what is in a named folder is read; name the file that it leads to instead"
    )]
    LeavesFolder {
        /// The path.
        path: String,
        /// The folder.
        folder: String,
    },
    /// A pipe, device, socket.
    #[error("could not read `{path}`: it is not a regular file; pipe its contents in and name `-`")]
    NotRegular {
        /// The path.
        path: String,
    },
    /// A link to a folder, found below a folder.
    #[error(
        "could not read `{path}`: it is a link to a folder, which could lead in a circle; name that folder itself"
    )]
    LinkedFolder {
        /// The path.
        path: String,
    },
    /// A file changed between opening and the end of reading.
    #[error(
        "could not read `{path}`: it changed while it was read; try again when nothing writes to it"
    )]
    Changed {
        /// The path.
        path: String,
    },
    /// A file is too big.
    #[error(
        "could not read `{path}`: it is larger than {limit} MiB, the limit for {purpose}; split it"
    )]
    TooLarge {
        /// The path.
        path: String,
        /// The limit in MiB.
        limit: u64,
        /// What the file is for.
        purpose: &'static str,
    },
    /// A packed file is damaged.
    #[error(
        "could not unpack `{path}`: {cause}; it was cut off or is damaged, take the snapshot again"
    )]
    Packed {
        /// The path.
        path: String,
        /// What is wrong.
        cause: io::Error,
    },
    /// A packed file is too big when it is unpacked.
    #[error(
        "could not unpack `{path}`: it unpacks to more than {limit} MiB, the limit for packed files; if you trust it, unpack it with `gunzip` and give the file"
    )]
    UnpacksTooLarge {
        /// The path.
        path: String,
        /// The limit in MiB.
        limit: u64,
    },
    /// All files together are too big.
    #[error(
        "could not read `{path}`: with it, the files named are larger than {limit} MiB together; name fewer"
    )]
    TooLargeTogether {
        /// The file that is one too many.
        path: String,
        /// The limit in MiB.
        limit: u64,
    },
    /// Too many files or folders in a folder.
    #[error(
        "could not read the folder `{folder}`: it has more than {limit} entries; name its files or sub-folders"
    )]
    TooMany {
        /// The folder.
        folder: String,
        /// The limit.
        limit: usize,
    },
    /// Folders are nested too deep.
    #[error("could not read the folder `{folder}`: folders are nested more than {limit} deep")]
    TooDeep {
        /// The folder.
        folder: String,
        /// The limit.
        limit: usize,
    },
    /// `-` is named twice.
    #[error("could not read `-` twice: standard input can be read once")]
    StandardInputTwice,
    /// Bytes that are not UTF-8.
    #[error(
        "could not read `{path}`: line {line} (byte {offset}) is not UTF-8; save the file as UTF-8"
    )]
    NotUtf8 {
        /// The path.
        path: String,
        /// Offset of the first wrong byte.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// UTF-16, as PowerShell writes it.
    #[error(
        "could not read `{path}`: it is UTF-16, as some versions of PowerShell write with `>`; save it as UTF-8 (`| Out-File -Encoding utf8`)"
    )]
    Utf16 {
        /// The path.
        path: String,
    },
    /// A file of zero bytes.
    #[error("could not read `{path}`: it is empty; was the command that wrote it successful?")]
    EmptyFile {
        /// The path.
        path: String,
    },
    /// A folder without files of the right kind.
    #[error(
        "could not find a {} file in the folder `{folder}`{hint}",
        one_of(endings)
    )]
    NoFiles {
        /// The endings that are read, each in backticks.
        endings: Vec<String>,
        /// The folder.
        folder: String,
        /// What to try.
        hint: &'static str,
    },
    /// Nothing is named.
    #[error("could not read anything: no file or folder is named")]
    NothingNamed,
    /// Files without one object.
    #[error(
        "could not find an object in {files}: there are only empty documents or empty lists; was the command that wrote it successful?"
    )]
    NoObjects {
        /// The files, each in backticks.
        files: String,
    },
    /// A file that must hold one document.
    #[error("could not read `{path}`: it holds {count} documents instead of one")]
    NotOneDocument {
        /// The file.
        path: String,
        /// How many there are.
        count: usize,
    },
    /// The text is not what kubectl could read, or it would lose something.
    #[error("could not read `{file}:{}`: {}", fault.at, fault.problem)]
    Yaml {
        /// The file.
        file: String,
        /// What is wrong, and where.
        fault: Fault,
    },
    /// A document that is not a Kubernetes object.
    #[error("could not read `{position}`: {problem}")]
    Shape {
        /// Where.
        position: Position,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The same object twice.
    #[error(
        "could not take `{key}` from `{second}`: it is given at `{first}` already; remove one of them"
    )]
    Duplicate {
        /// The object.
        key: ObjectKey,
        /// Where it is given first.
        first: Position,
        /// Where it is given again.
        second: Position,
    },
}

/// `a, b or c`.
fn one_of(words: &[String]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl InputError {
    /// Whether nothing is wrong but that there is nothing: "nothing was checked" is not the same as "unreadable".
    pub fn is_nothing(&self) -> bool {
        matches!(
            self,
            InputError::EmptyFile { .. }
                | InputError::NoFiles { .. }
                | InputError::NoObjects { .. }
        )
    }
}
