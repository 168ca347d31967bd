//! What can be wrong with a text that should be YAML or JSON. No message shows a scalar's text: it may be a secret.

use super::spans::Mark;

/// A problem and where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct Fault {
    /// Where.
    pub at: Mark,
    /// What.
    pub problem: Problem,
}

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// YAML's grammar is violated.
    #[error("this is not YAML: {0}")]
    Syntax(String),
    /// JSON's grammar is violated. A file that starts with `{` is JSON for kubectl.
    #[error(
        "this is not JSON: {0} (a file that starts with `{{` is read as JSON, as kubectl does; start it with `---` if it is YAML)"
    )]
    Json(&'static str),
    /// A tab where YAML wants spaces.
    #[error("there is a tab in the indentation; indent with spaces")]
    Tab,
    /// A character that YAML does not allow.
    #[error(
        "the control character U+{0:04X} is not allowed in YAML; remove it, or write it as an escape in double quotes"
    )]
    Control(u32),
    /// A character that ends a line for kubectl and for nobody else.
    #[error(
        "the character U+{0:04X} ends a line for kubectl, but not for YAML 1.2; write it as an escape in double quotes"
    )]
    LineBreak(u32),
    /// A byte-order mark that is not at the start.
    #[error(
        "there is a byte-order mark (U+FEFF) inside the file, where it becomes part of a name or value; remove it"
    )]
    ByteOrderMark,
    /// A carriage return without a line feed.
    #[error(
        "there is a carriage return without a line feed, which kubectl and YAML read differently; save the file with normal line ends"
    )]
    CarriageReturn,
    /// A line that starts with `---` and goes on.
    #[error(
        "a line that starts with `---` separates documents for kubectl, so nothing but a comment may follow on it"
    )]
    Separator,
    /// A directive.
    #[error("kubectl refuses YAML directives; remove the line that starts with `%`")]
    Directive,
    /// More text after `...`.
    #[error(
        "kubectl ignores everything between `...` and the next `---`; put `---` before this document, or remove `...`"
    )]
    AfterEnd,
    /// A key for the second time.
    #[error(
        "the key `{key}` is given twice, here and at {first}; kubectl would keep one of them without a word; remove one"
    )]
    DuplicateKey {
        /// The key, as kubectl converts it.
        key: String,
        /// Where it is given first.
        first: Mark,
    },
    /// A key that came before the `<<` that also brings it.
    #[error(
        "kubectl lets this `<<` overwrite the key `{key}` above it, other YAML readers do not; put `<<` first in the map"
    )]
    MergeOverwrites {
        /// The key.
        key: String,
    },
    /// `<<` with something that is not a map.
    #[error("a merge key `<<` takes a map or a list of maps")]
    MergeNotMap,
    /// `{a:, …}`.
    #[error("kubectl takes the `:` after this key as part of the key; put a space after it")]
    FlowColon,
    /// A plain scalar that starts with `?` or `:` in braces or brackets.
    #[error(
        "kubectl reads a `?` or `:` at the start of this text as a sign of its own; write the text in quotes"
    )]
    FlowStart,
    /// An anchor with an unusual name.
    #[error(
        "the name of an anchor may have letters, digits, `-` and `_` only; kubectl ends the name there"
    )]
    AnchorName,
    /// A tag right before `,`, `[` or `]`.
    #[error("kubectl takes what follows this tag as part of the tag; put a space after the tag")]
    TagEnd,
    /// A map or list as a key.
    #[error("a map or list cannot be a key")]
    KeyNotScalar,
    /// A null as a key.
    #[error("a key is empty or null; write it in quotes if it is meant")]
    NullKey,
    /// An alias of a number or null as a key.
    #[error("an alias used as a key must stand for a string; write the key out")]
    AliasKey,
    /// An integer beyond 64 bits.
    #[error(
        "this integer does not fit into 64 bits and would be rounded; write it in quotes if it is a text"
    )]
    IntegerTooBig,
    /// `.inf` or `.nan`.
    #[error(
        "`.inf` and `.nan` cannot be sent to a cluster; write them in quotes if they are texts"
    )]
    NotFinite,
    /// A tag that does not fit its value.
    #[error("the value does not fit its tag (`!!…`)")]
    TagMismatch,
    /// `!!binary` without base64.
    #[error("the value is tagged `!!binary` and is not base64")]
    BinaryNotBase64,
    /// `!!binary` with bytes that are not text.
    #[error(
        "the value is tagged `!!binary` and does not decode to UTF-8, so kubectl would damage it; use the field for base64 text instead"
    )]
    BinaryNotUtf8,
    /// An alias without an anchor.
    #[error("the alias has no anchor (`&name`) before it in this document")]
    UnknownAlias,
    /// An alias inside its own anchor.
    #[error("the alias stands for something that contains it")]
    AliasContainsItself,
    /// Too much is copied by aliases.
    #[error("aliases of this document expand to more than {0} bytes; write the values out")]
    AliasBudget(usize),
    /// Too deep.
    #[error("maps and lists are nested more than {0} deep, which no Kubernetes object is")]
    Depth(usize),
    /// A list that ends before its `kind`.
    #[error("the list that starts here has no `kind`: the file was probably cut off; get it again")]
    ListWithoutKind,
    /// `items` in an object that is no list.
    #[error(
        "the object has `items`, but its kind `{0}` is no list, and kubectl would take it for one"
    )]
    ItemsInObject(String),
    /// `items` that is no list.
    #[error("`items` is not a list")]
    ItemsNotList,
    /// `kind: List` without `items`.
    #[error("the object is a `List` without `items`: the file was probably cut off; get it again")]
    ListWithoutItems,
    /// Something that belongs to no list. What it is is not told, for it may be anything.
    #[error(
        "a list has `apiVersion`, `kind`, `metadata` and `items`, and this is none of them; if it is what kubectl complained about (`2>&1`), something is missing in the list: get it again, with the complaints elsewhere"
    )]
    ListField,
    /// Lists of lists of lists.
    #[error("lists are nested more than {0} deep")]
    ListDepth(usize),
}

impl Problem {
    pub(super) fn at(self, at: Mark) -> Fault {
        Fault { at, problem: self }
    }
}
