//! What is read, and how it is got at.

use super::floor;
use std::io::{BufReader, Read};
use std::net::TcpStream;

/// How pages come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The address of the server for this way.
    pub(super) address: String,
    /// Over TLS.
    pub(super) secure: bool,
    /// Packed with gzip.
    pub(super) packed: bool,
    /// The address for plain HTTP.
    pub(super) plain: String,
}

impl Way {
    /// The same in words for a process that is started with them.
    pub(super) fn words(&self) -> Vec<String> {
        let flags = format!("{}{}", u8::from(self.secure), u8::from(self.packed));
        vec![self.plain.clone(), self.address.clone(), flags]
    }

    /// What those words say.
    pub(super) fn of_words(words: &[String]) -> Way {
        let flag = |place: usize| words[2].as_bytes()[place] == b'1';
        Way {
            plain: words[0].clone(),
            address: words[1].clone(),
            secure: flag(0),
            packed: flag(1),
        }
    }

    /// Where the server is.
    pub(super) fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What it is called in the report.
    pub(super) fn name(&self) -> String {
        let scheme = if self.secure { "TLS" } else { "HTTP" };
        let packed = if self.packed { ", gzip" } else { "" };
        format!("{scheme}{packed}")
    }
}

/// One answer.
pub(super) struct Page {
    pub(super) path: String,
    /// It holds metadata alone.
    pub(super) metadata: bool,
    /// Bytes of its text.
    pub(super) bytes: usize,
    /// Bytes that are sent if it is sent packed.
    pub(super) packed: usize,
}

impl Page {
    /// All that a reading asks for, but what is served.
    pub(super) fn all(address: &str) -> Vec<Page> {
        let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
        let mut text = String::new();
        let mut body = floor::get(&mut stream, "/paths", "application/json", false);
        body.bytes.read_to_string(&mut text).unwrap();
        text.lines()
            .map(|line| {
                let mut words = line.splitn(3, '\t');
                let mut number = || words.next().unwrap().parse().unwrap();
                let (bytes, packed) = (number(), number());
                let path = words.next().unwrap();
                Page {
                    path: path.trim_end_matches(" metadata").to_owned(),
                    metadata: path.ends_with(" metadata"),
                    bytes,
                    packed,
                }
            })
            .collect()
    }
}
