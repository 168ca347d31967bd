//! Names of resources in Azure (ARM ids), which mean the same in any casing.
//!
//! ASO, asoctl and Azure spell the same id differently (`Microsoft.Cache/redis` in an annotation, `Microsoft.Cache/Redis` in
//! a status, OBSERVED 2.k; `resourcegroups`, 7.a), so ids are never compared as text.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The id of one Azure resource, as somebody wrote it. Equality, order and hash ignore casing.
#[derive(Clone, Debug)]
pub struct ArmId(String);

/// Why a text is not an ARM id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArmIdError {
    /// It does not begin with `/subscriptions/` or `/providers/`.
    Start,
    /// Two slashes have nothing between them.
    EmptySegment,
    /// It ends where a name or a type is due.
    Incomplete,
}

impl fmt::Display for ArmIdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            ArmIdError::Start => "an ARM id begins with `/subscriptions/` or `/providers/`",
            ArmIdError::EmptySegment => "an ARM id has a name or a type between any two slashes",
            ArmIdError::Incomplete => "an ARM id ends with a name, after the type that it is of",
        })
    }
}

impl std::error::Error for ArmIdError {}

/// One type and name of an id: `resourceGroups/shop-rg`, `storageAccounts/media`.
#[derive(Clone, Copy, Debug)]
struct Pair<'a> {
    /// The namespace of the provider, on the first pair after `providers`.
    provider: Option<&'a str>,
    of_type: &'a str,
    name: &'a str,
    /// Where in the text the pair begins (with its slash, and `/providers/…` if it has one), and where it ends.
    start: usize,
    end: usize,
}

impl ArmId {
    /// Reads an id. A slash at its end is dropped.
    ///
    /// # Errors
    ///
    /// [`ArmIdError`] for anything that cannot be the id of a subscription, a resource group or a resource.
    pub fn parse(text: &str) -> Result<ArmId, ArmIdError> {
        Ok(ArmId(ArmId::check(text)?.to_owned()))
    }

    /// Whether a text is an id; then without a slash at its end. What [`ArmId::parse`] does, for those who need no copy.
    ///
    /// # Errors
    ///
    /// As for [`ArmId::parse`].
    pub fn check(text: &str) -> Result<&str, ArmIdError> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let first = Segments { text, position: 0 }.next();
        let starts =
            |word: &str| first.is_some_and(|(_, first, _)| first.eq_ignore_ascii_case(word));
        if !starts("subscriptions") && !starts("providers") {
            return Err(ArmIdError::Start);
        }
        let mut slashes = text.bytes().zip(text.bytes().skip(1).chain([b'/']));
        if slashes.any(|pair| pair == (b'/', b'/')) {
            return Err(ArmIdError::EmptySegment);
        }
        match pairs(text).last() {
            Some(last) if last.end == text.len() => Ok(text),
            _ => Err(ArmIdError::Incomplete),
        }
    }

    /// The id of a resource group.
    pub fn resource_group_of(subscription: &str, name: &str) -> ArmId {
        ArmId(format!(
            "/subscriptions/{subscription}/resourceGroups/{name}"
        ))
    }

    /// A text that is known to be an id.
    pub(crate) fn of_known(text: &str) -> ArmId {
        ArmId(text.to_owned())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case: equal for equal ids.
    pub fn canonical(&self) -> String {
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        self.0.to_lowercase()
    }

    /// The subscription that it is in; none for resources of the tenant.
    pub fn subscription(&self) -> Option<&str> {
        self.named("subscriptions", 0)
    }

    /// The resource group that it is, or is in.
    pub fn resource_group(&self) -> Option<&str> {
        self.named("resourceGroups", 1)
    }

    fn named(&self, of_type: &str, position: usize) -> Option<&str> {
        let pair = pairs(&self.0).nth(position)?;
        let fits = pair.provider.is_none() && pair.of_type.eq_ignore_ascii_case(of_type);
        fits.then_some(pair.name)
    }

    /// Its own name: the last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// What it is: `Microsoft.Storage/storageAccounts/blobServices`, as it was written. Resource groups are
    /// `Microsoft.Resources/resourceGroups`, subscriptions `Microsoft.Resources/subscriptions`.
    pub fn resource_type(&self) -> String {
        let mut types = String::new();
        let mut has_provider = false;
        for pair in pairs(&self.0) {
            match pair.provider {
                Some(provider) => {
                    has_provider = true;
                    types.clear();
                    types.push_str(provider);
                }
                None if has_provider => {}
                None => {
                    types.clear();
                    types.push_str("Microsoft.Resources");
                }
            }
            types.push('/');
            types.push_str(pair.of_type);
        }
        types
    }

    /// Whether it is of this type, in any casing.
    pub fn is_of_type(&self, resource_type: &str) -> bool {
        self.resource_type().eq_ignore_ascii_case(resource_type)
    }

    /// What it is directly below of: the account of a blob service, the resource group of an account, the resource that an
    /// extension resource extends, the subscription of a resource group.
    pub fn parent(&self) -> Option<ArmId> {
        let pair = pairs(&self.0).last()?;
        let above = self.0.get(..pair.start)?;
        (!above.is_empty()).then(|| ArmId(above.to_owned()))
    }

    /// Whether it extends another resource: `…/providers/A/b/c/providers/D/e/f`.
    pub fn is_extension(&self) -> bool {
        let with_provider = pairs(&self.0).filter(|pair| pair.provider.is_some());
        with_provider.count() > 1
    }

    /// Whether `other` is this resource or anything below it, extension resources included.
    pub fn contains(&self, other: &ArmId) -> bool {
        let (own, other) = (self.canonical(), other.canonical());
        match other.strip_prefix(&own) {
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }

    /// The id of a resource of this type and name directly below this one. A type without a provider
    /// (`blobServices`) continues this id, one with it (`Microsoft.Storage/storageAccounts`) begins a new part.
    pub fn child(&self, resource_type: &str, name: &str) -> ArmId {
        let providers = if resource_type.contains('/') {
            "/providers"
        } else {
            ""
        };
        ArmId(format!("{}{providers}/{resource_type}/{name}", self.0))
    }
}

/// The pairs of an id, in order. Stops before what is no pair.
fn pairs(text: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut segments = Segments { text, position: 0 };
    std::iter::from_fn(move || {
        let (start, word, _) = segments.next()?;
        let (provider, of_type) = if word.eq_ignore_ascii_case("providers") {
            let (_, namespace, _) = segments.next()?;
            (Some(namespace), segments.next()?.1)
        } else {
            (None, word)
        };
        let (_, name, end) = segments.next()?;
        Some(Pair {
            provider,
            of_type,
            name,
            start,
            end,
        })
    })
    .fuse()
}

/// Walks over the parts between slashes, with where each begins (its slash) and ends.
struct Segments<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Segments<'a> {
    fn next(&mut self) -> Option<(usize, &'a str, usize)> {
        let start = self.position;
        let rest = self.text.get(start..)?.strip_prefix('/')?;
        // Segments are short, so a look at each byte is quicker than a search that is made ready first.
        let length = rest.bytes().position(|byte| byte == b'/');
        let segment = rest.get(..length.unwrap_or(rest.len()))?;
        self.position = start + 1 + segment.len();
        Some((start, segment, self.position))
    }
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

impl PartialEq for ArmId {
    fn eq(&self, other: &ArmId) -> bool {
        self.0.eq_ignore_ascii_case(&other.0) || folded(&self.0).eq(folded(&other.0))
    }
}

impl Eq for ArmId {}

impl PartialOrd for ArmId {
    fn partial_cmp(&self, other: &ArmId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ArmId {
    fn cmp(&self, other: &ArmId) -> Ordering {
        folded(&self.0).cmp(folded(&other.0))
    }
}

impl Hash for ArmId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for letter in folded(&self.0) {
            letter.hash(state);
        }
    }
}

impl From<ArmId> for String {
    fn from(id: ArmId) -> String {
        id.0
    }
}

impl fmt::Display for ArmId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const CONTAINER: &str = "/subscriptions/1111/resourceGroups/shop-rg/providers/Microsoft.Storage/storageAccounts/media/blobServices/default/containers/images";

    fn id(text: &str) -> ArmId {
        ArmId::parse(text).unwrap()
    }

    #[test]
    fn parts_are_found_in_any_casing() {
        let container = id(&CONTAINER.to_uppercase());
        assert_eq!(container, id(CONTAINER));
        assert_eq!(container.subscription(), Some("1111"));
        assert_eq!(container.resource_group(), Some("SHOP-RG"));
        assert_eq!(container.name(), "IMAGES");
        assert!(container.is_of_type("Microsoft.Storage/storageAccounts/blobServices/containers"));
        assert!(!container.is_extension());
    }

    #[test]
    fn parents_lead_up_to_the_subscription() {
        let mut path = vec![];
        let mut next = Some(id(CONTAINER));
        while let Some(id) = next {
            next = id.parent();
            path.push(id.resource_type());
        }
        assert_eq!(
            path,
            [
                "Microsoft.Storage/storageAccounts/blobServices/containers",
                "Microsoft.Storage/storageAccounts/blobServices",
                "Microsoft.Storage/storageAccounts",
                "Microsoft.Resources/resourceGroups",
                "Microsoft.Resources/subscriptions",
            ]
        );
    }

    #[test]
    fn extension_resources_are_below_what_they_extend() {
        let account = id(
            "/subscriptions/1111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/media",
        );
        let role = account.child("Microsoft.Authorization/roleAssignments", "aaaa");
        assert!(role.is_extension());
        assert_eq!(
            role.resource_type(),
            "Microsoft.Authorization/roleAssignments"
        );
        assert_eq!(role.parent(), Some(account.clone()));
        assert!(account.contains(&role) && account.contains(&account));
        let sibling = id(
            "/subscriptions/1111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/media2",
        );
        assert!(!account.contains(&sibling));
        let in_subscription =
            id("/subscriptions/1111/providers/Microsoft.Authorization/roleDefinitions/ba92");
        assert_eq!(in_subscription.resource_group(), None);
        assert!(!in_subscription.is_extension());
    }

    #[test]
    fn what_is_no_id_is_refused_with_the_reason() {
        for (text, error) in [
            ("", ArmIdError::Start),
            ("shop", ArmIdError::Start),
            ("subscriptions/1111", ArmIdError::Start),
            ("/resourceGroups/rg", ArmIdError::Start),
            ("/subscriptions", ArmIdError::Incomplete),
            (
                "/subscriptions//resourceGroups/rg",
                ArmIdError::EmptySegment,
            ),
            ("/subscriptions/1111/resourceGroups", ArmIdError::Incomplete),
            (
                "/subscriptions/1111/providers/Microsoft.Storage",
                ArmIdError::Incomplete,
            ),
            (
                "/subscriptions/1111/providers/Microsoft.Storage/storageAccounts",
                ArmIdError::Incomplete,
            ),
        ] {
            assert_eq!(ArmId::parse(text), Err(error), "{text}");
        }
        assert_eq!(id("/subscriptions/1111/"), id("/subscriptions/1111"));
    }

    #[test]
    fn names_outside_ascii_fold_too() {
        assert_eq!(
            id("/subscriptions/1/resourceGroups/GRÜN"),
            id("/subscriptions/1/resourcegroups/grün")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(/?(subscriptions|providers|resourceGroups|[a-zA-Z.]{0,4})){0,9}/?") {
            if let Ok(id) = ArmId::parse(&text) {
                prop_assert_eq!(&ArmId::parse(id.as_str()).unwrap(), &id);
                if let Some(parent) = id.parent() {
                    prop_assert!(parent.contains(&id));
                    prop_assert!(!id.contains(&parent));
                }
            }
        }

        #[test]
        fn casing_never_matters(text in "/subscriptions(/[a-zA-Z]{1,5}){1,3}", flips in any::<u64>()) {
            let flipped: String = text.chars().enumerate().map(|(index, letter)| {
                if flips >> (index % 64) & 1 == 1 { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
            }).collect();
            if let (Ok(one), Ok(other)) = (ArmId::parse(&text), ArmId::parse(&flipped)) {
                prop_assert_eq!(&one, &other);
                prop_assert_eq!(one.canonical(), other.canonical());
                prop_assert_eq!(one.cmp(&other), Ordering::Equal);
                prop_assert_eq!(HashSet::from([one, other]).len(), 1);
            } else {
                prop_assert!(ArmId::parse(&text).is_err() && ArmId::parse(&flipped).is_err());
            }
        }
    }
}
