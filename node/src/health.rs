//! How this computer is doing: room on the disk, memory, and what went wrong last.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tokio::task::spawn_blocking;

/// What a node takes of its machine, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Of the journal, which is the truth.
    pub journal: u64,
    /// Of everything else in its folder.
    pub rest: u64,
    /// Free on the disk it stands on.
    pub free: Option<u64>,
    /// Memory in use.
    pub memory: Option<u64>,
}

/// Looks at it now.
pub async fn look(home: PathBuf, journal: PathBuf) -> Health {
    spawn_blocking(move || now(&home, &journal)).await.unwrap_or_default()
}

fn now(home: &Path, journal: &Path) -> Health {
    let (all, of_journal) = (size(home), size(journal));
    Health {
        journal: of_journal,
        rest: all.saturating_sub(of_journal),
        free: rustix::fs::statvfs(home).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
        memory: fs::read_to_string("/proc/self/status").ok().and_then(|status| resident(&status)),
    }
}

/// Bytes of all files in a folder. What goes away meanwhile takes no room.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(io::Result::ok);
    let sizes = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |about| about.len()),
        _ => 0,
    });
    sizes.sum()
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_files_take_is_counted_and_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let journal = home.path().join("journal");
        fs::create_dir(&journal).unwrap();
        fs::write(journal.join("1"), [0; 300]).unwrap();
        fs::write(home.path().join("keys"), [0; 20]).unwrap();
        let health = now(home.path(), &journal);
        assert_eq!((health.journal, health.rest), (300, 20));
        assert!(health.free.is_some_and(|free| free > 0));
        assert_eq!(resident("Name:\tcommonweal\nVmRSS:\t   26624 kB\n"), Some(26 << 20));
        assert_eq!(resident("nothing"), None);
    }
}
