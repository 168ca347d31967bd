//! From "this is wrong with these rows" to findings that say when it is.

use crate::finding::{Finding, Moment};
use crate::input::{Input, ObjectId};
use crate::state::State;
use crate::table::{Rows, Table};

impl Input {
    /// Checks the rows of each object now and after every change of that object, and gives each problem once, with the
    /// right moment:
    ///
    /// - not there before, there after change n: `Change(n)`, also if a later change mends it again;
    /// - there before and never gone: `Standing`;
    /// - there before and gone at the end (also because the object goes): `Mended`.
    ///
    /// Two findings of the same code and column for one object are the same problem. `check` need not name the object
    /// or the moment. Objects that no change touches are checked only if `concerns` says so, since what a plan leaves
    /// alone is seldom its business: `|_| false` for "only what the plan touches", `|_| true` for everything.
    ///
    /// `check` sees the rows of one object and the state they belong to. A problem that depends on other objects too is
    /// found here only when the object itself changes; use [`Input::walk`] for those.
    pub fn judge<'a, I: IntoIterator<Item = Finding>>(
        &'a self,
        table: Table<'a>,
        mut concerns: impl FnMut(ObjectId) -> bool,
        mut check: impl FnMut(Rows<'a>, State<'a>) -> I,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        let now = self.now();
        let mut touches = self
            .all_touches()
            .chunk_by(|one, other| one.0 == other.0)
            .peekable();
        for rows in now.objects(table) {
            let Some(object) = rows.object() else {
                continue;
            };
            // Both are ordered by object.
            while touches
                .next_if(|group| group.first().is_some_and(|touch| touch.0 < object))
                .is_some()
            {}
            let touched = touches
                .peek()
                .and_then(|group| group.first())
                .is_some_and(|touch| touch.0 == object);
            if !touched && concerns(object) {
                found.extend(
                    check(rows, now)
                        .into_iter()
                        .map(|problem| problem.about(object).standing()),
                );
            }
        }
        for group in self.all_touches().chunk_by(|one, other| one.0 == other.0) {
            let Some((object, _)) = group.first() else {
                continue;
            };
            let mut timeline = Timeline::default();
            let numbers = std::iter::once(0).chain(group.iter().map(|touch| touch.1));
            for number in numbers {
                let state = State::new(self, number);
                let rows = state.rows_of(table, *object);
                let problems: Vec<Finding> = if rows.is_empty() {
                    vec![]
                } else {
                    check(rows, state)
                        .into_iter()
                        .map(|problem| problem.about(*object))
                        .collect()
                };
                timeline.advance(number, problems);
            }
            found.append(&mut timeline.finish());
        }
        found
    }
}

/// Problems that come and go while the plan runs, each told once with the right moment. [`Input::judge`] keeps one for each
/// object; an invariant over several objects can keep one for each group of them, along [`Input::walk`].
///
/// ```
/// # use asogate_policy::{Timeline, finding};
/// let mut timeline = Timeline::default();
/// timeline.advance(0, vec![]); // as the cluster is now
/// timeline.advance(3, vec![finding("shared").message("is shared")]); // as change 3 leaves it
/// assert_eq!(timeline.finish().len(), 1);
/// ```
#[derive(Debug, Default)]
pub struct Timeline {
    /// Problems that exist, with the change that brought them (0: there before the plan).
    open: Vec<(u32, Finding)>,
    closed: Vec<(u32, Finding)>,
}

impl Timeline {
    /// These and no other problems exist after change `number` (0: before the plan). Call it in the order of the changes, first
    /// for 0; changes that cannot have made a difference can be left out. Two findings with the same code, object
    /// and column are the same problem.
    pub fn advance(&mut self, number: u32, problems: Vec<Finding>) {
        let (stay, gone) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|(_, open)| problems.iter().any(|problem| problem.same_problem(open)));
        self.open = stay;
        self.closed.extend::<Vec<_>>(gone);
        for problem in problems {
            if !self
                .open
                .iter()
                .any(|(_, open)| open.same_problem(&problem))
            {
                self.open.push((number, problem));
            }
        }
    }

    /// Every problem that ever existed, with its moment (see [`Input::judge`]).
    pub fn finish(self) -> Vec<Finding> {
        let moment = |since: u32, last: Moment| {
            if since == 0 {
                last
            } else {
                Moment::Change(since)
            }
        };
        let mut findings: Vec<Finding> = self
            .open
            .into_iter()
            .map(|(since, problem)| problem.moment(moment(since, Moment::Standing)))
            .collect();
        for (since, problem) in self.closed {
            // A problem that comes back is told once, at the change that brought it (back).
            if !findings.iter().any(|known| known.same_problem(&problem)) {
                findings.push(problem.moment(moment(since, Moment::Mended)));
            } else if since > 0
                && let Some(known) = findings
                    .iter_mut()
                    .find(|known| known.same_problem(&problem))
            {
                let first = match known.moment {
                    Some(Moment::Change(later)) => later.min(since),
                    _ => since,
                };
                known.moment = Some(Moment::Change(first));
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding;

    fn timeline(broken: &[bool]) -> Vec<Option<Moment>> {
        let mut timeline = Timeline::default();
        for (number, broken) in (0..).zip(broken) {
            timeline.advance(number, broken.then(|| finding("x")).into_iter().collect());
        }
        timeline
            .finish()
            .into_iter()
            .map(|problem| problem.moment)
            .collect()
    }

    #[test]
    fn each_problem_is_told_once_with_the_moment_it_arose() {
        let change = |number| vec![Some(Moment::Change(number))];
        assert_eq!(timeline(&[false, false]), []);
        assert_eq!(timeline(&[true, true]), [Some(Moment::Standing)]);
        assert_eq!(timeline(&[true, false]), [Some(Moment::Mended)]);
        assert_eq!(timeline(&[false, true]), change(1));
        assert_eq!(timeline(&[false, true, false]), change(1));
        assert_eq!(timeline(&[true, false, true]), change(2));
        assert_eq!(timeline(&[false, true, false, true]), change(1));
        assert_eq!(timeline(&[true, false, true, false]), change(2));
    }
}
