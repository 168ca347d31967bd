//! Ids in parts against ids as texts.

use super::*;
use asogate_policy::guest::Exported;
use asogate_policy::guest::bindings::asogate::policy::types;
use asogate_policy::guest::bindings::exports::asogate::policy::policy::Guest;
use asogate_policy::{Finding, Manifest, NoSettings, Policy, Selector};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A policy that says what is wrong with the ids of its only table.
struct Probe;

impl Policy for Probe {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new("probe", "0.0.0", "")
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        vec![Selector::objects("ids", "*", "*", ["parts(id)"])]
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let table = input.table("ids")?;
        let column = table.column("parts(id)")?;
        let ids = Ids::new(input);
        let rows: Vec<Part> = input
            .now()
            .rows(table)
            .filter_map(|row| row.part(column))
            .collect();
        let mut keys: BTreeMap<String, ArmIdKey> = BTreeMap::new();
        for part in rows {
            let text = input.whole(part);
            let checked = ids.check(part);
            let expected = ArmId::check(&text);
            if checked.map(|part| input.whole(part)) != expected.map(str::to_owned) {
                return Err(format!("`{text}` is {checked:?} and not {expected:?}"));
            }
            let (Ok(part), Ok(id)) = (checked, ArmId::parse(&text)) else {
                continue;
            };
            let key = ids.key_of(part);
            if ids.find(id.as_str()) != Some(key) || ids.add(&id) != key {
                return Err(format!("`{text}` has another number than its part"));
            }
            let of_other_casing = ids.find(&id.as_str().to_uppercase());
            if id.as_str().is_ascii() && of_other_casing != Some(key) {
                return Err(format!("`{text}` has another number in capital letters"));
            }
            let known = *keys.entry(id.canonical()).or_insert(key);
            if known != key || keys.values().filter(|known| **known == key).count() > 1 {
                return Err(format!(
                    "the number of `{text}` is not that of its equals alone"
                ));
            }
            if subscription_of(input, part) != id.subscription() {
                return Err(format!("the subscription of `{text}` is another one"));
            }
            let child = id.child("Microsoft.New/things", "GRÜN");
            let key = ids.add(&child);
            let again = id.child("microsoft.new/THINGS", "grün");
            if ids.find(again.as_str()) != Some(key) || ids.add(&again) != key {
                return Err(format!("what is below `{text}` has two numbers"));
            }
        }
        Ok(vec![])
    }
}

/// The texts in parts, as the host gives them.
fn input(texts: &[String]) -> types::Input {
    let mut pool = (String::new(), vec![0u32]);
    let mut parts: Vec<types::Part> = vec![];
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    let mut rows = vec![];
    for text in texts {
        let mut parent = 0;
        let ends = text.match_indices('/').map(|(at, _)| at);
        for end in ends.chain([text.len()]) {
            let whole = text[..end].to_owned();
            parent = match known.get(&whole) {
                Some(number) => *number,
                None => {
                    let number = parts.len() as u32 + 1;
                    pool.0.push_str(whole.rsplit('/').next().unwrap());
                    pool.1.push(pool.0.len() as u32);
                    let folded = *first.entry(folded(&whole)).or_insert(number);
                    parts.push(types::Part {
                        parent,
                        segment: pool.1.len() as u32 - 1,
                        folded,
                    });
                    known.insert(whole, number);
                    number
                }
            };
        }
        rows.push(parent);
    }
    types::Input {
        step: None,
        text: pool.0,
        ends: pool.1,
        parts,
        tables: vec![types::Table {
            name: "ids".into(),
            objects: (1..=rows.len() as u32).collect(),
            now: rows.len() as u32,
            changes: vec![],
            columns: vec![rows],
        }],
        changes: vec![],
        paths: vec![],
        change_extra: vec![],
        extra: vec![],
    }
}

fn judge(texts: &[String]) {
    if let Err(wrong) = Exported::<Probe>::evaluate(input(texts), String::new()) {
        panic!("{wrong}");
    }
}

#[test]
fn ids_in_parts_are_the_ids_of_their_texts() {
    let texts = [
        "/subscriptions/1111/resourceGroups/shop-rg/providers/Microsoft.Storage/storageAccounts/media",
        "/Subscriptions/1111/RESOURCEGROUPS/Shop-RG/providers/microsoft.storage/storageaccounts/MEDIA",
        "/subscriptions/1111/resourceGroups/shop-rg/providers/Microsoft.Storage/storageAccounts/media/",
        "/subscriptions/1111/resourceGroups/shop-rg/",
        "/subscriptions/1111//resourceGroups",
        "/subscriptions/1111/resourceGroups",
        "/providers/Microsoft.Management/managementGroups/top",
        "/providers/Microsoft.Management",
        "shop",
        "",
        "/",
        "//",
        "subscriptions/1",
        "/subscriptions/1/resourceGroups/GRÜN",
        "/subscriptions/1/resourcegroups/grün",
        "/subscriptions/\u{212a}",
        "/subscriptions/k",
    ];
    judge(&texts.map(String::from));
}

proptest! {
    #[test]
    fn bytes_become_lower_case_as_letters_do(bytes in any::<[u8; 8]>()) {
        let expected = bytes.map(|byte| byte.to_ascii_lowercase());
        prop_assert_eq!(lower_case(u64::from_le_bytes(bytes)), u64::from_le_bytes(expected));
    }

    #[test]
    fn any_texts_are_the_ids_that_their_parts_are(
        texts in proptest::collection::vec("(/?(subscriptions|Subscriptions|providers|Providers|resourceGroups|[a-cA-C.]{0,2})){0,7}/?", 1..12)
    ) {
        judge(&texts);
    }
}
