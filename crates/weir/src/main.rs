//! `weir`: one binary that watches Flux. Flags, the configuration file, and the wiring of the services; no
//! domain logic.

use std::process::ExitCode;

use clap::Parser;

mod cli;
mod commands;
mod config;
mod console;
mod demo;
mod own;
mod run;

/// Queries allocate in bursts; mimalloc gives that memory back and is twice as fast at it. Huge pages are off (feature
/// `no_thp`): with them an idle process takes 30 MB more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads that evaluate queries need room for deeply nested ones.
const STACK_BYTES: usize = 16 << 20;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(64)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            console::error(&format!("the runtime cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = match runtime.block_on(commands::dispatch(arguments)) {
        Ok(code) => code,
        Err(error) => {
            console::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    };
    // Threads that still block (a query nobody waits for) do not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    code
}
