#![doc = include_str!("../README.md")]

mod finding;
mod group;
#[doc(hidden)]
pub mod guest;
mod input;
mod judge;
mod manifest;
mod part;
mod ranks;
mod selector;
mod state;
mod table;
#[cfg(all(feature = "testing", not(target_arch = "wasm32")))]
pub mod testing;

#[cfg(test)]
mod tests;

pub use finding::{Finding, Level, Moment, Remedy, finding, quote, quote_id};
pub use group::{FastHasher, FastMap, Groups, Index};
pub use input::{Cause, Change, Input, ObjectId, Operation, Propagation, Step, Symbol};
pub use judge::Timeline;
pub use manifest::{Code, Manifest};
pub use part::{Folded, Part};
pub use selector::{Relation, Selector};
pub use state::{State, Transition};
pub use table::{Column, Row, Rows, Table};

/// One policy: what it can say, what it wants to see, and how it judges. Every function must give the same answer
/// whenever it is called with the same arguments.
pub trait Policy: 'static {
    /// The policy's settings, as its schema ([`Manifest::settings_schema`]) describes them; [`NoSettings`] if it has none.
    type Settings: serde::de::DeserializeOwned + Default;

    /// Who the policy is and what it can say.
    fn manifest() -> Manifest;

    /// What the policy wants to see. Ask for as few and as repetitive cells as possible: names and ids only where they
    /// are compared, since texts can print them with placeholders.
    fn reads(settings: &Self::Settings) -> Vec<Selector>;

    /// Judges the plan.
    ///
    /// # Errors
    ///
    /// "I cannot answer", in words. It is shown to the user and never opens the gate.
    fn evaluate(input: &Input, settings: &Self::Settings) -> Result<Vec<Finding>, String>;
}

/// The settings of a policy that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// Makes a component of a crate: exports `policy` of `wit/policy.wit` with this [`Policy`]. On other targets than
/// WebAssembly it does nothing, so that the same crate compiles and is tested natively.
#[macro_export]
macro_rules! export {
    ($policy:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Component = $crate::guest::Exported<$policy>;
    $crate::guest::bindings::export!(Component with_types_in $crate::guest::bindings);
        };
    };
}
