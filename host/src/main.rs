//! The `asogate` command.

fn main() -> std::process::ExitCode {
    asogate::cli::main().into()
}
