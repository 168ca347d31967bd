//! The volumes of a pod spec, and what else in it names Secrets. Files keep their names and modes.

use super::pod::{Pod, Reason, with};
use super::report::{Holder, Source};
use serde_json::{Value, json};

/// Volume plugins that hand the Secret named in `secretRef` to a driver.
const PLUGINS: [&str; 6] = [
    "cephfs",
    "flexVolume",
    "iscsi",
    "rbd",
    "scaleIO",
    "storageos",
];

/// Where a volume reads a Secret: the field that holds the source, and the field in that which names the Secret.
struct Place<'p> {
    /// Path of the map that holds `secret`.
    holder: &'p str,
    /// Field of the name below `secret`.
    name: &'static str,
}

/// The files of one Secret or ConfigMap.
struct Files {
    source: Source,
    items: Vec<Value>,
}

pub(super) fn rewrite(pod: &mut Pod<'_, '_>, spec: &str) {
    for index in 0..pod.edit.len(&format!("{spec}/volumes")) {
        let volume = format!("{spec}/volumes/{index}");
        let name = pod.edit.text(&format!("{volume}/name")).unwrap_or_default();
        let word = format!("volume `{name}`");
        let place = Place {
            holder: &volume,
            name: "secretName",
        };
        if let Some(files) = place.files(pod, &word) {
            place.put(pod, files);
        }
        let sources = format!("{volume}/projected/sources");
        for at in (0..pod.edit.len(&sources)).rev() {
            let place = Place {
                holder: &format!("{sources}/{at}"),
                name: "name",
            };
            if let Some(files) = place.files(pod, &word) {
                place.put_projected(pod, &sources, at, files);
            }
        }
        let plugins = PLUGINS.map(|plugin| format!("{volume}/{plugin}/secretRef/name"));
        let others = [
            format!("{volume}/csi/nodePublishSecretRef/name"),
            format!("{volume}/azureFile/secretName"),
        ];
        for path in others.iter().chain(&plugins) {
            if let Some(secret) = pod.v1_secret(path) {
                let why = "a driver reads it under key names of its own; make a Secret of your own with these keys, and name that one";
                pod.tell(
                    &word,
                    Source::secret(&secret, None),
                    Err(Reason::blocks(why)),
                );
            }
        }
    }
    for index in 0..pod.edit.len(&format!("{spec}/imagePullSecrets")) {
        if let Some(secret) = pod.v1_secret(&format!("{spec}/imagePullSecrets/{index}/name")) {
            let why = "v1 writes no credentials of registries, so nothing takes its place; name the right Secret, or none";
            let from = Source::secret(&secret, None);
            pod.tell("image pull secret", from, Err(Reason::blocks(why)));
        }
    }
}

impl Place<'_> {
    /// The Secret of v1 that is read here, and the files that take the place of its; none if it is not one of v1, or if it must
    /// stay (which is told). No files: it is read as a whole, and one object takes its place as a whole.
    fn files(&self, pod: &mut Pod<'_, '_>, word: &str) -> Option<Vec<Files>> {
        let source = format!("{}/secret", self.holder);
        let secret = pod.v1_secret(&format!("{source}/{}", self.name))?;
        let items = pod.edit.get(&format!("{source}/items"));
        let items = items.and_then(Value::as_array).cloned();
        let given = items.filter(|items| !items.is_empty());
        let text = |item: &Value, field: &str| {
            let text = item.get(field).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let items = match &given {
            Some(items) => items.clone(),
            None => {
                let keys = pod.whole(word, &secret)?;
                let items = keys.iter().map(|key| json!({"key": key, "path": key}));
                items.collect()
            }
        };
        let keys: Vec<String> = items.iter().map(|item| text(item, "key")).collect();
        let sources = pod.all(word, &secret, &keys)?;
        if given.is_none()
            && let Some(same) = pod.same(&keys, &sources)
        {
            pod.tell(word, Source::secret(&secret, None), Ok(same.clone()));
            let items = vec![];
            return Some(vec![Files {
                source: same,
                items,
            }]);
        }
        let mut files: Vec<Files> = vec![];
        for (item, source) in items.into_iter().zip(sources) {
            let place = format!("{word}, file `{}`", text(&item, "path"));
            let from = Source::secret(&secret, Some(&text(&item, "key")));
            pod.tell(&place, from, Ok(source.clone()));
            let item = with(item, "key", Some(json!(source.key)));
            let known = files.iter_mut().find(|files| {
                (files.source.kind, &files.source.name) == (source.kind, &source.name)
            });
            match known {
                Some(files) => files.items.push(item),
                None => files.push(Files {
                    source,
                    items: vec![item],
                }),
            }
        }
        Some(files)
    }

    /// Renames the Secret, and the keys of its items where they differ. False if that is not enough.
    fn rename(&self, pod: &mut Pod<'_, '_>, files: &[Files]) -> bool {
        let [one] = files else { return false };
        if one.source.kind != Holder::Secret {
            return false;
        }
        let source = format!("{}/secret", self.holder);
        let name = format!("{source}/{}", self.name);
        pod.edit.replace(&name, json!(one.source.name));
        let given = pod.edit.len(&format!("{source}/items"));
        if given == one.items.len() {
            for (at, item) in one.items.iter().enumerate() {
                let key = item.get("key").cloned().unwrap_or_default();
                pod.edit.replace(&format!("{source}/items/{at}/key"), key);
            }
        } else {
            pod.edit.remove(&source, "items");
            pod.edit
                .add(&source, "items", Value::Array(one.items.clone()));
        }
        true
    }

    fn put(&self, pod: &mut Pod<'_, '_>, files: Vec<Files>) {
        if self.rename(pod, &files) {
            return;
        }
        let field = |name: &str| {
            pod.edit
                .get(&format!("{}/secret/{name}", self.holder))
                .cloned()
        };
        let (mode, optional) = (field("defaultMode"), field("optional"));
        pod.edit.remove(self.holder, "secret");
        match files.as_slice() {
            [one] => {
                let new = with(one.spec(optional), "defaultMode", mode);
                pod.edit.add(self.holder, "configMap", new);
            }
            _ => {
                let sources = files.iter().map(|files| files.projected(optional.clone()));
                let sources: Vec<Value> = sources.collect();
                let new = with(json!({"sources": sources}), "defaultMode", mode);
                pod.edit.add(self.holder, "projected", new);
            }
        }
    }

    fn put_projected(&self, pod: &mut Pod<'_, '_>, sources: &str, at: usize, files: Vec<Files>) {
        if self.rename(pod, &files) {
            return;
        }
        let optional = pod
            .edit
            .get(&format!("{}/secret/optional", self.holder))
            .cloned();
        pod.edit.remove(sources, &at.to_string());
        for (further, files) in files.iter().enumerate() {
            let new = files.projected(optional.clone());
            pod.edit.add(sources, &(at + further).to_string(), new);
        }
    }
}

impl Files {
    /// As a projected source, or as a volume of a ConfigMap, holds it.
    fn spec(&self, optional: Option<Value>) -> Value {
        let items = Some(&self.items).filter(|items| !items.is_empty());
        let new = with(
            json!({"name": self.source.name}),
            "items",
            items.map(|items| json!(items)),
        );
        with(new, "optional", optional)
    }

    fn projected(&self, optional: Option<Value>) -> Value {
        let field = match self.source.kind {
            Holder::Secret => "secret",
            Holder::ConfigMap => "configMap",
        };
        json!({field: self.spec(optional)})
    }
}
