//! A program that uses a node's API over the web, with somebody's key or without one.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::real::{Node, PATIENCE};

/// A program.
#[derive(Clone, Debug)]
pub struct Program {
    at: String,
    key: Option<String>,
}

impl Program {
    /// With this key, or with none.
    pub fn of(node: &Node, key: Option<&str>) -> Program {
        let at = node.pages.as_ref().expect("it was started with pages").at.clone();
        Program { at, key: key.map(String::from) }
    }

    /// Reads something of the API; the status and the answer.
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, &Value::Null)
    }

    /// Asks the API something; the status and the answer.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send(method, &format!("/api/v1{path}"), body)
    }

    /// Asks at any address. What is not JSON comes as the text it is.
    pub fn at(&self, method: &str, path: &str) -> (u16, Value) {
        self.send(method, path, &Value::Null)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let key = self.key.as_ref().map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{key}connection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            self.at,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all([head, body].concat().as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let answer = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        (head[9..12].parse().unwrap(), answer)
    }
}
