//! `commonweal man`: a manual page for each command, from the same table as the help.

use std::{fs, path::PathBuf};

use clap_mangen::Man;
use serde_json::json;

use super::table;
use crate::{failure::Failure, output::Output};

/// Writes the manual pages into a folder
///
/// The Debian package installs them. Otherwise look at one with `man DIR/commonweal.1`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder; it is made when missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(args: Args) -> Result<Output, Failure> {
    fs::create_dir_all(&args.folder)?;
    let pages = pages();
    for (name, page) in &pages {
        fs::write(args.folder.join(name), page)?;
    }
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    let said = format!("{} pages written. Begin with: man {}/commonweal.1", pages.len(), args.folder.display());
    Ok(Output::new(json!({"pages": names}), said))
}

/// Every page under its file name, the command's own first.
fn pages() -> Vec<(String, Vec<u8>)> {
    // The built `help` command would have a page for each other command once more.
    let mut command = table().disable_help_subcommand(true);
    command.build();
    let mut pages = vec![];
    page(&command, &mut pages);
    pages
}

fn page(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) {
    let man = Man::new(command.clone());
    let mut bytes = vec![];
    man.render(&mut bytes).expect("memory takes what is written to it");
    pages.push((man.get_filename(), bytes));
    for below in command.get_subcommands() {
        page(below, pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(command: &clap::Command, name: &str, all: &mut Vec<String>) {
        all.push(format!("{name}.1"));
        for below in command.get_subcommands() {
            names(below, &format!("{name}-{}", below.get_name()), all);
        }
    }

    #[test]
    fn every_command_has_its_page() {
        let folder = tempfile::tempdir().unwrap();
        run(Args { folder: folder.path().join("man") }).unwrap();
        let mut expected = vec![];
        names(&table(), "commonweal", &mut expected);
        assert!(expected.contains(&"commonweal-network-join.1".to_owned()));
        for name in &expected {
            let page = fs::read_to_string(folder.path().join("man").join(name)).expect(name);
            let needed = [".TH ", ".SH NAME", ".SH SYNOPSIS"];
            assert!(needed.iter().all(|part| page.contains(part)), "{name}");
        }
        assert_eq!(fs::read_dir(folder.path().join("man")).unwrap().count(), expected.len());
    }

    #[test]
    fn a_page_has_the_words_of_the_help() {
        let pages = pages();
        let (_, up) = pages.iter().find(|(name, _)| name == "commonweal-up.1").unwrap();
        let up = String::from_utf8_lossy(up);
        assert!(up.contains("Makes folder and keys when they are missing") && up.contains("commonweal up"));
    }
}
