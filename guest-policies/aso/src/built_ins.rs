//! What Azure makes by itself below a resource, and what asoctl brings of everything: parts that no v1 object asked for.

use crate::arm_id::ArmId;
use crate::data::built_ins::BUILT_INS;

/// A part that is not there because somebody wanted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its ARM type.
    pub arm_type: &'static str,
    /// Its name in Azure; none if it may have any.
    pub name: Option<&'static str>,
    /// What it is, after `is`.
    pub what: &'static str,
}

/// What the resource with this id is, if it is one of these.
pub fn find(id: &ArmId) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|known| {
        let has_name = known
            .name
            .is_none_or(|name| name.eq_ignore_ascii_case(id.name()));
        has_name && id.is_of_type(known.arm_type)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_where_they_are_given_and_casing_never_does() {
        let find = |below: &str| {
            let id = format!("/subscriptions/1/resourceGroups/rg/providers/{below}");
            find(&ArmId::parse(&id).unwrap())
        };
        assert!(find("Microsoft.Sql/servers/s/databases/Master").is_some());
        assert!(find("Microsoft.Sql/servers/s/databases/shop").is_none());
        assert!(find("microsoft.storage/storageaccounts/a/fileservices/default").is_some());
        assert!(find("Microsoft.Storage/storageAccounts/a").is_none());
        let extension = "Microsoft.Storage/storageAccounts/a/providers/Microsoft.Authorization/roleAssignments/r";
        assert!(find(extension).unwrap().what.contains("role assignment"));
    }
}
