//! Graphs written down: those in which something was found, and those in which `simulate` knowingly says something else than
//! Kubernetes does.

/// Graphs in which `simulate` was wrong once, or that are worth a word.
pub(crate) const FOUND: [(&str, &str); 10] = [
    (
        "a new reference that names nobody goes, if another one keeps the object",
        "o3: ConfigMap in o0
         o3 becomes; owned by o1 (blocks), nobody, o0 (blocks)",
    ),
    (
        "so does one that calls its owner by another name, or is created so",
        "o3: Secret in o1
         o4: ConfigMap in o1; owned by o3
         o5: ConfigMap in o1; owned by o3, nobody
         o5 is created
         o4 becomes; owned by o3 (blocks), o0 (blocks), o4 (misnamed)",
    ),
    (
        "a reference to an owner of another namespace is none",
        "o3: Thing in o0
         o4: ConfigMap in o1; owned by o3, o1
         o5: ConfigMap in o0; owned by o3
         Background delete of o3",
    ),
    (
        "a foreground deletion goes through to the last dependent, and waits for what is held",
        "o3: Thing in o0
         o4: Thing in o0; owned by o3 (blocks)
         o5: ConfigMap in o0, asogate.test/held; owned by o4 (blocks)
         o6: ConfigMap in o0; owned by o4
         Foreground delete of o3
         o5 loses its finalizers",
    ),
    (
        "an object that blocks itself stays, being deleted",
        "o3: ConfigMap in o0; owned by o3 (blocks), o1
         Foreground delete of o3",
    ),
    (
        "two that block each other go",
        "o3: ConfigMap in o0; owned by o4 (blocks)
         o4: ConfigMap in o0; owned by o3 (blocks)
         Foreground delete of o3",
    ),
    (
        "a reference that was taken off is new when it comes back",
        "o3: Thing in o0
         o4: ConfigMap in o0; owned by o3 (blocks)
         Orphan delete of o3
         o4 becomes; owned by o3 (blocks)",
    ),
    (
        "a definition orphans nothing, whatever the delete says",
        "o3: Own in o0
         o4: ConfigMap in o0; owned by o2 (blocks)
         o5: ConfigMap in o1; owned by o3
         Orphan delete of o2",
    ),
    (
        "a namespace orphans what is elsewhere, if the delete says so",
        "o3: ConfigMap in o1; owned by o0
         o4: ConfigMap in o1; owned by o0, o3
         Orphan delete of o0",
    ),
    (
        "orphans stay, and lose the reference",
        "o3: Thing in o0, asogate.test/held
         o4: Thing in o0; owned by o3 (blocks)
         o5: ConfigMap in o0; owned by o4
         Orphan delete of o3
         Background delete of o4",
    ),
];

/// Graphs in which `simulate` says something else than what happens: what differs from the first moment to the last one.
/// Each is one of the differences that its documentation names.
pub(crate) const DIFFERENT: [(&str, &str, &str); 4] = [
    (
        "a second delete replaces the first one's propagation",
        "o3: ConfigMap in o0, asogate.test/held
         o4: ConfigMap in o0; owned by o3, o1
         Background delete of o3
         Orphan delete of o3",
        "o4: predicted standing, owned by [o1, o3], found standing, owned by [o1]\n",
    ),
    (
        "an owner that no longer exists is not known to be in a namespace",
        "o3: ConfigMap in o0
         o4: Global
         Background delete of o3
         o4 becomes; owned by o3",
        "o4: predicted gone, found standing, owned by [o3]\n",
    ),
    (
        "a namespace that was being deleted goes when nothing holds it any more",
        "o3: Secret in o0, asogate.test/held
         o4: ConfigMap in o1; owned by o0
         Background delete of o0
         o3 loses its finalizers",
        "o4: predicted standing, owned by [o0], found gone\no0: predicted terminating, found gone\n",
    ),
    (
        "so does an object that is deleted in foreground",
        "o3: Thing in o0
         o4: ConfigMap in o0, asogate.test/held; owned by o3 (blocks)
         Foreground delete of o3
         o4 loses its finalizers",
        "o3: predicted terminating, found gone\n",
    ),
];
