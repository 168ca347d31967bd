//! What policies see, row by row.

use super::*;
use crate::change::Propagation;
use crate::fixture::{Cluster, Wish, cluster, create, delete, delete_with, patch, reference};
use crate::selector::{KindPattern, ReadSet, RelationSelector};
use crate::simulate::{Finalizers, simulate};
use serde_json::json;

fn objects(kind: &str, columns: &[&str]) -> Selector {
    Selector::Objects(ObjectSelector {
        table: kind.to_lowercase(),
        kinds: KindPattern::new("*", kind),
        columns: columns
            .iter()
            .map(|column| column.parse().unwrap())
            .collect(),
    })
}

fn relation(relation: Relation) -> Selector {
    Selector::Relation(RelationSelector::whole(relation.name(), relation))
}

/// The tables, one line a row: object, change, and the texts of its cells (of `…-id` columns, the number).
fn tables(
    cluster: Cluster,
    selectors: &[Selector],
    wishes: Vec<Wish>,
) -> (Vec<Vec<String>>, Vec<String>) {
    let mut read_set = ReadSet::default();
    read_set.add(selectors);
    let cluster = cluster.reading(read_set);
    let (snapshot, plan) = (cluster.build(), cluster.plan(wishes));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome).unwrap();
    let input = PolicyInput::new(&projection, selectors, None);
    let is_id = |table: &Table, column: usize| table.name == "owner-references" && column == 0;
    let rows = |table: &Table| {
        let row = |row: usize| {
            let change = row.checked_sub(table.now as usize);
            let change = change.map_or(0, |row| table.changes[row]);
            let mut line = format!("{} at {change}:", table.objects[row]);
            for (index, column) in table.columns.iter().enumerate() {
                assert!(column.is_empty() || column.len() == table.objects.len());
                line += &match column.get(row).copied().unwrap_or(0) {
                    code if is_id(table, index) => format!(" {code}"),
                    0 => " -".to_owned(),
                    code => format!(" {}", input.strings.get(code)),
                };
            }
            line
        };
        (0..table.objects.len()).map(row).collect()
    };
    let strings = input.strings.iter().map(str::to_owned).collect();
    (input.tables.iter().map(rows).collect(), strings)
}

/// Accounts 1 and 2, Secret 3 of both, Secret 4.
fn shared() -> Cluster {
    cluster()
        .object("Account.example.com", "shop", "a")
        .cells(&["one", "two"])
        .list(&["x", "y", "z"])
        .object("Account.example.com", "shop", "b")
        .cells(&["one"])
        .object("Secret", "shop", "c")
        .cells(&["three"])
        .owned_by("a")
        .owned_by("b")
        .owned_by("away")
        .object("Secret", "shop", "d")
}

#[test]
fn rows_of_now_come_first_then_those_of_the_changes() {
    let selectors = [
        objects("Secret", &["spec.a"]),
        objects("Account", &["spec.b", "spec.a"]),
    ];
    let wishes = vec![
        delete_with("a", Propagation::Orphan),
        create("Secret", "shop", "n", vec![]),
    ];
    let (tables, strings) = tables(shared(), &selectors, wishes);
    assert_eq!(
        tables,
        [
            vec!["3 at 0: three", "4 at 0: -", "3 at 2: three", "5 at 3: -"],
            vec!["1 at 0: two one", "2 at 0: - one"],
        ]
    );
    // The pool holds just what occurs, in the order in which it does; entry 0 is nothing.
    assert_eq!(strings, ["", "three", "two", "one"]);
}

#[test]
fn a_list_gives_one_row_an_element_beside_the_cells_of_its_object() {
    let selectors = [objects("Account", &["spec.a", "spec.l[*]"])];
    let (tables, _) = tables(shared(), &selectors, vec![]);
    assert_eq!(
        tables,
        [["1 at 0: one x", "1 at 0: one y", "1 at 0: one z"]]
    );
}

#[test]
fn columns_of_other_policies_do_not_show() {
    let mine = [objects("Account", &["spec.b"])];
    let mut read_set = ReadSet::default();
    read_set.add(&mine);
    read_set.add(&[objects("Account", &["spec.a"])]);
    let cluster = shared().reading(read_set);
    let (snapshot, plan) = (cluster.build(), cluster.plan(vec![]));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome).unwrap();
    let input = PolicyInput::new(&projection, &mine, Some(Step::Import));
    assert_eq!(input.strings.iter().collect::<Vec<_>>(), ["", "two"]);
    assert_eq!(input.tables[0].columns, [[1, 0]]);
    assert_eq!(input.step, Some(Step::Import));
}

#[test]
fn owner_references_follow_the_plan_and_name_owners_by_id() {
    let selectors = [objects("Secret", &[]), relation(Relation::OwnerReferences)];
    let a = "a example.com Account a true";
    let b = "b example.com Account b true";
    let (tables, _) = tables(shared(), &selectors, vec![delete("a")]);
    assert_eq!(tables[0], ["3 at 0:", "4 at 0:", "3 at 2:"]);
    assert_eq!(
        tables[1],
        [
            format!("3 at 0: 1 {a}"),
            format!("3 at 0: 2 {b}"),
            "3 at 0: 0 away example.com Missing away true".to_owned(),
            format!("3 at 2: 2 {b}"),
        ]
    );
}

#[test]
fn only_objects_of_the_own_tables_have_owner_references() {
    let selectors = [objects("Account", &[]), relation(Relation::OwnerReferences)];
    let (tables, _) = tables(shared(), &selectors, vec![]);
    assert_eq!(tables[1], [""; 0]);
}

#[test]
fn relations_of_an_unlinked_object_stay() {
    let crd = "CustomResourceDefinition.apiextensions.k8s.io";
    let cluster = shared()
        .object(crd, "", "first")
        .serves("First.example.com")
        .object("Global.example.com", "", "g")
        .object(crd, "", "second")
        .serves("Second.example.com")
        .owned_by("g")
        .object(crd, "", "third")
        .serves("Third.example.com");
    let wishes = vec![delete_with("g", Propagation::Orphan)];
    let (tables, _) = tables(cluster, &[relation(Relation::ServedApis)], wishes);
    assert_eq!(
        tables[0],
        [
            "5 at 0: example.com First - - - - -",
            "7 at 0: example.com Second - - - - -",
            "8 at 0: example.com Third - - - - -",
            "7 at 2: example.com Second - - - - -",
        ]
    );
}

#[test]
fn every_effect_is_a_change() {
    let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "d", "namespace": "shop"}});
    let cluster = shared().whole(&object);
    let owner = reference("Account.example.com", "b");
    let wishes = vec![
        patch("d", json!({"ownerReferences": [owner]})),
        delete("b"),
        delete("a"),
    ];
    let (snapshot, plan) = (cluster.build(), cluster.plan(wishes));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome.clone()).unwrap();
    let input = PolicyInput::new(&projection, &[], None);
    assert_eq!(input.changes, outcome.effects);
    assert_eq!(input.changes.len(), 6);
}

#[test]
fn ids_in_parts_do_not_depend_on_who_cut_before() {
    let cut = |text: &str| objects("Account", &[text]);
    let selectors = [cut("parts(spec.a)"), cut("spec.b"), cut("parts(spec.b)")];
    let mut read_set = ReadSet::default();
    read_set.add(&selectors);
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .cells(&["/s/1/g/shop", "shop"])
        .object("Account.example.com", "shop", "b")
        .cells(&["/S/1/g/SHOP"])
        .reading(read_set);
    let (snapshot, plan) = (cluster.build(), cluster.plan(vec![]));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome).unwrap();
    let read = |selectors: &[Selector]| {
        let input = PolicyInput::new(&projection, selectors, None);
        let text = |code: u32| input.strings.get(code).to_owned();
        let parts = input.parts.iter();
        let parts: Vec<(u32, String, u32)> = parts
            .map(|[parent, segment, folded]| (*parent, text(*segment), *folded))
            .collect();
        let columns: Vec<Vec<u32>> = input
            .tables
            .iter()
            .map(|table| table.columns[0].clone())
            .collect();
        (parts, columns)
    };
    let part = |parent, segment: &str, folded| (parent, segment.to_owned(), folded);
    let [a, ..] = &selectors;
    let expected = vec![
        part(0, "", 1),
        part(1, "s", 2),
        part(2, "1", 3),
        part(3, "g", 4),
        part(4, "shop", 5),
        part(1, "S", 2),
        part(6, "1", 3),
        part(7, "g", 4),
        part(8, "SHOP", 5),
    ];
    let first = read(std::slice::from_ref(a));
    assert_eq!(first, (expected, vec![vec![5, 9]]));
    // The other order gives other numbers, and cutting for others before changes none.
    let (parts, columns) = read(&selectors[2..]);
    assert_eq!(
        (parts, columns),
        (vec![part(0, "shop", 1)], vec![vec![1, 0]])
    );
    assert_eq!(read(std::slice::from_ref(a)), first);
}

#[test]
fn columns_without_a_cell_are_empty_and_relations_give_the_columns_named() {
    let mut owners = RelationSelector::whole("owners", Relation::OwnerReferences);
    owners.columns = vec![4, 0];
    let selectors = [
        objects("Secret", &["spec.nothing", "spec.a"]),
        Selector::Relation(owners),
    ];
    let mut read_set = ReadSet::default();
    read_set.add(&selectors);
    let cluster = shared().reading(read_set);
    let (snapshot, plan) = (cluster.build(), cluster.plan(vec![]));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome).unwrap();
    let input = PolicyInput::new(&projection, &selectors, None);
    let [secrets, owners] = input.tables.as_slice() else {
        panic!("two tables")
    };
    assert_eq!(secrets.columns[0], [] as [u32; 0]);
    assert_eq!(secrets.columns[1].len(), secrets.objects.len());
    let names: Vec<&str> = owners.columns[0]
        .iter()
        .map(|code| input.strings.get(*code))
        .collect();
    assert_eq!(names, ["a", "b", "away"]);
    assert_eq!(owners.columns[1], [1, 2, 0]);
}
