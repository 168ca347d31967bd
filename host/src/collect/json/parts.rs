//! Big lists, read in parts by several threads.
//!
//! A list is cut where an item seems to begin. Whether one really does is proven afterwards, by induction: the first part
//! begins at the first item, and a part that parses as whole items up to its end makes the next one begin at an item.
//! Whatever does not fit, from a cut in the wrong place to a broken file, makes the answer "not in parts", and the
//! file is read again in one go, which says what is wrong and where. So this module knows no errors, and a file that it
//! reads means what it means without it.
//!
//! Parts have a fixed size and are put together in their order, so the same file gives the same snapshot on every machine.
//! They pay on one thread too: the tables of a part stay in the processor's caches.

use super::document::Items;
use super::documents;
use super::quick;
use crate::collect::loader::Inner;
use asogate_core::extract::Source;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// How long a part is, about. Small enough for the caches, long enough that what each part needs anew costs nothing.
pub(in crate::collect) const PART_BYTES: usize = 1 << 20;

/// How far into a file its items must begin.
const HEAD_BYTES: usize = 64 << 10;

/// A list, cut at its items.
struct Cut<'t> {
    /// Everything around the items: an empty list.
    frame: String,
    /// What the items are, if the list says it.
    of: Option<(String, String)>,
    /// The items: each part holds whole ones, separated by commas.
    parts: Vec<&'t str>,
}

/// Reads a file that holds one list. False if it cannot be read in parts; then `inner` may hold some of it, and must be
/// given up.
pub(in crate::collect) fn load(inner: &mut Inner, text: &str, part_bytes: usize) -> bool {
    let Some(cut) = Cut::of(text, part_bytes) else {
        return false;
    };
    let mut frame = inner.part();
    frame.begin_file(&cut.frame);
    if documents(&mut frame, &cut.frame).is_err() || !frame.is_untouched() {
        return false;
    }
    inner.reserve(text.len());
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(cut.parts.len());
    let next = AtomicUsize::new(0);
    // Each thread may be one part ahead of the one that puts them together.
    let (sender, receiver) = mpsc::sync_channel(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, cut) = (sender.clone(), &next, &cut);
            let mut fresh = inner.part();
            scope.spawn(move || {
                let key = fresh.part();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(part) = cut.parts.get(index) else {
                        return;
                    };
                    let mut inner = std::mem::replace(&mut fresh, key.part());
                    let read = read(&mut inner, part, cut.of.clone()).then_some(inner);
                    if sender.send((index, read)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting: Vec<(usize, Inner)> = vec![];
        let mut done = 0;
        // Leaving the loop early drops the receiver, and the threads stop at their next part.
        for (index, read) in receiver {
            let Some(read) = read else { return false };
            waiting.push((index, read));
            while let Some(found) = waiting.iter().position(|(index, _)| *index == done) {
                if inner.absorb(waiting.swap_remove(found).1).is_err() {
                    return false;
                }
                done += 1;
            }
        }
        done == cut.parts.len()
    })
}

/// Reads one part; false if it does not hold whole items that say what they are.
fn read(inner: &mut Inner, part: &str, of: Option<(String, String)>) -> bool {
    inner.begin_file(part);
    inner.reserve(part.len());
    let mut pending = vec![];
    let items = Items::new(inner, Source::Cluster, of, &mut pending);
    quick::read_elements(part, items).is_some() && pending.is_empty() && inner.is_plain()
}

impl<'t> Cut<'t> {
    fn of(text: &'t str, part_bytes: usize) -> Option<Cut<'t>> {
        if text.len() < 2 * part_bytes {
            return None;
        }
        let mut near = HEAD_BYTES.min(text.len());
        while !text.is_char_boundary(near) {
            near -= 1;
        }
        let start = text.get(..near)?.find("\"items\"")? + "\"items\"".len();
        let after = text.get(start..)?;
        let list = after
            .trim_ascii_start()
            .strip_prefix(':')?
            .trim_ascii_start()
            .strip_prefix('[')?;
        let (head, items) = text.split_at(text.len() - list.len());
        let first = items.trim_ascii_start();
        let space = items.get(..items.len() - first.len())?;
        // An item begins as the first one does, up to the name of its first field.
        let inside = first.strip_prefix('{')?;
        let name = inside.trim_ascii_start().strip_prefix('"')?;
        let name = name.get(..=name.find('"')?)?;
        let begin = first.get(..first.find(name)? + name.len())?;
        let border = format!("}},{space}{begin}");
        let border = memchr::memmem::Finder::new(border.as_bytes());

        // The last bracket but those in what follows the items, which holds none in the lists of Kubernetes.
        let end = items.rfind(']')?;
        let (items, tail) = items.split_at(end);
        let mut parts = vec![];
        let mut rest = items;
        while rest.len() > part_bytes {
            let far = rest.as_bytes().get(part_bytes..)?;
            let ends = border.find_iter(far).map(|found| part_bytes + found + 1);
            let cut = ends.filter_map(|end| rest.split_at_checked(end));
            let Some((part, next)) = cut
                .filter_map(|(part, next)| Some((part, next.strip_prefix(',')?)))
                .find(|(_, next)| is_object(next))
            else {
                break;
            };
            parts.push(part);
            rest = next;
        }
        parts.push(rest);

        // The items stand in the outermost map, and in nothing else.
        let outermost: Value = serde_json::from_str(&format!("{head}]}}")).ok()?;
        let is_empty = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
        if !outermost.get("items").is_some_and(is_empty) {
            return None;
        }
        let of = list_of(&outermost);
        Some(Cut {
            frame: format!("{head}{tail}"),
            of,
            parts,
        })
    }
}

/// Whether the value that begins here looks like an object: owner references and managed fields begin like one too.
fn is_object(text: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Probe>();
    matches!(values.next(), Some(Ok(Probe { metadata: Some(_) })))
}

/// What every object has.
#[derive(Deserialize)]
struct Probe {
    metadata: Option<IgnoredAny>,
}

/// What the items of a list are, if it is a list of one kind and says so before them.
fn list_of(head: &Value) -> Option<(String, String)> {
    let field = |name: &str| head.get(name).and_then(Value::as_str);
    let kind = field("kind")?.strip_suffix("List")?;
    (!kind.is_empty()).then_some((field("apiVersion")?.to_owned(), kind.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::coverage::AssumeComplete;
    use crate::collect::loader::Loader;
    use asogate_core::digest::Digest;
    use asogate_core::selector::{
        KindPattern, ObjectSelector, ReadSet, Relation, RelationSelector, Selector,
    };

    /// Small enough for many parts.
    const SMALL: usize = 2000;

    fn read_set() -> ReadSet {
        let mut read_set = ReadSet::default();
        let columns = [
            "metadata.annotations",
            "spec.template.spec.containers[*].name",
            "class(metadata.name)",
        ];
        read_set.add(&[Selector::Objects(ObjectSelector {
            table: "o".into(),
            kinds: KindPattern::new("*", "*"),
            columns: columns.map(|column| column.parse().unwrap()).to_vec(),
        })]);
        for relation in Relation::ALL {
            read_set.add(&[Selector::Relation(RelationSelector::whole(
                relation.name(),
                relation,
            ))]);
        }
        read_set
    }

    /// A part of a cluster with everything that a cut could mistake for an object.
    fn objects() -> Vec<Value> {
        let mut objects = vec![];
        for number in 0..60 {
            let owner = |name: usize| {
                serde_json::json!({
                    "apiVersion": "azure.microsoft.com/v1alpha1", "kind": "StorageAccount",
                    "name": format!("media-{name}"), "uid": format!("u-{name}"),
                })
            };
            objects.push(serde_json::json!({
                "apiVersion": "v1",
                "data": {"key": "a2V5", "number": if number % 3 == 0 { "MQ==" } else { "Mg==" }},
                "kind": "Secret",
                "metadata": {
                    "annotations": {"note": "},{\"apiVersion\":\"v1\",\"metadata\":{}}"},
                    "name": if number == 7 { "1".to_owned() } else { format!("media-{number}") },
                    "namespace": "shop",
                    "ownerReferences": [owner(number), owner(number + 1)],
                    "resourceVersion": (100 + number / 2).to_string(),
                    "uid": format!("s-{number}"),
                },
            }));
            objects.push(serde_json::json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": format!("web-{number}"), "namespace": "shop", "resourceVersion": "5"},
                "spec": {"template": {"spec": {"containers": [
                    {"name": "web", "envFrom": [{"secretRef": {"name": format!("media-{number}")}}]},
                ]}}},
            }));
        }
        objects
    }

    fn list(kind: &str, items: &[Value]) -> Value {
        serde_json::json!({"apiVersion": "v1", "items": items, "kind": kind, "metadata": {"resourceVersion": ""}})
    }

    fn in_parts(text: &str) -> Option<(Digest, usize)> {
        let mut loader = Loader::new(read_set());
        loader.load_parts(text, SMALL).then(|| digest(loader))
    }

    fn in_one_go(text: &str) -> (Digest, usize) {
        let mut loader = Loader::new(read_set());
        loader.json("dump.json", text).unwrap();
        digest(loader)
    }

    fn digest(loader: Loader) -> (Digest, usize) {
        let snapshot = loader
            .finish(&AssumeComplete::Nothing, &[])
            .unwrap()
            .snapshot;
        (Digest::of_snapshot(&snapshot), snapshot.len())
    }

    #[test]
    fn a_list_in_parts_is_the_same_list() {
        let list = list("List", &objects());
        for text in [
            list.to_string(),
            serde_json::to_string_pretty(&list).unwrap(),
        ] {
            assert!(Cut::of(&text, SMALL).unwrap().parts.len() > 10);
            let expected = in_one_go(&text);
            assert_eq!(expected.1, 120);
            assert_eq!(in_parts(&text), Some(expected));
        }
    }

    #[test]
    fn a_list_that_says_what_its_items_are_is_read_so() {
        let mut items = objects();
        items.retain(|object| object["kind"] == "Secret");
        for item in &mut items {
            let fields = item.as_object_mut().unwrap();
            fields.remove("apiVersion");
            fields.remove("kind");
            // As the API server writes it.
            let metadata = fields.remove("metadata").unwrap();
            fields.shift_insert(0, "metadata".into(), metadata);
        }
        let items = Value::from(items);
        let text =
            format!(r#"{{"kind":"SecretList","apiVersion":"v1","metadata":{{}},"items":{items}}}"#);
        assert!(Cut::of(&text, SMALL).unwrap().parts.len() > 5);
        assert_eq!(in_parts(&text), Some(in_one_go(&text)));
        // Said after the items, it is not known in time.
        let text =
            format!(r#"{{"items":{items},"kind":"SecretList","apiVersion":"v1","metadata":{{}}}}"#);
        assert_eq!(in_parts(&text), None);
    }

    #[test]
    fn what_must_be_said_of_a_whole_list_is_left_to_reading_it_as_a_whole() {
        let items = objects();
        let whole = list("List", &items).to_string();
        let mut twice = items.clone();
        twice[100] = items[1].clone();
        twice[100]["metadata"]["resourceVersion"] = "6".into();
        let mut page = list("List", &items);
        page["metadata"]["continue"] = "next".into();
        let nested = serde_json::json!({
            "apiVersion": "v1", "kind": "Template", "metadata": {"name": "t"}, "items": {"items": items},
        });
        for text in [
            list("List", &twice).to_string(),
            page.to_string(),
            nested.to_string(),
            format!("{whole}{whole}"),
            whole.replace("media-51", "media-\\u00"),
            whole.get(..whole.len() / 2).unwrap().to_owned(),
            whole.get(..whole.len() - 1).unwrap().to_owned(),
            whole.replace("\"kind\":\"Deployment\"", "\"sort\":\"Deployment\""),
        ] {
            assert_eq!(in_parts(&text), None);
        }
        let mut overlap = items.clone();
        overlap[100] = items[1].clone();
        let overlap = list("List", &overlap).to_string();
        assert_eq!(in_parts(&overlap).unwrap().1, 119);
        assert_eq!(in_parts(&overlap), Some(in_one_go(&overlap)));
    }
}
