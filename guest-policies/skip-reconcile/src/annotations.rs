//! Objects that look protected, or should be, and are not; deletes are judged elsewhere.

use crate::ANNOTATE;
use crate::deletes::Deletes;
use crate::objects::{Gap, Objects};
use asogate_aso::annotations::{SKIPRECONCILE, column};
use asogate_policy::{Finding, Moment, Row, Rows, State, Step, finding};

pub(crate) fn judge(objects: &Objects<'_>, deletes: &Deletes) -> Vec<Finding> {
    let look = |mut rows: Rows<'_>, state| look(objects, state, rows.next()?);
    let found = objects.input.judge(objects.table, |_| true, look);
    found
        .into_iter()
        .filter_map(|found| settle(found, deletes))
        .filter(|found| !(objects.input.step() == Step::PauseV1 && is_saved(found)))
        .collect()
}

/// What is wrong with the annotations of one object at one moment.
fn look<'a>(objects: &Objects<'a>, state: State<'a>, row: Row<'a>) -> Option<Finding> {
    if objects.is_paused(row) {
        return None;
    }
    let (input, id) = (objects.input, row.object());
    if objects.is_terminating(row) {
        let gap = objects.gap(state, row)?;
        let before = state
            .number()
            .checked_sub(1)
            .map(|number| input.after(number));
        let was_paused = before
            .and_then(|before| before.row_of(objects.table, id))
            .is_some_and(|row| objects.is_paused(row));
        let found = finding("removed-while-terminating")
            .column(column(SKIPRECONCILE))
            .why("the annotation that is there when v1 acts on the finalizer decides; without it v1 deletes the resource in Azure");
        return Some(match was_paused {
            true => found
                .message("loses `skipreconcile=true` while it is being deleted")
                .advice("leave the annotation as it is until the object is gone")
                .command(
                    "kubectl wait -n {namespace} {resource} {name} --for=delete --timeout=10m",
                ),
            false => found
                .message(format!(
                    "is being deleted and {}",
                    objects.message(row, &gap)
                ))
                .command(ANNOTATE),
        });
    }
    // A mistake bears on the step that pauses, and on what a step changes; a rollback ends pauses on purpose.
    let bears = input.step() == Step::PauseV1 || state.number() > 0 || input.touches(id);
    if !bears || input.step() == Step::Rollback {
        return None;
    }
    let gap = objects.gap(state, row)?;
    let found = match &gap {
        Gap::Absent => return None,
        Gap::NotTrue(value) if is_deliberate(value) => return None,
        Gap::NotTrue(_) => finding("not-true")
            .why("only `true`, in any casing and without blanks, pauses it: v1 goes on managing it, and deletes the resource in Azure with it"),
        Gap::Annotation(_) | Gap::Label(_) | Gap::OfV2 => finding("misspelt-key")
            .why("only the annotation `skipreconcile` pauses it: v1 goes on managing it, and deletes the resource in Azure with it"),
    };
    let found = found.column(gap.column()).message(gap.message());
    let is_planned = input.now().row_of(objects.table, id).is_none();
    Some(match is_planned {
        true => found.edit("write `skipreconcile: \"true\"` below `metadata.annotations`"),
        false => found.command(ANNOTATE),
    })
}

/// Whether somebody says on purpose that the object is not paused.
fn is_deliberate(value: &str) -> bool {
    let words = ["false", "no", "off", "0", "n", "f", "disabled"];
    words
        .iter()
        .any(|word| value.trim().eq_ignore_ascii_case(word))
}

/// An object that is being deleted and that `pause-v1` pauses: whether that is right is the question that `health/in-flight`
/// asks, and so it is not told here that all is mended.
fn is_saved(found: &Finding) -> bool {
    found.code() == "removed-while-terminating" && found.when() == Some(Moment::Mended)
}

/// One cause, one finding: what a delete finding tells is not told again, and an object that goes unprotected was not mended.
fn settle(found: Finding, deletes: &Deletes) -> Option<Finding> {
    let object = found.object()?;
    if deletes.unprotected.contains(&object) {
        return None;
    }
    let went = deletes.went_while_terminating.contains(&object);
    Some(match found.when() {
        Some(Moment::Mended) if went => found.standing(),
        _ => found,
    })
}
