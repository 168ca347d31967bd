//! The kinds of v1. All are namespaced and belong to one API group.

use crate::data::v1_kinds::V1_KINDS;
use crate::data::v1_owners::V1_OWNERS;
use crate::secret_names::V1Secret;

/// The API group of every v1 kind.
pub const GROUP: &str = "azure.microsoft.com";

/// The finalizer of every v1 object that v1 has claimed (FACTS (a)).
pub const FINALIZER: &str = "azure.microsoft.com/finalizer";

/// What becomes of a v1 kind in v2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Successor {
    /// One v2 object stands for the same Azure resource.
    Supported,
    /// Several v2 objects stand for what one v1 object managed.
    Split,
    /// No v2 object can stand for the same Azure resource.
    Unsupported,
}

/// One kind of v1.
#[derive(Debug)]
pub struct V1Kind {
    /// Kind, in its exact spelling.
    pub kind: &'static str,
    /// Plural, as in the API path.
    pub plural: &'static str,
    /// What kubectl takes instead of the plural.
    pub short_names: &'static [&'static str],
    /// API versions; the last one is the one in which objects are stored.
    pub versions: &'static [&'static str],
    /// What becomes of it in v2.
    pub successor: Successor,
    /// Group and kind of its v2 counterparts, the primary one first. For [`Successor::Unsupported`] these stand for another
    /// Azure resource: the one to which the data must be migrated first (single server to flexible server).
    pub counterparts: &'static [(&'static str, &'static str)],
}

pub(crate) const fn kind(
    kind: &'static str,
    plural: &'static str,
    short_names: &'static [&'static str],
    versions: &'static [&'static str],
    successor: Successor,
    counterparts: &'static [(&'static str, &'static str)],
) -> V1Kind {
    V1Kind {
        kind,
        plural,
        short_names,
        versions,
        successor,
        counterparts,
    }
}

/// One possible controller owner of a v1 object.
#[derive(Debug)]
pub struct V1Owner {
    /// Kind of the owner, of the same group.
    pub kind: &'static str,
    /// Columns of the owned object, of which the first one present names the owner.
    pub fields: &'static [&'static str],
}

pub(crate) const fn owner(kind: &'static str, fields: &'static [&'static str]) -> V1Owner {
    V1Owner { kind, fields }
}

/// Every v1 kind, sorted.
pub fn kinds() -> &'static [V1Kind] {
    &V1_KINDS
}

/// The v1 kind with this exact name.
pub fn find(kind: &str) -> Option<&'static V1Kind> {
    let position = V1_KINDS
        .binary_search_by(|known| known.kind.cmp(kind))
        .ok()?;
    V1_KINDS.get(position)
}

/// Every v1 kind that has this v2 kind among its counterparts, for the same Azure resource or after its service was
/// migrated.
pub fn predecessors(group: &str, kind: &str) -> impl Iterator<Item = &'static V1Kind> {
    let wanted = move |known: &&V1Kind| known.counterparts.contains(&(group, kind));
    V1_KINDS.iter().filter(wanted)
}

impl V1Kind {
    /// The version in which objects are stored.
    pub fn storage_version(&self) -> &'static str {
        self.versions.last().copied().unwrap_or_default()
    }

    /// Whether reading it in another version needs v1's conversion webhook (FACTS (i) stage 0: 9 kinds).
    pub fn has_conversion_webhook(&self) -> bool {
        self.versions.len() > 1
    }

    /// Whether annotating it fails while v1 is down, because v1 validates updates (FACTS (i) stage 0: 4 kinds).
    pub fn has_validating_webhook(&self) -> bool {
        matches!(
            self.kind,
            "AzureSQLManagedUser" | "AzureSQLUser" | "MySQLAADUser" | "MySQLUser"
        )
    }

    /// Whether an object stands for something done once instead of a resource (FACTS (a)).
    pub fn is_action(&self) -> bool {
        matches!(self.kind, "AzureSqlAction" | "RedisCacheAction")
    }

    /// The objects of which v1 makes the first one that exists the controller owner.
    pub fn owners(&self) -> &'static [V1Owner] {
        match V1_OWNERS.binary_search_by(|(kind, _)| (*kind).cmp(self.kind)) {
            Ok(position) => V1_OWNERS.get(position).map_or(&[], |(_, owners)| owners),
            Err(_) => &[],
        }
    }

    /// The Secret that v1 writes for an object of this kind.
    pub fn secret(&self) -> Option<&'static V1Secret> {
        crate::secret_names::find(self.kind)
    }
}
