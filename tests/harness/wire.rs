//! Two machines with one wire between them, made of network namespaces: what goes over it is counted, headers and all.
//!
//! It needs root and the command `ip`; nothing leaves the machine, and everything is gone in the end.

use std::{
    fs::{self, File},
    os::fd::AsFd,
    process::Command,
    thread,
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Two machines and the wire between them.
#[derive(Debug)]
pub struct Wire {
    hosts: [Host; 2],
}

/// One of the machines.
#[derive(Clone, Debug)]
pub struct Host {
    /// The name of its network namespace.
    pub name: String,
    /// Its address on the wire.
    pub address: String,
}

impl Wire {
    /// Lays one. None where we may not, or where `ip` is missing.
    pub fn lay() -> Option<Wire> {
        let id = std::process::id();
        let hosts = [1, 2].map(|n| Host { name: format!("wire-{id}-{n}"), address: format!("10.77.0.{n}") });
        let wire = Wire { hosts };
        let [one, two] = wire.hosts();
        let laid = ip(&["netns", "add", &one.name])
            && ip(&["netns", "add", &two.name])
            && ip(&[
                "link", "add", "wire", "netns", &one.name, "type", "veth", "peer", "name", "wire", "netns", &two.name,
            ])
            && wire.hosts().into_iter().all(|host| {
                ip(&["-n", &host.name, "addr", "add", &format!("{}/24", host.address), "dev", "wire"])
                    && ip(&["-n", &host.name, "link", "set", "wire", "up"])
                    && ip(&["-n", &host.name, "link", "set", "lo", "up"])
            });
        laid.then_some(wire)
    }

    /// The machines at its ends.
    pub fn hosts(&self) -> [&Host; 2] {
        [&self.hosts[0], &self.hosts[1]]
    }

    /// Bytes that went over it so far, both ways.
    pub fn bytes(&self) -> u64 {
        let host = &self.hosts[0].name;
        let count = |way: &str| -> u64 {
            let file = format!("/sys/class/net/wire/statistics/{way}_bytes");
            let said = Command::new("ip").args(["netns", "exec", host, "cat", &file]).output().unwrap();
            String::from_utf8(said.stdout).unwrap().trim().parse().unwrap()
        };
        count("rx") + count("tx")
    }
}

impl Host {
    /// Does something on this machine, on a thread that is on no other: what it opens there stays there.
    pub fn within<T: Send + 'static>(&self, deed: impl FnOnce() -> T + Send + 'static) -> T {
        let space = File::open(format!("/run/netns/{}", self.name)).unwrap();
        let moved = move || {
            move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            deed()
        };
        thread::spawn(moved).join().unwrap()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        for host in &self.hosts {
            ip(&["netns", "del", &host.name]);
        }
    }
}

fn ip(words: &[&str]) -> bool {
    fs::metadata("/proc/self/ns/net").is_ok()
        && Command::new("ip").args(words).output().is_ok_and(|said| said.status.success())
}
