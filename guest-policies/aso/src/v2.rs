//! The kinds of v2, as of release 2.20. Newer releases add kinds; of a kind that is not listed nothing is known, which is
//! not the same as that it has no exports or no Azure identity.

use crate::data::v2_exports::V2_EXPORTS;
use crate::data::v2_kinds::V2_KINDS;
use crate::data::v2_versions::V2_VERSIONS;

/// Every v2 group ends in this, and a pattern for all of them is `*.azure.com`.
pub const GROUP_SUFFIX: &str = ".azure.com";

/// The finalizer of every v2 object that v2 has claimed (FACTS (c)).
pub const FINALIZER: &str = "serviceoperator.azure.com/finalizer";

/// Group of the v2 resource group.
pub const RESOURCES_GROUP: &str = "resources.azure.com";

/// What `spec.owner` of a v2 object refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V2Owner {
    /// The ResourceGroup of `resources.azure.com`.
    ResourceGroup,
    /// This kind of the same group.
    Kind(&'static str),
    /// Any kind: the object extends another resource and names its owner's group and kind.
    Any,
    /// Nothing: it lives in the subscription of the credential.
    Subscription,
    /// Nothing: it lives in the tenant.
    Tenant,
}

/// One kind of v2.
#[derive(Debug)]
pub struct V2Kind {
    /// API group.
    pub group: &'static str,
    /// Kind, in its exact spelling.
    pub kind: &'static str,
    /// Plural, as in the API path; several groups share some of them (FACTS (b)), so it is never used alone.
    pub plural: &'static str,
    /// ARM resource type; empty if objects do not stand for ARM resources (database users).
    pub arm_type: &'static str,
    /// What owns objects of it.
    pub owner: V2Owner,
    /// The name in Azure, for kinds that have no `spec.azureName`.
    pub fixed_name: Option<&'static str>,
}

pub(crate) const fn kind(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    arm_type: &'static str,
    owner: V2Owner,
    fixed_name: Option<&'static str>,
) -> V2Kind {
    V2Kind {
        group,
        kind,
        plural,
        arm_type,
        owner,
        fixed_name,
    }
}

/// What objects of one kind can export, and which Secrets they read. The fields `secretExpressions` and
/// `configMapExpressions` exist for every ARM kind and are not listed (FACTS (b)).
#[derive(Debug)]
pub struct V2Exports {
    /// API group.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Fields of `spec.operatorSpec.secrets`.
    pub secrets: &'static [&'static str],
    /// Fields of `spec.operatorSpec.configMaps`.
    pub config_maps: &'static [&'static str],
    /// Fields below `spec` that refer to a key of a Secret; `[]` stands for every element.
    pub secret_inputs: &'static [&'static str],
}

pub(crate) const fn exports(
    group: &'static str,
    kind: &'static str,
    secrets: &'static [&'static str],
    config_maps: &'static [&'static str],
    secret_inputs: &'static [&'static str],
) -> V2Exports {
    V2Exports {
        group,
        kind,
        secrets,
        config_maps,
        secret_inputs,
    }
}

/// Whether a group can be one of v2. Policies select `*.azure.com`; this is the same question of one group.
pub fn is_group(group: &str) -> bool {
    group.len() > GROUP_SUFFIX.len() && group.ends_with(GROUP_SUFFIX)
}

/// Every v2 kind, sorted by group and kind.
pub fn kinds() -> &'static [V2Kind] {
    &V2_KINDS
}

/// The v2 kind with this group and this exact name.
pub fn find(group: &str, kind: &str) -> Option<&'static V2Kind> {
    let position = V2_KINDS
        .binary_search_by(|known| (known.group, known.kind).cmp(&(group, kind)))
        .ok()?;
    V2_KINDS.get(position)
}

impl V2Kind {
    /// Whether objects stand for ARM resources. asoctl imports no others (FACTS (b)).
    pub fn is_arm(&self) -> bool {
        !self.arm_type.is_empty()
    }

    /// Group and kind of the owner, where there is only one kind it can have.
    pub fn owner_kind(&self) -> Option<(&'static str, &'static str)> {
        match self.owner {
            V2Owner::ResourceGroup => Some((RESOURCES_GROUP, "ResourceGroup")),
            V2Owner::Kind(kind) => Some((self.group, kind)),
            V2Owner::Any | V2Owner::Subscription | V2Owner::Tenant => None,
        }
    }

    /// Whether `spec.owner.armId` is of use: a database user takes `spec.owner.name` only (FACTS (b)).
    pub fn owner_may_be_arm_id(&self) -> bool {
        self.is_arm() && !matches!(self.owner, V2Owner::Subscription | V2Owner::Tenant)
    }

    /// What objects can export and which Secrets they read; none if neither.
    pub fn exports(&self) -> Option<&'static V2Exports> {
        let position = V2_EXPORTS
            .binary_search_by(|known| (known.group, known.kind).cmp(&(self.group, self.kind)))
            .ok()?;
        V2_EXPORTS.get(position)
    }

    /// The API versions of release 2.20, without storage versions.
    pub fn versions(&self) -> &'static [&'static str] {
        let found = V2_VERSIONS
            .binary_search_by(|(group, kind, _)| (*group, *kind).cmp(&(self.group, self.kind)));
        match found {
            Ok(position) => V2_VERSIONS
                .get(position)
                .map_or(&[], |(_, _, versions)| versions),
            Err(_) => &[],
        }
    }
}
