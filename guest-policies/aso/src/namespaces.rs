//! Which namespaces an operator watches.

/// The namespaces that a setting `AZURE_TARGET_NAMESPACES` names. Objects elsewhere get no conditions, no finalizer and no
/// events, and one that was claimed before cannot be deleted (FACTS 0.18, (g); OBSERVED 7.h).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedNamespaces<'a>(Option<&'a str>);

impl<'a> WatchedNamespaces<'a> {
    /// Reads a setting: a list with commas, blanks around names are dropped. Absent, or nothing but blanks, means all. An
    /// empty name in a longer list (`shop,`) is passed over here, so that no more namespaces seem watched than are named.
    pub fn parse(setting: Option<&'a str>) -> WatchedNamespaces<'a> {
        WatchedNamespaces(setting.filter(|setting| !setting.trim().is_empty()))
    }

    /// Whether all namespaces are watched.
    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// The names that are listed; empty if all are watched.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let names = self.0.unwrap_or("").split(',').map(str::trim);
        names.filter(|name| !name.is_empty())
    }

    /// Whether objects in this namespace are looked at.
    pub fn contains(&self, namespace: &str) -> bool {
        self.is_all() || self.names().any(|name| name == namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_setting_means_all_namespaces() {
        for setting in [None, Some(""), Some("  ")] {
            assert!(
                WatchedNamespaces::parse(setting).contains("shop"),
                "{setting:?}"
            );
        }
    }

    #[test]
    fn blanks_around_names_are_dropped() {
        // OBSERVED 7.h used exactly this value.
        let watched = WatchedNamespaces::parse(Some("th1, th3,nope"));
        assert!(watched.contains("th1") && watched.contains("th3"));
        assert!(!watched.contains("th2") && !watched.contains(" th3") && !watched.contains(""));
        assert_eq!(watched.names().count(), 3);
    }

    #[test]
    fn a_stray_comma_does_not_mean_all() {
        let watched = WatchedNamespaces::parse(Some("shop,"));
        assert!(!watched.is_all() && !watched.contains("other"));
    }
}
