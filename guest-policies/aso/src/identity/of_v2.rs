//! The Azure resource of a v2 object: its owner's, and its own type and name below it (FACTS (b), (g)).

use super::Unidentified;
use crate::annotations::RESOURCE_ID;
use crate::arm_id::{ArmId, ArmIdError};
use crate::v2::{self, V2Kind, V2Owner};

/// Owners are at most this deep; the deepest resource type of v2 has five levels below the subscription, and an extension
/// may extend an extension. More means a circle.
const MAX_DEPTH: usize = 16;

/// The columns from which a [`V2Object`] is made, besides `kind` and `apiVersion`.
pub const V2_COLUMNS: &[&str] = &[
    "metadata.namespace",
    "metadata.name",
    "spec.azureName",
    "spec.owner.name",
    "spec.owner.armId",
    "spec.owner.group",
    "spec.owner.kind",
    "metadata.annotations[serviceoperator.azure.com/resource-id]",
];

/// The cells of a v2 object that decide what it stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct V2Object<'a> {
    /// API group.
    pub group: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// `metadata.namespace`.
    pub namespace: Option<&'a str>,
    /// `metadata.name`.
    pub name: &'a str,
    /// `spec.azureName`.
    pub azure_name: Option<&'a str>,
    /// `spec.owner`.
    pub owner: V2OwnerCells<'a>,
    /// The annotation `serviceoperator.azure.com/resource-id`, of an object that v2 has claimed: GET and DELETE go there
    /// (FACTS (c)). Leave it out for manifests; there it says nothing (FACTS 0.14).
    pub resource_id: Option<&'a str>,
    /// The subscription of the credential that the object will use. Only resource groups need it: everything below gets it
    /// from them, or from an `armId` (FACTS (g)).
    pub subscription: Option<&'a str>,
}

/// `spec.owner` of a v2 object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct V2OwnerCells<'a> {
    /// `name`: an object in the same namespace.
    pub name: Option<&'a str>,
    /// `armId`.
    pub arm_id: Option<&'a str>,
    /// `group`, on extension kinds only.
    pub group: Option<&'a str>,
    /// `kind`, on extension kinds only.
    pub kind: Option<&'a str>,
}

/// What names an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnerKey<'a> {
    /// API group.
    pub group: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Namespace: that of the owned object, always (FACTS (b)).
    pub namespace: Option<&'a str>,
    /// Name.
    pub name: &'a str,
}

/// An owner that was found.
#[derive(Clone, Debug)]
pub enum FoundOwner<'a> {
    /// By its cells.
    Object(V2Object<'a>),
    /// By the annotation `serviceoperator.azure.com/resource-id`, as in [`V2Object::resource_id`].
    Claimed(Result<ArmId, ArmIdError>),
}

impl<'a> From<V2Object<'a>> for FoundOwner<'a> {
    fn from(object: V2Object<'a>) -> FoundOwner<'a> {
        FoundOwner::Object(object)
    }
}

/// Finds an object by its key.
type Find<'f, 'a> = &'f dyn Fn(OwnerKey<'a>) -> Option<FoundOwner<'a>>;

/// The resource of a v2 object. `find` gives other v2 objects, of the cluster or of the import, as they are at the same
/// moment.
///
/// # Errors
///
/// Why it is not known; [`Unidentified::NotArm`] for database users.
pub fn identify_v2<'a, F: Into<FoundOwner<'a>>>(
    object: &V2Object<'a>,
    find: &impl Fn(OwnerKey<'a>) -> Option<F>,
) -> Result<ArmId, Unidentified> {
    identify(object, &|key| find(key).map(Into::into), MAX_DEPTH)
}

/// The resource that a v2 object belongs to: that of its owner. For database users it is the server or database.
///
/// # Errors
///
/// As for [`identify_v2`].
pub fn within_v2<'a, F: Into<FoundOwner<'a>>>(
    object: &V2Object<'a>,
    find: &impl Fn(OwnerKey<'a>) -> Option<F>,
) -> Result<ArmId, Unidentified> {
    let kind = v2::find(object.group, object.kind).ok_or(Unidentified::UnknownKind)?;
    owner(object, kind, &|key| find(key).map(Into::into), MAX_DEPTH)
}

impl<'a> V2Object<'a> {
    /// Its name in Azure: fixed by its kind, else `spec.azureName`, else `metadata.name`.
    pub fn name_in_azure(&self, kind: &V2Kind) -> &'a str {
        let own = self.azure_name.filter(|name| !name.is_empty());
        kind.fixed_name.or(own).unwrap_or(self.name)
    }

    /// The object that `spec.owner.name` names; none if there is no `name`, or the kind of the owner is not known.
    pub fn owner_key(&self, kind: &V2Kind) -> Option<OwnerKey<'a>> {
        let name = self.owner.name.filter(|name| !name.is_empty())?;
        let (group, owner_kind) = match kind.owner_kind() {
            Some((group, kind)) => (group, kind),
            None if kind.owner == V2Owner::Any => (self.owner.group?, self.owner.kind?),
            None => return None,
        };
        Some(OwnerKey {
            group,
            kind: owner_kind,
            namespace: self.namespace,
            name,
        })
    }
}

fn identify<'a>(
    object: &V2Object<'a>,
    find: Find<'_, 'a>,
    depth: usize,
) -> Result<ArmId, Unidentified> {
    let id = |text| ArmId::parse(text).map_err(|error| Unidentified::NotAnId(RESOURCE_ID, error));
    if let Some(claimed) = object.resource_id.filter(|id| !id.is_empty()) {
        return id(claimed);
    }
    let kind = v2::find(object.group, object.kind).ok_or(Unidentified::UnknownKind)?;
    if !kind.is_arm() {
        return Err(Unidentified::NotArm);
    }
    let name = object.name_in_azure(kind);
    let text = match kind.owner {
        V2Owner::Subscription => {
            let subscription = object.subscription.filter(|value| !value.is_empty());
            let subscription = subscription.ok_or(Unidentified::NoSubscription)?;
            return Ok(ArmId::resource_group_of(subscription, name));
        }
        V2Owner::Tenant => format!("/providers/{}/{name}", kind.arm_type),
        V2Owner::ResourceGroup | V2Owner::Any => {
            let owner = owner(object, kind, find, depth)?;
            format!("{owner}/providers/{}/{name}", kind.arm_type)
        }
        V2Owner::Kind(_) => {
            let owner = owner(object, kind, find, depth)?;
            let own_type = kind.arm_type.rsplit('/').next().unwrap_or_default();
            format!("{owner}/{own_type}/{name}")
        }
    };
    ArmId::parse(&text).map_err(|error| Unidentified::NotAnId("spec.azureName", error))
}

fn owner<'a>(
    object: &V2Object<'a>,
    kind: &V2Kind,
    find: Find<'_, 'a>,
    depth: usize,
) -> Result<ArmId, Unidentified> {
    let depth = depth.checked_sub(1).ok_or(Unidentified::OwnersInACircle)?;
    let by_id = object.owner.arm_id.filter(|id| !id.is_empty());
    if let Some(text) = by_id.filter(|_| kind.owner_may_be_arm_id()) {
        let id =
            ArmId::parse(text).map_err(|error| Unidentified::NotAnId("spec.owner.armId", error))?;
        let expected = kind
            .owner_kind()
            .and_then(|(group, kind)| v2::find(group, kind));
        return match expected.map(|owner| owner.arm_type) {
            Some(expected) if !id.is_of_type(expected) => Err(Unidentified::OwnerOfWrongType {
                found: id.resource_type(),
                expected,
            }),
            _ => Ok(id),
        };
    }
    let key = object.owner_key(kind).ok_or(Unidentified::NoOwner)?;
    let owner = find(key).ok_or_else(|| Unidentified::OwnerAbsent {
        group: key.group.to_owned(),
        kind: key.kind.to_owned(),
        name: key.name.to_owned(),
    })?;
    match owner {
        FoundOwner::Object(owner) => identify(&owner, find, depth),
        FoundOwner::Claimed(id) => id.map_err(|error| Unidentified::NotAnId(RESOURCE_ID, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> V2Object<'static> {
        V2Object {
            group: "resources.azure.com",
            kind: "ResourceGroup",
            namespace: Some("shop"),
            name: "shop-rg",
            subscription: Some("1111"),
            ..V2Object::default()
        }
    }

    fn owned<'a>(group: &'a str, kind: &'a str, name: &'a str, owner: &'a str) -> V2Object<'a> {
        V2Object {
            group,
            kind,
            namespace: Some("shop"),
            name,
            owner: V2OwnerCells {
                name: Some(owner),
                ..V2OwnerCells::default()
            },
            ..V2Object::default()
        }
    }

    fn find<'a>(objects: &'a [V2Object<'a>]) -> impl Fn(OwnerKey<'a>) -> Option<V2Object<'a>> {
        move |key| {
            let wanted = |object: &&V2Object<'_>| {
                (object.group, object.kind, object.namespace, object.name)
                    == (key.group, key.kind, key.namespace, key.name)
            };
            objects.iter().find(wanted).copied()
        }
    }

    #[test]
    fn a_chain_of_owners_ends_at_the_credentials_subscription() {
        let storage = "storage.azure.com";
        let mut account = owned(storage, "StorageAccount", "media-k8s", "shop-rg");
        account.azure_name = Some("contosomedia");
        let objects = [
            group(),
            account,
            owned(
                storage,
                "StorageAccountsBlobService",
                "media-default",
                "media-k8s",
            ),
        ];
        let container = owned(
            storage,
            "StorageAccountsBlobServicesContainer",
            "images",
            "media-default",
        );
        assert_eq!(
            identify_v2(&container, &find(&objects)).unwrap().as_str(),
            "/subscriptions/1111/resourceGroups/shop-rg/providers/Microsoft.Storage/storageAccounts/contosomedia/blobServices/default/containers/images"
        );
        let elsewhere = V2Object {
            namespace: Some("other"),
            ..container
        };
        assert!(matches!(
            identify_v2(&elsewhere, &find(&objects)),
            Err(Unidentified::OwnerAbsent { .. })
        ));
    }

    #[test]
    fn a_name_that_its_kind_fixes_wins_and_an_empty_one_counts_for_nothing() {
        let storage = "storage.azure.com";
        let mut account = owned(storage, "StorageAccount", "media", "shop-rg");
        account.azure_name = Some("");
        let mut service = owned(
            storage,
            "StorageAccountsBlobService",
            "media-blobs",
            "media",
        );
        service.azure_name = Some("other");
        let id = identify_v2(&service, &find(&[group(), account])).unwrap();
        assert_eq!(id.name(), "default");
        assert_eq!(id.parent().unwrap().name(), "media");
    }

    #[test]
    fn an_owner_given_by_id_must_be_of_the_right_type() {
        let mut redis = owned("cache.azure.com", "Redis", "r", "ignored");
        redis.owner = V2OwnerCells {
            arm_id: Some("/subscriptions/9/resourceGroups/SHOP-RG"),
            ..V2OwnerCells::default()
        };
        let id = identify_v2(&redis, &find(&[])).unwrap();
        assert_eq!(id.resource_group(), Some("SHOP-RG"));
        redis.owner.arm_id = Some(
            "/subscriptions/9/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/x",
        );
        assert!(matches!(
            identify_v2(&redis, &find(&[])),
            Err(Unidentified::OwnerOfWrongType { .. })
        ));
        redis.owner.arm_id = Some("shop-rg");
        assert!(matches!(
            identify_v2(&redis, &find(&[])),
            Err(Unidentified::NotAnId("spec.owner.armId", _))
        ));
    }

    #[test]
    fn extensions_name_the_kind_that_they_extend() {
        let mut role = owned(
            "authorization.azure.com",
            "RoleAssignment",
            "aaaa",
            "shop-rg",
        );
        assert_eq!(
            identify_v2(&role, &find(&[group()])),
            Err(Unidentified::NoOwner)
        );
        role.owner.group = Some("resources.azure.com");
        role.owner.kind = Some("ResourceGroup");
        let id = identify_v2(&role, &find(&[group()])).unwrap();
        assert!(id.is_of_type("Microsoft.Authorization/roleAssignments"));
    }

    #[test]
    fn owners_in_a_circle_are_an_error() {
        let mut role = owned("authorization.azure.com", "RoleAssignment", "a", "a");
        role.owner.group = Some("authorization.azure.com");
        role.owner.kind = Some("RoleAssignment");
        assert_eq!(
            identify_v2(&role, &find(&[role])),
            Err(Unidentified::OwnersInACircle)
        );
    }

    #[test]
    fn a_claimed_object_is_where_its_annotation_says() {
        let mut redis = owned("cache.azure.com", "Redis", "r", "gone");
        redis.resource_id =
            Some("/subscriptions/1/resourceGroups/rg/providers/Microsoft.Cache/Redis/r");
        assert!(identify_v2(&redis, &find(&[])).is_ok());
    }

    #[test]
    fn database_users_belong_to_their_owner_and_take_no_arm_id() {
        let sql = "sql.azure.com";
        let objects = [
            group(),
            owned(sql, "Server", "sql", "shop-rg"),
            owned(sql, "ServersDatabase", "orders", "sql"),
        ];
        let mut user = owned(sql, "User", "reader", "orders");
        assert_eq!(
            identify_v2(&user, &find(&objects)),
            Err(Unidentified::NotArm)
        );
        let within = within_v2(&user, &find(&objects)).unwrap();
        assert!(within.is_of_type("Microsoft.Sql/servers/databases"));
        user.owner = V2OwnerCells {
            arm_id: Some("/subscriptions/1/resourceGroups/rg"),
            ..V2OwnerCells::default()
        };
        assert_eq!(
            within_v2(&user, &find(&objects)),
            Err(Unidentified::NoOwner)
        );
    }
}
