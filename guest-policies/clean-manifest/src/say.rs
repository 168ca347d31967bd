//! What is said of each problem.

use crate::owned::{Carried, Harm};
use asogate_policy::{Finding, finding, quote, quote_id};

/// How many fields are named; more of them mean that a live object was copied.
const NAMED: usize = 3;

/// What to say of the fields that a change carries, the worst one first; nothing if there are none.
pub(crate) fn owned(carried: &[Carried<'_>], is_new: bool) -> Option<Finding> {
    let (worst, _) = carried.split_first()?;
    let named: Vec<String> = carried.iter().take(NAMED).map(shown).collect();
    let (named, edit) = match carried.len().checked_sub(NAMED) {
        None | Some(0) => {
            let named = listed(&named);
            (named.clone(), format!("remove {named} from the manifest"))
        }
        Some(others) => {
            let named = format!("{} and {others} more", named.join(", "));
            (named, "remove everything from `metadata` but `name`, `namespace`, and labels and annotations of your own".into())
        }
    };
    let verb = if is_new { "carries" } else { "changes" };
    Some(
        finding("operator-owned-field")
            .column(worst.path.clone())
            .message(format!(
                "{verb} {named}, which only the API server and the operator may write"
            ))
            .why(match claimed_as(carried) {
                Some(id) if is_new => format!(
                    "v2 takes the object for one that it has claimed as {}: it reads that resource, whoever it belongs to, and deletes it with the object",
                    quote_id(id)
                ),
                _ => why(worst.harm, is_new).into(),
            })
            .edit(edit),
    )
}

/// The id that v2 believes: with a finalizer it does not work out its own (OBSERVED N6).
fn claimed_as<'a>(carried: &[Carried<'a>]) -> Option<&'a str> {
    let of = |harm| carried.iter().find(move |carried| carried.harm == harm);
    of(Harm::Finalizer)?;
    of(Harm::ResourceId)?.value
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [all @ .., before, last] => {
            let mut all = all.to_vec();
            all.push(format!("{before} and {last}"));
            all.join(", ")
        }
        names => names.concat(),
    }
}

/// A field as people know it.
fn shown(carried: &Carried<'_>) -> String {
    let inside = |prefix: &str| carried.path.strip_prefix(prefix)?.strip_suffix(']');
    match (inside("metadata.annotations["), inside("metadata.labels[")) {
        (Some(annotation), _) => format!("the annotation `{annotation}`"),
        (None, Some(label)) => format!("the label `{label}`"),
        (None, None) => format!("`{}`", carried.path),
    }
}

fn why(harm: Harm, is_new: bool) -> &'static str {
    match harm {
        Harm::Finalizer if !is_new => {
            "without its finalizer an object goes without a word to the operator; with one too many it never goes"
        }
        Harm::Finalizer => {
            "v2 takes the object for one that it has claimed: it never works out the Azure id, and sends reads and deletes wherever `resource-id` points"
        }
        Harm::ResourceId => {
            "together with a finalizer it makes v2 read, and on delete DELETE, whatever Azure resource it names"
        }
        Harm::Owners => {
            "Kubernetes deletes an object within seconds if its owners have other uids than that, and whatever it exported goes with it"
        }
        Harm::Operator => "an operator that runs in another namespace ignores the object",
        Harm::Poller => "v2 waits for an operation in Azure that belongs to another object",
        Harm::Refused => "the API server refuses to create an object that has a version already",
        Harm::Trace => {
            "it is the only sign that v2 has written a resource to Azure, and here it would lie"
        }
        Harm::Wrong => {
            "the operator writes it itself, and what a manifest says is about another object"
        }
    }
}

pub(crate) fn status() -> Finding {
    finding("status")
        .column("status")
        .message("carries a `status`, which the API server drops")
        .why("it comes from a live object, and so may the rest of the manifest: look at what else was copied")
        .edit("remove `status` from the manifest")
}

pub(crate) fn illegal_name(name: &str, suggestion: Option<&str>) -> Finding {
    let found = finding("illegal-name")
        .column("metadata.name")
        .message(format!(
            "has the name {}, which is none that Kubernetes allows",
            quote(name)
        ))
        .why("the API server refuses the object; names have lower-case letters, digits, `-` and `.`, at most 253 in all");
    match suggestion {
        Some(suggestion) => found.edit(format!(
            "set `metadata.name` to {}, and `spec.owner.name` of the objects that it owns; the name in Azure stays in `spec.azureName`",
            quote(suggestion)
        )),
        None => found.edit("give it another `metadata.name`, and the objects that it owns another `spec.owner.name`"),
    }
}

pub(crate) fn duplicate(first: u32, second: u32) -> Finding {
    finding("duplicate")
        .message(format!(
            "is written twice, by the changes {first} and {second} of the plan"
        ))
        .why("the later manifest wins, and what only the earlier one says may be lost")
        .edit("keep one of the two manifests; if they stand for two Azure resources, give them different names")
}

/// What to say of the scalars of one manifest that readers of YAML do not agree on, each three lines: path, as written, as
/// kubectl reads it.
pub(crate) fn yaml11<'a>(scalars: impl Iterator<Item = &'a str>) -> Option<Finding> {
    let scalars: Vec<[&str; 3]> = scalars
        .filter_map(|scalar| {
            let mut lines = scalar.splitn(3, '\n');
            Some([lines.next()?, lines.next()?, lines.next()?])
        })
        .collect();
    let ([path, written, read_as], others) = scalars.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        others => format!(", and {others} more like it"),
    };
    let message = match *written {
        "" => format!("has a plain value in `{path}` that readers of YAML do not agree on{more}"),
        written => format!(
            "says {} in `{path}`, which kubectl reads as `{read_as}` and other tools as something else{more}",
            quote(written)
        ),
    };
    let edit = match *written {
        "" => format!("write the value of `{path}` in quotes"),
        written => format!(
            "write `{read_as}` in `{path}` if that is meant, or \"{written}\" in quotes if the text is"
        ),
    };
    // A column has no place for a single element of a list.
    let column = path
        .split_once('[')
        .filter(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()));
    let column = column.map_or(*path, |(list, _)| list);
    Some(
        finding("yaml11-scalar")
            .column(column.to_owned())
            .message(message)
            .why("tools that apply or check the file by YAML 1.2 (many do) see another value than kubectl, so what was reviewed is not what is applied")
            .edit(edit),
    )
}
