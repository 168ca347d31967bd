//! The texts of objects while a cluster is read, in a file instead of the memory.

use super::private::PrivateFile;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// How many bytes are gathered before they are written.
const GATHERED: usize = 1 << 20;

/// Takes texts one after the other.
#[derive(Debug)]
pub(in crate::collect) struct Spool {
    file: PrivateFile,
    gathered: Vec<u8>,
    /// How many bytes were taken.
    end: u64,
    /// Why one could not be written; everything after it is lost, too.
    failed: Option<io::Error>,
}

impl Spool {
    /// A spool beside a file that is to be written.
    pub(super) fn create(beside: &Path) -> io::Result<Spool> {
        let mut file = PrivateFile::create(beside, "read")?;
        file.unlink();
        Ok(Spool {
            file,
            gathered: vec![],
            end: 0,
            failed: None,
        })
    }

    /// Takes a text, and tells in a few letters where it is.
    pub(in crate::collect) fn keep(&mut self, text: &str) -> String {
        let token = format!("{} {}", self.end, text.len());
        self.end += text.len() as u64;
        self.gathered.extend_from_slice(text.as_bytes());
        if self.gathered.len() >= GATHERED {
            self.write();
        }
        token
    }

    fn write(&mut self) {
        if self.failed.is_none() {
            self.failed = self.file.file().write_all(&self.gathered).err();
        }
        self.gathered.clear();
    }

    /// Everything that was taken.
    pub(super) fn finish(mut self) -> io::Result<Texts> {
        self.write();
        match self.failed {
            Some(cause) => Err(cause),
            None => Ok(Texts {
                text: String::new(),
                file: self.file,
                at: None,
            }),
        }
    }
}

/// The texts of a spool.
pub(super) struct Texts {
    text: String,
    file: PrivateFile,
    /// Where the next byte is that the file would give; none if that is not known.
    at: Option<u64>,
}

impl Texts {
    /// The text to which a token leads.
    pub(super) fn get(&mut self, token: &str) -> io::Result<&str> {
        let lost = || io::Error::other("the text of an object is lost");
        let (start, len) = token.split_once(' ').ok_or_else(lost)?;
        let start: u64 = start.parse().map_err(|_| lost())?;
        let len: u64 = len.parse().map_err(|_| lost())?;
        let mut file = self.file.file();
        if self.at != Some(start) {
            file.seek(SeekFrom::Start(start))?;
        }
        self.at = None;
        self.text.clear();
        // Read to the byte: the next text mostly is the next one in the file.
        let read = BufReader::with_capacity(0, file)
            .take(len)
            .read_to_string(&mut self.text)?;
        if read as u64 != len {
            return Err(lost());
        }
        self.at = Some(start + len);
        Ok(&self.text)
    }
}
