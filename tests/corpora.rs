//! What the fuzzer once found worth keeping, run again through the same functions: no fuzzer is needed for that.
//!
//! `tests/fuzz/run` looks for more.

use std::{fs, path::Path};

use targets::{TARGETS, run};

#[test]
fn every_kept_input_still_passes() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let (mut inputs, mut bytes) = (0, 0);
    for (name, _) in TARGETS {
        let mut files: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        assert!(files.len() > 3, "{name} has hardly any inputs");
        for file in files {
            let input = fs::read(&file).unwrap();
            println!("{}", file.display());
            run(name, &input);
            (inputs, bytes) = (inputs + 1, bytes + input.len());
        }
    }
    println!("{inputs} inputs of {bytes} bytes");
    assert!(
        bytes < 1 << 20,
        "the corpora grew to {bytes} bytes: run tests/fuzz/run with `keep`, which keeps the smallest"
    );
}

/// Its folder of kept inputs is what the script knows a target by.
#[test]
fn every_target_is_fuzzed() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let folders = fs::read_dir(corpus).unwrap().map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let mut folders: Vec<String> = folders.collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}
