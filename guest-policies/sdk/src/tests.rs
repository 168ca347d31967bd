//! States and groups against the rule of the contract, replayed naively: drop the rows of the changed object, add those
//! of the change.

use crate::guest::types;
use crate::{Groups, Index, Input, Moment, ObjectId, Row, Selector, Symbol, finding};

const OBJECTS: u32 = 12;

/// Small pseudo-random numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) % u64::from(sides)) as u32
    }
}

fn selectors() -> Vec<Selector> {
    vec![Selector::objects("objects", "g", "*", ["a", "b"])]
}

fn change(object: u32) -> types::Change {
    types::Change {
        operation: types::Operation::Update,
        cause: types::Cause::Requested,
        object,
        path_end: 0,
        propagation: None,
        awaits_finalizers: false,
        already_terminating: false,
    }
}

/// Objects with none to two rows, and changes that leave none to two rows.
fn any_input(dice: &mut Dice) -> types::Input {
    let mut table = types::Table {
        name: "objects".into(),
        objects: vec![],
        now: 0,
        changes: vec![],
        columns: vec![vec![], vec![]],
    };
    let mut push = |dice: &mut Dice, object: u32, change: u32| {
        for _ in 0..dice.roll(3) {
            table.objects.push(object);
            match change {
                0 => table.now += 1,
                change => table.changes.push(change),
            }
            for column in &mut table.columns {
                column.push(dice.roll(4));
            }
        }
    };
    for object in 1..=OBJECTS {
        push(dice, object, 0);
    }
    let mut changes = vec![];
    for number in 1..=dice.roll(9) {
        let object = 1 + dice.roll(OBJECTS + 2);
        push(dice, object, number);
        changes.push(change(object));
    }
    // A column without a cell comes empty.
    for column in &mut table.columns {
        if column.iter().all(|cell| *cell == 0) {
            column.clear();
        }
    }
    types::Input {
        step: Some("cleanup".into()),
        text: "truex".into(),
        ends: vec![0, 4, 5, 5],
        parts: vec![],
        tables: vec![table],
        changes,
        paths: vec![],
        change_extra: vec![],
        extra: vec![],
    }
}

type Cells = (u32, u32, u32);

/// What the contract says, row by row.
fn replayed(raw: &types::Input, number: u32) -> Vec<Cells> {
    let table = &raw.tables[0];
    let rows_of = |change: u32| {
        (0..table.objects.len())
            .filter(move |&row| {
                let later = row.checked_sub(table.now as usize);
                later.map_or(0, |row| table.changes[row]) == change
            })
            .map(|row| {
                let cell = |column: usize| table.columns[column].get(row).copied();
                (
                    table.objects[row],
                    cell(0).unwrap_or(0),
                    cell(1).unwrap_or(0),
                )
            })
    };
    let mut rows: Vec<Cells> = rows_of(0).collect();
    for change in 1..=number {
        let changed = raw.changes[change as usize - 1].object;
        rows.retain(|row| row.0 != changed);
        rows.extend(rows_of(change));
    }
    rows.sort_unstable();
    rows
}

fn sorted(rows: impl Iterator<Item = Cells>) -> Vec<Cells> {
    let mut rows: Vec<Cells> = rows.collect();
    rows.sort_unstable();
    rows
}

#[test]
fn every_state_is_what_the_contract_says() {
    let mut dice = Dice(1);
    for _ in 0..500 {
        let raw = any_input(&mut dice);
        let input = Input::new(raw.clone(), &selectors()).unwrap();
        let table = input.table("objects").unwrap();
        let [a, b] = table.columns(["a", "b"]).unwrap();
        let cells = |row: Row<'_>| (row.object().0, row.symbol(a).0, row.symbol(b).0);
        for number in 0..=input.changes().len() as u32 {
            let state = input.after(number);
            let expected = replayed(&raw, number);
            assert_eq!(sorted(state.rows(table).map(cells)), expected);
            for object in (1..=OBJECTS + 2).map(ObjectId) {
                let own = expected.iter().copied().filter(|row| row.0 == object.0);
                assert_eq!(sorted(state.rows_of(table, object).map(cells)), sorted(own));
            }
            let index = Index::new(state, table, a);
            for symbol in 1..4 {
                let with = expected.iter().copied().filter(|row| row.1 == symbol);
                let found = index.get(Symbol(symbol)).iter().copied().map(cells);
                assert_eq!(sorted(found), sorted(with));
            }
        }
    }
}

#[test]
fn groups_along_the_walk_are_those_of_each_state() {
    let mut dice = Dice(2);
    for _ in 0..500 {
        let input = Input::new(any_input(&mut dice), &selectors()).unwrap();
        let table = input.table("objects").unwrap();
        let a = table.column("a").unwrap();
        let key = |row: Row<'_>| row.symbol(a).present();
        let all = |groups: &Groups<'_, Symbol, _>| {
            let mut all: Vec<(Symbol, Vec<ObjectId>)> = groups
                .iter()
                .map(|(key, members)| {
                    let mut members = members.to_vec();
                    members.sort_unstable();
                    (*key, members)
                })
                .collect();
            all.sort_unstable();
            all
        };
        let mut groups = Groups::new(input.now(), table, key);
        for transition in input.walk() {
            let before = all(&groups);
            let joined = groups.apply(&transition);
            let fresh = Groups::new(transition.after, table, key);
            assert_eq!(all(&groups), all(&fresh));
            for key in joined {
                let object = transition.change.object;
                assert!(groups.get(&key).contains(&object));
                let was_there = before
                    .iter()
                    .any(|(known, members)| *known == key && members.contains(&object));
                assert!(!was_there);
            }
        }
    }
}

#[test]
fn absent_empty_and_yes_are_three_things() {
    let mut raw = any_input(&mut Dice(3));
    raw.changes.clear();
    raw.tables = vec![types::Table {
        name: "objects".into(),
        objects: vec![1, 2, 3],
        now: 3,
        changes: vec![],
        columns: vec![vec![0, 3, 1], vec![0, 0, 99]],
    }];
    let input = Input::new(raw, &selectors()).unwrap();
    let table = input.table("objects").unwrap();
    let [a, b] = table.columns(["a", "b"]).unwrap();
    let rows: Vec<Row<'_>> = input.now().rows(table).collect();
    assert_eq!(
        rows.iter().map(|row| row.text(a)).collect::<Vec<_>>(),
        [None, Some(""), Some("true")]
    );
    assert_eq!(
        rows.iter().map(|row| row.is(a)).collect::<Vec<_>>(),
        [false, false, true]
    );
    assert_eq!(rows[2].text(b), None, "a code beyond the pool");
    assert_eq!(rows[2].reference(b), Some(ObjectId(99)));
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    let refused = |spoil: fn(&mut types::Input)| {
        let mut raw = any_input(&mut Dice(4));
        raw.changes = vec![change(1)];
        raw.tables = vec![types::Table {
            name: "objects".into(),
            objects: vec![1, 2, 1],
            now: 2,
            changes: vec![1],
            columns: vec![vec![1; 3], vec![2; 3]],
        }];
        spoil(&mut raw);
        Input::new(raw, &selectors()).err()
    };
    assert_eq!(refused(|_| {}), None);
    assert!(refused(|raw| raw.tables.clear()).is_some());
    assert!(refused(|raw| raw.tables[0].name = "other".into()).is_some());
    assert!(refused(|raw| raw.tables[0].columns[1].truncate(2)).is_some());
    assert!(refused(|raw| raw.tables[0].columns.truncate(1)).is_some());
    assert!(refused(|raw| raw.tables[0].objects = vec![2, 1, 1]).is_some());
    assert!(refused(|raw| raw.tables[0].now = 3).is_some());
    assert!(refused(|raw| raw.tables[0].changes = vec![0]).is_some());
    assert!(refused(|raw| raw.tables[0].changes = vec![2]).is_some());
    assert!(refused(|raw| raw.parts = vec![part(1, 0, 1)]).is_some());
    assert!(refused(|raw| raw.parts = vec![part(0, 0, 2)]).is_some());
}

fn part(parent: u32, segment: u32, folded: u32) -> types::Part {
    types::Part {
        parent,
        segment,
        folded,
    }
}

#[test]
fn parts_are_texts_and_compare_without_casing() {
    let mut raw = any_input(&mut Dice(5));
    // ``, `/true`, `/true/x`, `/true/X`, `TRUE`
    raw.text = "truexXTRUE".into();
    raw.ends = vec![0, 0, 4, 5, 6, 10];
    raw.parts = vec![
        part(0, 1, 1),
        part(1, 2, 2),
        part(2, 3, 3),
        part(2, 4, 3),
        part(0, 5, 5),
    ];
    let input = Input::new(raw, &selectors()).unwrap();
    let parts: Vec<_> = input.parts().collect();
    let texts: Vec<String> = parts.iter().map(|part| input.whole(*part)).collect();
    assert_eq!(texts, ["", "/true", "/true/x", "/true/X", "TRUE"]);
    assert_eq!(input.folded(parts[2]), input.folded(parts[3]));
    assert_ne!(input.folded(parts[1]), input.folded(parts[4]));
    assert_eq!(input.parent(parts[3]), Some(parts[1]));
    assert_eq!(input.segment(parts[3]), "X");
}

/// The moment of one object's problem, from whether it is there in each state.
fn moment(there: &[bool]) -> Option<Moment> {
    let arises = (1..there.len()).find(|&number| there[number] && !there[number - 1]);
    match (there.first()?, there.last()?, arises) {
        (_, _, Some(number)) => Some(Moment::Change(number as u32)),
        (true, true, None) => Some(Moment::Standing),
        (true, false, None) => Some(Moment::Mended),
        (false, ..) => None,
    }
}

#[test]
fn judging_tells_every_problem_once_at_its_moment() {
    let mut dice = Dice(5);
    for _ in 0..500 {
        let input = Input::new(any_input(&mut dice), &selectors()).unwrap();
        let table = input.table("objects").unwrap();
        let a = table.column("a").unwrap();
        let is_wrong = |row: Row<'_>| row.symbol(a) == Symbol(2);
        for everything in [false, true] {
            let concerns = |_| everything;
            let found = input.judge(table, concerns, |mut rows, _| {
                rows.any(is_wrong)
                    .then(|| finding("wrong").message("is wrong"))
            });
            let mut found: Vec<_> = found
                .iter()
                .map(|found| (found.object().unwrap(), found.when().unwrap()))
                .collect();
            found.sort_unstable();
            let expected: Vec<_> = (1..=OBJECTS + 2)
                .map(ObjectId)
                .filter(|object| everything || input.touches(*object))
                .filter_map(|object| {
                    let there: Vec<bool> = (0..=input.changes().len() as u32)
                        .map(|number| input.after(number).rows_of(table, object).any(is_wrong))
                        .collect();
                    Some((object, moment(&there)?))
                })
                .collect();
            assert_eq!(found, expected);
        }
    }
}
