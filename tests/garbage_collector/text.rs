//! Graphs as text: what a failed comparison shows can be pasted as a case.

use crate::graph::{Deed, FIXED, Graph, Kind, Object, Owner};
use asogate_core::change::Propagation;
use std::fmt;

/// One object a line: `o4: Thing in o1, asogate.test/held; owned by o3 (blocks), nobody`; then the deeds.
impl fmt::Display for Graph {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, object) in self.objects.iter().enumerate().skip(FIXED) {
            write!(out, "  o{number}: {:?}", object.kind)?;
            if let Some(namespace) = object.namespace {
                write!(out, " in o{namespace}")?;
            }
            if !object.finalizers.is_empty() {
                write!(out, ", {}", object.finalizers.join(" "))?;
            }
            writeln!(out, "{}", owned_by(&object.owners))?;
        }
        for (number, deed) in &self.deeds {
            match deed {
                Deed::Delete(propagation) => {
                    writeln!(out, "  {propagation:?} delete of o{number}")?
                }
                Deed::Adopt(owners) => writeln!(out, "  o{number} becomes{}", owned_by(owners))?,
                Deed::Create => writeln!(out, "  o{number} is created")?,
                Deed::Free => writeln!(out, "  o{number} loses its finalizers")?,
            }
        }
        Ok(())
    }
}

fn owned_by(owners: &[Owner]) -> String {
    let owner = |owner: &Owner| {
        let name = owner
            .object
            .map_or("nobody".to_owned(), |number| format!("o{number}"));
        let blocks = if owner.blocks { " (blocks)" } else { "" };
        let misnamed = if owner.misnamed { " (misnamed)" } else { "" };
        format!("{name}{blocks}{misnamed}")
    };
    let owners: Vec<String> = owners.iter().map(owner).collect();
    if owners.is_empty() {
        return String::new();
    }
    format!("; owned by {}", owners.join(", "))
}

impl Graph {
    /// Reads what [`Graph`]'s `Display` writes.
    pub(crate) fn read(seed: u64, text: &str) -> Graph {
        let mut graph = Graph::empty(seed);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            read_line(&mut graph, line);
        }
        graph.own_kind = graph.objects.iter().any(|object| object.kind == Kind::Own);
        graph
    }
}

fn read_line(graph: &mut Graph, line: &str) {
    if let Some((name, described)) = line.split_once(": ") {
        assert_eq!(number(name), graph.objects.len(), "{line}");
        graph.objects.push(read_object(described));
        return;
    }
    let (line, owners) = line.split_once("; owned by ").unwrap_or((line, ""));
    let deed = match line.split(' ').collect::<Vec<_>>()[..] {
        ["Background", "delete", "of", name] => (name, Deed::Delete(Propagation::Background)),
        ["Foreground", "delete", "of", name] => (name, Deed::Delete(Propagation::Foreground)),
        ["Orphan", "delete", "of", name] => (name, Deed::Delete(Propagation::Orphan)),
        [name, "becomes"] => (name, Deed::Adopt(read_owners(owners))),
        [name, "is", "created"] => (name, Deed::Create),
        [name, "loses", "its", "finalizers"] => (name, Deed::Free),
        _ => panic!("neither an object nor a deed: {line}"),
    };
    graph.deeds.push((number(deed.0), deed.1));
}

fn read_object(described: &str) -> Object {
    let (described, owners) = described
        .split_once("; owned by ")
        .unwrap_or((described, ""));
    let (described, finalizers) = described.split_once(", ").unwrap_or((described, ""));
    let (kind, namespace) = match described.split_once(" in ") {
        Some((kind, namespace)) => (kind, Some(number(namespace))),
        None => (described, None),
    };
    let known = ["asogate.test/held", "orphan", "foregroundDeletion"];
    let finalizers = finalizers.split_whitespace();
    let finalizers = finalizers.map(|name| known.into_iter().find(|known| *known == name));
    Object {
        kind: match kind {
            "ConfigMap" => Kind::ConfigMap,
            "Secret" => Kind::Secret,
            "Thing" => Kind::Thing,
            "Global" => Kind::Global,
            "Own" => Kind::Own,
            _ => panic!("not a kind: {kind}"),
        },
        namespace,
        owners: read_owners(owners),
        finalizers: finalizers.map(|finalizer| finalizer.unwrap()).collect(),
    }
}

fn read_owners(owners: &str) -> Vec<Owner> {
    let owners = owners.split(", ").filter(|owner| !owner.is_empty());
    let owner = |owner: &str| {
        let name = owner.split(' ').next().unwrap();
        Owner {
            object: (name != "nobody").then(|| number(name)),
            blocks: owner.contains("(blocks)"),
            misnamed: owner.contains("(misnamed)"),
        }
    };
    owners.map(owner).collect()
}

fn number(name: &str) -> usize {
    let number = name
        .strip_prefix('o')
        .and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("not an object: {name}"))
}

#[test]
fn graphs_are_read_as_they_are_written() {
    for seed in 0..300 {
        let graph = Graph::random(seed, crate::variety(seed));
        let read = Graph::read(seed, &graph.to_string());
        assert_eq!((read.objects, read.deeds), (graph.objects, graph.deeds));
    }
}
