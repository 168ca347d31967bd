//! `asogate explain`: what a code means, why it matters, and what to do.

use super::arguments::PolicyArgs;
use super::policy::load_all;
use super::{Exit, Failure, inputs, print};
use crate::report::catalogue;
use crate::runbook;
use asogate_core::finding::Code;
use clap::Args;

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The code, as findings show it
    #[arg(value_name = "POLICY/CODE")]
    code: String,
    #[command(flatten)]
    policies: PolicyArgs,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let code = Code::try_from(arguments.code.clone()).map_err(Failure::Usage)?;
    if code.policy == runbook::POLICY {
        let info = runbook::find(&code.code)
            .ok_or_else(|| Failure::Usage(inputs::unknown_runbook_code(&code.code)))?;
        print(&catalogue::explain_runbook(info))?;
        return Ok(Exit::Pass);
    }
    let setup = inputs::setup(&arguments.policies)?;
    let policies = load_all(&setup)?;
    let Some(policy) = policies.iter().find(|policy| policy.id() == code.policy) else {
        let known: Vec<String> = policies
            .iter()
            .map(|policy| policy.id().to_owned())
            .collect();
        return Err(Failure::Usage(inputs::unknown_policy(&code.policy, &known)));
    };
    let Some(info) = policy.manifest().code(&code.code) else {
        let known: Vec<&str> = policy
            .manifest()
            .codes
            .iter()
            .map(|code| code.name.as_str())
            .collect();
        let known = known.join(", ");
        return Err(Failure::Usage(format!(
            "policy `{}` has no code `{}`; it has {known}",
            code.policy, code.code
        )));
    };
    print(&catalogue::explain(policy, info))?;
    Ok(Exit::Pass)
}
