//! The namespaces of a cluster, for who has to name one.

use super::request::Accept;
use super::trouble::Trouble;
use super::{Live, LiveError};
use serde::Deserialize;

/// Most namespaces that are named. Nobody chooses one of more.
const MOST: usize = 5000;

#[derive(Deserialize)]
struct List {
    items: Option<Vec<Item>>,
}

#[derive(Deserialize)]
struct Item {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

impl Live {
    /// The names of its namespaces, in the order of the API server.
    ///
    /// # Errors
    ///
    /// [`LiveError`] if they may not be listed, or the cluster does not answer.
    pub fn namespaces(&self) -> Result<Vec<String>, LiveError> {
        let names = async {
            let path = format!("/api/v1/namespaces?limit={MOST}");
            let answer = self.api.get(&path, Accept::Metadata).await?;
            let list: List = serde_json::from_str(answer.text()?)
                .map_err(|_| Trouble::Nonsense("it is no list of metadata".into()))?;
            let items = list.items.unwrap_or_default();
            Ok(items.into_iter().map(|item| item.metadata.name).collect())
        };
        self.wait(names).map_err(|trouble| self.error(trouble))
    }
}
