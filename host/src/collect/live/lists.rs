//! Reads the lists of kinds, page by page and several kinds side by side. Each page is parsed where it was read, into
//! columns of its own, and these are taken into those of the snapshot at once.

use super::Progress;
use super::discovery::Resource;
use super::metadata;
use super::request::{Accept, Api, encoded};
use super::trouble::Trouble;
use crate::collect::error::{LoadCause, LoadError};
use crate::collect::loader::{Apart, ListPage, Loader};
use std::cell::RefCell;

/// Most objects of one page. It bounds the memory, and the time of one request.
pub(super) const PAGE: usize = 500;

/// How often a list is begun again that changed too much to be continued.
pub(super) const BEGINNINGS: usize = 4;

/// What the reading of one list came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// How many objects were read.
    pub(super) objects: usize,
    /// The version of the list.
    pub(super) resource_version: String,
    /// Why it was not read to its end.
    pub(super) trouble: Option<Trouble>,
}

/// Everything that reading a list takes.
pub(super) struct Reader<'a> {
    pub(super) api: &'a Api,
    pub(super) loader: &'a RefCell<Loader>,
    pub(super) progress: &'a dyn Progress,
    pub(super) page: usize,
    /// Of Secrets, only the metadata is read.
    pub(super) secrets_as_metadata: bool,
}

impl Reader<'_> {
    /// Reads the list of a kind, of one namespace or of the whole cluster. What was read before something went wrong
    /// stays.
    pub(super) async fn list(&self, resource: &Resource, namespace: Option<&str>) -> Listed {
        let mut listed = Listed::default();
        for beginning in 1..=BEGINNINGS {
            listed.trouble = self.pages(resource, namespace, "", &mut listed).await.err();
            if listed.trouble != Some(Trouble::Expired) || beginning == BEGINNINGS {
                break;
            }
            // Pages of two lists do not make one: what was read of this one goes.
            let mut loader = self.loader.borrow_mut();
            metadata::retract(loader.builder(), &resource.kind, namespace);
            listed = Listed::default();
        }
        listed
    }

    /// Reads one object anew; nothing if it is gone.
    pub(super) async fn one(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Listed, Trouble> {
        // A list of one takes the same right as a list of all.
        let query = format!(
            "&fieldSelector={}",
            encoded(&format!("metadata.name={name}"))
        );
        let mut listed = Listed::default();
        self.pages(resource, namespace, &query, &mut listed).await?;
        Ok(listed)
    }

    async fn pages(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        query: &str,
        listed: &mut Listed,
    ) -> Result<(), Trouble> {
        let path = resource.path(namespace);
        let as_metadata = self.secrets_as_metadata && is_secret(resource);
        let accept = match as_metadata {
            true => Accept::Metadata,
            false => Accept::Objects,
        };
        let limit = self.page;
        let mut next: Option<String> = None;
        loop {
            let more = match &next {
                Some(token) => format!("&continue={}", encoded(token)),
                None => String::new(),
            };
            let url = format!("{path}?limit={limit}{query}{more}");
            let mut part = self.loader.borrow().apart();
            let (api, resource) = (self.api.clone(), resource.clone());
            let (part, page) = elsewhere(async move {
                let answer = api.get(&url, accept).await?;
                let text = answer.text()?;
                let page = match as_metadata {
                    true => metadata::page(&mut part, &resource, text),
                    false => load(&mut part, &resource, text),
                };
                Ok((part, page))
            })
            .await?;
            // What was read before something went wrong stays.
            let taken = self.loader.borrow_mut().take_in(&path, part);
            let (objects, twice) = match taken {
                Ok(objects) => (objects, Ok(())),
                Err((objects, twice)) => (objects, Err(nonsense(twice))),
            };
            listed.objects += objects;
            let page = page?;
            twice?;
            if metadata::is_older(&page.resource_version, &listed.resource_version) {
                return Err(Trouble::Stale);
            }
            listed.resource_version = page.resource_version;
            self.progress.objects(objects);
            match page.next {
                None => return Ok(()),
                // Else it would go on for ever.
                next_one if next_one == next => {
                    return Err(Trouble::Nonsense("its pages go in a circle".into()));
                }
                next_one => next = next_one,
            }
        }
    }
}

/// Whether a kind is that of Secrets.
pub(super) fn is_secret(resource: &Resource) -> bool {
    resource.kind.group.is_empty() && resource.kind.kind == "Secret"
}

fn load(part: &mut Apart, resource: &Resource, text: &str) -> Result<ListPage, Trouble> {
    let name = resource.path(None);
    part.read(&name, &resource.kind, text).map_err(nonsense)
}

/// Lets others wait for and parse an answer, so that several pages are parsed at the same time.
pub(super) async fn elsewhere<T: Send + 'static>(
    work: impl Future<Output = Result<T, Trouble>> + Send + 'static,
) -> Result<T, Trouble> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Trouble::Connection("the reading was stopped".into())),
        },
    }
}

/// What is wrong with a page, in words that speak of an answer instead of a file.
pub(super) fn nonsense(error: LoadError) -> Trouble {
    let cause = match error.cause {
        LoadCause::Empty => "it is empty".to_owned(),
        LoadCause::Truncated => "it ends in the middle of an object".to_owned(),
        LoadCause::NotJson(_) | LoadCause::Nul => "it is not JSON".to_owned(),
        LoadCause::Contradiction(key) => format!("it holds `{key}` twice, with different contents"),
        cause => cause.to_string(),
    };
    Trouble::Nonsense(match error.object {
        Some(object) => format!("`{object}`: {cause}"),
        None => cause,
    })
}
