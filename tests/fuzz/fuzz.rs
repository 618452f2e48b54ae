//! libFuzzer's way in. Every target is in this one program, and TARGET in the environment names the one to fuzz: linking
//! each by itself would cost minutes and a gigabyte.

#![no_main]

use std::{env, panic, sync::LazyLock};

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<String> =
    LazyLock::new(|| env::var("TARGET").expect("TARGET names a target, such as `TARGET=cbor cargo fuzz run fuzz`"));

fuzz_target!(
    init: {
        // The gate catches what Automerge panics on, and libFuzzer's hook would end the process before that. Whatever no
        // code of ours catches still ends it, in the one place that called us.
        panic::set_hook(Box::new(|what| {
            if !what.location().is_some_and(|place| place.file().contains("automerge")) {
                eprintln!("{what}");
            }
        }));
    },
    |bytes: &[u8]| targets::run(&TARGET, bytes)
);
