//! Changes written byte by byte, as no honest program would.

use sha2::{Digest, Sha256};

pub(super) fn unsigned(mut value: u64) -> Vec<u8> {
    let mut out = vec![];
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

pub(super) fn signed(mut value: i64) -> Vec<u8> {
    let mut out = vec![];
    while !(-64..64).contains(&value) {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8 & 0x7f);
    out
}

/// A chunk around a body, with a good checksum.
pub(super) fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let hashed = [&[kind][..], &unsigned(body.len() as u64), body].concat();
    [&[0x85, 0x6f, 0x4a, 0x83][..], &Sha256::digest(&hashed)[..4], &hashed].concat()
}

/// The body of a chunk, without its header.
pub(super) fn body(chunk: &[u8]) -> &[u8] {
    let len = chunk[9..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    &chunk[9 + len..]
}

/// A run-length encoded column of one value repeated.
pub(super) fn run(count: u64, value: &[u8]) -> Vec<u8> {
    [&signed(if count == 1 { -1 } else { count as i64 })[..], value].concat()
}

/// A change to be. It starts out sound: one operation, root.k = null.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) deps: Vec<[u8; 32]>,
    pub(super) actor: Vec<u8>,
    pub(super) seq: Vec<u8>,
    pub(super) start_op: u64,
    pub(super) time: Vec<u8>,
    pub(super) message: Vec<u8>,
    pub(super) others: Vec<Vec<u8>>,
    pub(super) columns: Vec<(u64, Vec<u8>)>,
    pub(super) extra: Vec<u8>,
}

impl Draft {
    /// So many operations putting null in one field, each replacing nothing.
    pub(super) fn puts(count: u64) -> Self {
        let columns = vec![
            (0x15, run(count, b"\x01k")),
            (0x34, unsigned(count)),
            (0x42, run(count, &[1])),
            (0x56, run(count, &[0])),
            (0x70, run(count, &[0])),
        ];
        Self {
            deps: vec![],
            actor: vec![0xee; 16],
            seq: vec![1],
            start_op: 1,
            time: vec![0],
            message: vec![],
            others: vec![],
            columns,
            extra: vec![],
        }
    }

    /// Sets a column, or takes it out when there is nothing in it.
    pub(super) fn column(mut self, spec: u64, data: impl Into<Vec<u8>>) -> Self {
        self.columns.retain(|(other, _)| *other != spec);
        let data = data.into();
        if !data.is_empty() {
            self.columns.push((spec, data));
            self.columns.sort();
        }
        self
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let prefixed = |bytes: &[u8]| [unsigned(bytes.len() as u64), bytes.to_vec()].concat();
        let specs = self.columns.iter().map(|(spec, data)| [unsigned(*spec), unsigned(data.len() as u64)].concat());
        [
            unsigned(self.deps.len() as u64),
            self.deps.concat(),
            prefixed(&self.actor),
            self.seq.clone(),
            unsigned(self.start_op),
            self.time.clone(),
            prefixed(&self.message),
            unsigned(self.others.len() as u64),
            self.others.iter().flat_map(|other| prefixed(other)).collect(),
            unsigned(self.columns.len() as u64),
            specs.flatten().collect(),
            self.columns.iter().flat_map(|(_, data)| data.clone()).collect(),
            self.extra.clone(),
        ]
        .concat()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        chunk(1, &self.body())
    }
}
