//! `stored-versions`: v1 definitions with more than one stored version. As long as one old object is stored, listing the kind
//! needs v1's conversion webhook (OBSERVED 7.e, k6).

use crate::say;
use asogate_aso::v1;
use asogate_policy::{Finding, Input, Selector};

const TABLE: &str = "definitions";
const COLUMNS: [&str; 2] = ["spec.group", "status.storedVersions[*]"];

pub(crate) fn reads() -> Selector {
    Selector::objects(
        TABLE,
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        COLUMNS,
    )
}

pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let table = input.table(TABLE)?;
    let [group, version] = table.columns(COLUMNS)?;
    let mut found = vec![];
    for rows in input.now().objects(table) {
        let of_v1 = rows.filter(|row| row.text(group) == Some(v1::GROUP));
        let versions: Vec<&str> = of_v1.filter_map(|row| row.text(version)).collect();
        if let (Some(object), true) = (rows.object(), versions.len() > 1) {
            let problem = say::stored_versions(&versions);
            found.push(problem.about(object).standing());
        }
    }
    Ok(found)
}
