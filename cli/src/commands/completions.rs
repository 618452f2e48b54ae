//! `commonweal completions`: what makes a shell complete our commands, from the same table as the help.

use clap_complete::{Shell, generate};
use serde_json::json;

use super::table;
use crate::{failure::Failure, output::Output};

/// Prints what makes your shell complete commands when you press Tab
///
/// The Debian package installs it for bash, zsh and fish. Otherwise, for bash:
/// commonweal completions bash > ~/.local/share/bash-completion/completions/commonweal
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Your shell
    shell: Shell,
}

pub(crate) fn run(args: Args) -> Result<Output, Failure> {
    let script = script(args.shell);
    Ok(Output::new(json!({"shell": args.shell.to_string(), "script": script}), script))
}

fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    generate(shell, &mut table(), "commonweal", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        process::{Command, Stdio},
    };

    use super::*;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell);
            for command in table().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
        }
    }

    #[test]
    fn bash_understands_its_script() {
        let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(script(Shell::Bash).as_bytes()).unwrap();
        assert!(bash.wait().unwrap().success());
    }
}
