//! The commands: each reads its flags, does its work, and says how the process ends.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Arguments, CheckCommand, Command, KubeMetricsCommand, MonitorsCommand};

mod check;
mod compare;
mod kube_metrics;
mod monitors;
mod promqltest;
mod record;
mod replay;

/// Runs the command that was asked for.
pub(crate) async fn dispatch(arguments: Arguments) -> Result<ExitCode> {
    start_log(&arguments)?;
    match arguments.command {
        Command::Up(flags) => crate::run::up(*flags).await.map(|()| ExitCode::SUCCESS),
        Command::Ui(flags) => crate::run::ui(*flags).await.map(|()| ExitCode::SUCCESS),
        Command::Record(flags) => record::record(flags).await,
        Command::Replay(flags) => replay::replay(flags).await,
        Command::Cut(flags) => replay::cut(&flags),
        Command::Check(CheckCommand::Rules(flags)) => check::rules(flags).await,
        Command::Check(CheckCommand::Config { file }) => check::config(&file),
        Command::Promqltest(flags) => promqltest::run(&flags),
        Command::CompareQueries(flags) => compare::run(flags).await,
        Command::KubeMetrics(KubeMetricsCommand::Render(flags)) => kube_metrics::render(&flags),
        Command::Monitors(MonitorsCommand::Render(flags)) => monitors::render(&flags),
        Command::Monitors(MonitorsCommand::Crds) => monitors::crds(),
    }
}

/// Messages go to standard error; standard output belongs to the command's result.
fn start_log(arguments: &Arguments) -> Result<()> {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&arguments.log_level)
        .map_err(|error| anyhow::anyhow!("--log.level: `{}`: {error}", arguments.log_level))?;
    // Whoever switches the check of certificates off need not hear of it for each connection.
    let filter = filter.add_directive("kube_client::client::tls=error".parse()?);
    // Failed watches are told of with the remedy, by those who watch.
    let filter = filter.add_directive("kube_runtime::watcher=error".parse()?);
    // Failures are told by those who asked, with what they asked for.
    let filter = filter.add_directive("kube_client::client::builder=off".parse()?);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let colored = std::io::IsTerminal::is_terminal(&std::io::stderr());
    match arguments.log_format.as_str() {
        "json" => builder.json().init(),
        _ => builder.with_ansi(colored).init(),
    }
    Ok(())
}
