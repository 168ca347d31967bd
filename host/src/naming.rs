//! Looks up the names, plurals and file positions that findings are put into words with.

use crate::collect::manifest::Manifest;
use crate::steps;
use asogate_core::change::Position;
use asogate_core::input::{ChangeNote, YAML11_SCALAR};
use asogate_core::object::{ObjectId, ObjectKey};
use asogate_core::plan::Plan;
use asogate_core::projection::Projection;
use asogate_core::selector::ColumnPath;
use asogate_core::simulate::{Cause, Effect};
use asogate_core::statement::Names;
use std::collections::HashMap;

/// Names of the objects of one judgement.
#[derive(Debug)]
pub(crate) struct Naming<'a> {
    projection: &'a Projection<'a>,
    manifests: HashMap<ObjectKey, &'a Manifest>,
    /// Positions that the plan itself carries, for plans whose files are not at hand.
    positions: HashMap<ObjectKey, &'a Position>,
}

impl<'a> Naming<'a> {
    /// Names of the objects of `projection`, some of which stand in `manifests`. The manifest of a change is found by the
    /// position that the change carries, since its object may have got its namespace from the command line.
    pub(crate) fn new(
        projection: &'a Projection<'a>,
        plan: &'a Plan,
        manifests: &'a [Manifest],
    ) -> Naming<'a> {
        let by_position: HashMap<&Position, &Manifest> = manifests
            .iter()
            .map(|manifest| (&manifest.position, manifest))
            .collect();
        let with_position = plan
            .changes()
            .iter()
            .filter_map(|change| Some((change, change.manifest.as_ref()?)));
        let mut naming = Naming {
            projection,
            manifests: HashMap::new(),
            positions: HashMap::new(),
        };
        for (change, position) in with_position {
            naming.positions.insert(change.object.clone(), position);
            if let Some(manifest) = by_position.get(position) {
                naming.manifests.insert(change.object.clone(), manifest);
            }
        }
        naming
    }
}

impl Naming<'_> {
    /// What the manifests behind the changes say that their objects do not: scalars that readers of YAML do not agree on.
    pub(crate) fn notes(&self, effects: &[Effect]) -> Vec<ChangeNote> {
        let mut notes = vec![];
        for (number, effect) in (1..).zip(effects) {
            let is_asked = effect.cause == Cause::Requested && !self.manifests.is_empty();
            let key = is_asked
                .then(|| self.projection.key(effect.object))
                .flatten();
            let Some(manifest) = key.and_then(|key| self.manifests.get(&key)) else {
                continue;
            };
            notes.extend(manifest.yaml11.iter().map(|scalar| {
                let value = format!("{}\n{}\n{}", scalar.place(), scalar.text, scalar.read_as);
                (number, YAML11_SCALAR, value)
            }));
        }
        notes
    }
}

impl Names for Naming<'_> {
    fn key(&self, id: ObjectId) -> Option<ObjectKey> {
        self.projection.key(id)
    }

    fn version(&self, id: ObjectId) -> String {
        self.projection.version(id).to_owned()
    }

    fn plural(&self, key: &ObjectKey) -> String {
        steps::plural(key)
    }

    fn position(&self, id: ObjectId, column: Option<&str>) -> Option<Position> {
        let key = self.projection.key(id)?;
        let column: Option<ColumnPath> = column.and_then(|column| ColumnPath::named(column).ok());
        match self.manifests.get(&key) {
            Some(manifest) => Some(match column {
                Some(column) => {
                    let at = manifest.spans.position_of_column(&column).key;
                    Position {
                        file: manifest.position.file.clone(),
                        line: at.line,
                        column: at.column,
                    }
                }
                None => manifest.position.clone(),
            }),
            None => self.positions.get(&key).map(|position| (*position).clone()),
        }
    }
}
