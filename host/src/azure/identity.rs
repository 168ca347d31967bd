//! What an object stands for, as the board compares it.

use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::Unidentified;

/// What an object stands for.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// This resource.
    Resource(ArmId),
    /// Something inside this resource that has no ARM id: a database user, a key, something done once.
    Inside(ArmId),
    /// It is not known, and why.
    Unknown(String),
}

impl Identity {
    /// From what the ASO model says, and what it says of where the object belongs if it is no ARM resource.
    pub(crate) fn of(
        own: Result<ArmId, Unidentified>,
        within: impl FnOnce() -> Result<ArmId, Unidentified>,
    ) -> Identity {
        let within = |error| match error {
            Unidentified::NotArm => within().map(Identity::Inside),
            error => Err(error),
        };
        let found = own.map(Identity::Resource).or_else(within);
        found.unwrap_or_else(|reason| Identity::Unknown(one_line(&reason.to_string())))
    }
}

/// Reasons quote cells, which may hold anything.
fn one_line(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().map(plain).collect()
}
