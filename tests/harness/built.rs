//! The built binary beside the test's own files; made once when it is missing or older than its sources.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::SystemTime,
};

/// Where the binary is.
pub fn binary() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let profile = profile_folder();
        let binary = profile.join("commonweal");
        let built = fs::metadata(&binary).and_then(|found| found.modified());
        if built.is_err() || built.is_ok_and(|at| at < newest_source()) {
            build(&profile);
        }
        binary
    })
}

/// `target/debug` or the like: where this very program was built.
fn profile_folder() -> PathBuf {
    let own = env::current_exe().unwrap();
    let folder = own.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().into() } else { folder.into() }
}

fn build(profile: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["build", "--quiet", "--package", "commonweal", "--target-dir"]);
    cargo.arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    // What cargo told this test about itself would make build scripts that look at it run again, here and the next time.
    let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    for (name, _) in env::vars_os() {
        if ours.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    assert!(cargo.status().unwrap().success(), "the binary could not be built");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn newest_source() -> SystemTime {
    let members = ["protocol", "node", "cli"].map(|member| root().join(member));
    let newest = members.iter().map(|folder| newest_in(folder)).max().unwrap();
    newest.max(fs::metadata(root().join("Cargo.lock")).unwrap().modified().unwrap())
}

fn newest_in(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let times = entries.map(|path| match path.is_dir() {
        true => newest_in(&path),
        false => fs::metadata(&path).unwrap().modified().unwrap(),
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
