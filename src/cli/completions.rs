use super::command;
use crate::error::Result;
use crate::ui::answer;
use clap::Args as ClapArgs;
use clap_complete::Shell;

/// Print the completions of a shell
///
/// The text goes to stdout; put it where the shell looks for completions.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints them.
pub fn run(args: &Args) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "wwctl", &mut text);
    answer(&String::from_utf8_lossy(&text));
    Ok(())
}
