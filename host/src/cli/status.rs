//! `asogate status`: where each Azure resource stands in the migration.

use super::arguments::{ManifestArgs, PolicyArgs, SnapshotArgs};
use super::{Exit, Failure, cluster, inputs, print};
use crate::panel::Panel;
use crate::report::{status, status_json};
use crate::status::board::{Board, Stage};
use crate::status::{Filter, STEPS, Survey, survey};
use crate::steps::selection::{LabelSelector, Namespaces, ResourceArgument, Selection};
use crate::weigh::Rules;
use clap::{Args, ValueEnum};

/// Arguments of `status`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Types and objects; none: everything
    #[arg(
        value_name = "TYPE[.GROUP][/NAME]",
        help = "Only resources with objects of these types, or these objects: TYPE[.GROUP][/NAME]"
    )]
    resources: Vec<ResourceArgument>,

    /// Only resources with an object in this namespace (and the namespace of manifests that name none)
    #[arg(
        short = 'n',
        long,
        value_name = "NAMESPACE",
        conflicts_with = "all_namespaces"
    )]
    namespace: Option<String>,

    /// Resources of all namespaces, which is the default
    #[arg(short = 'A', long)]
    all_namespaces: bool,

    /// Only resources with an object that has these labels, for example `app=shop,tier!=cache`
    #[arg(short = 'l', long = "selector", value_name = "LABELS")]
    selector: Option<LabelSelector>,

    /// Only resources at these stages: start, paused, in-file, imported, adopted, swapped, done or unknown
    #[arg(long, value_name = "STAGE", value_delimiter = ',')]
    stage: Vec<Stage>,

    /// Only resources that can be lost or overwritten as they are now
    #[arg(long)]
    dangerous: bool,

    /// Only resources whose next step is blocked or could not be judged
    #[arg(long)]
    blocked: bool,

    #[command(flatten)]
    manifests: ManifestArgs,
    #[command(flatten)]
    snapshot: SnapshotArgs,
    #[command(flatten)]
    policies: PolicyArgs,

    /// Output format
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value_t)]
    output: Format,

    /// End with 1 if a resource that is shown is dangerous, else with 3 if something could not be determined
    #[arg(long)]
    exit_code: bool,
}

/// How the board is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people
    #[default]
    Human,
    /// The table with ARM ids, objects, and what blocks each resource
    Wide,
    /// One JSON document for programs
    Json,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    if arguments.manifests.recursive && arguments.manifests.filename.is_empty() {
        return Err(Failure::Usage("-R looks into folders that -f names".into()));
    }
    let cluster = cluster::open(&arguments.snapshot)?;
    let setup = inputs::setup(&arguments.policies)?;
    let manifests = match arguments.manifests.filename.is_empty() {
        true => vec![],
        false => inputs::manifests(&arguments.manifests)?,
    };
    let selection = Selection {
        namespaces: arguments.namespace.map_or(Namespaces::All, Namespaces::One),
        labels: arguments.selector.unwrap_or_default(),
        resources: arguments.resources,
    };
    let filter = Filter {
        stages: arguments.stage,
        dangerous: arguments.dangerous,
        blocked: arguments.blocked,
    };
    let panels = Panel::assemble_each(&setup.engine, &setup.candidates, &STEPS.map(Some))?;
    let question = Survey {
        cluster: &cluster,
        selection: &selection,
        filter: &filter,
        rules: Rules {
            manifests: &manifests,
            levels: &setup.config.levels,
            waivers: &setup.config.waivers,
            today: inputs::today(),
        },
    };
    let board = survey(&question, &panels)?;
    match arguments.output {
        Format::Human => print(&status::render(&board))?,
        Format::Wide => print(&status::render_wide(&board))?,
        Format::Json => print(&status_json::render(&board)?)?,
    }
    Ok(match arguments.exit_code {
        true => exit(&board),
        false => Exit::Pass,
    })
}

fn exit(board: &Board) -> Exit {
    let totals = &board.totals;
    let undetermined = board.steps.iter().any(|step| !step.undetermined.is_empty());
    if totals.dangerous > 0 {
        Exit::Fail
    } else if board.all == 0 || totals.unknown > 0 || undetermined || !board.undetermined.is_empty()
    {
        Exit::Unknown
    } else {
        Exit::Pass
    }
}
