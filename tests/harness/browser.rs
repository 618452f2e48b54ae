//! A reader of a node's pages: it follows addresses, keeps cookies, and sends forms. It runs no script.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
};

use crate::real::{Node, PATIENCE};

/// A browser without script.
#[derive(Clone, Debug)]
pub struct Browser {
    at: String,
    cookies: BTreeMap<String, String>,
    /// Whether a web server before the node says that it came by HTTPS.
    by_https: bool,
}

/// A page, or what came in its place.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Page {
    /// Whether it says this.
    pub fn says(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    /// Where it sends the reader.
    pub fn location(&self) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix("location: "))
    }
}

impl Browser {
    /// Opens nothing yet.
    pub fn of(node: &Node) -> Browser {
        let at = node.pages.as_ref().expect("it was started with pages").at.clone();
        Browser { at, cookies: BTreeMap::new(), by_https: false }
    }

    /// Opens nothing yet, of whoever listens at this address of the machine.
    pub fn at(address: &str) -> Browser {
        Browser { at: address.to_owned(), cookies: BTreeMap::new(), by_https: false }
    }

    /// From now on it comes as if by HTTPS.
    pub fn by_https(&mut self) {
        self.by_https = true;
    }

    /// Opens an address.
    pub fn open(&mut self, path: &str) -> Page {
        self.ask("GET", path, "", "")
    }

    /// Opens an address, with further lines in the head, each with its end.
    pub fn open_with(&mut self, path: &str, head: &str) -> Page {
        self.ask("GET", path, "", head)
    }

    /// Sends a form.
    pub fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.ask("POST", path, &encoded(fields), "")
    }

    /// Asks by a method that no form has, with further lines in the head, each with its end.
    pub fn ask_by(&mut self, method: &str, path: &str, head: &str, body: &str) -> Page {
        self.ask(method, path, body, head)
    }

    /// Sends a form the way a page of somebody else's would.
    pub fn send_from(&mut self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        self.ask("POST", path, &encoded(fields), &format!("origin: {origin}\r\nsec-fetch-site: cross-site\r\n"))
    }

    /// Makes the first visit as far as an account, and stays signed in.
    pub fn set_up(node: &Node, name: &str, password: &str) -> Browser {
        let mut browser = Browser::of(node);
        let code = node.pages.as_ref().unwrap().code.clone().expect("nobody was here before");
        let page = browser.send("/set-up", &[("code", &code)]);
        assert_eq!(page.status, 303, "{page:?}");
        // Name and block stay as they are: a record would turn up in every list.
        let page = browser.send("/set-up/account", &[("email", name), ("password", password)]);
        assert_eq!(page.status, 303, "{page:?}");
        browser
    }

    /// Signs in, without a code.
    pub fn signed_in(node: &Node, name: &str, password: &str) -> Browser {
        let mut browser = Browser::of(node);
        let page = browser.send("/sign-in", &[("name", name), ("password", password)]);
        assert_eq!(page.location(), Some("/"), "{page:?}");
        browser
    }

    /// Makes an access key on the account's page, as its owner does.
    pub fn key(&mut self, scope: &str) -> String {
        let page = self.send("/settings/keys", &[("label", scope), ("scope", scope)]);
        let made = page.body.split("id=\"made\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
        made.unwrap_or_else(|| panic!("{page:?}")).split('"').next().unwrap().to_owned()
    }

    /// Takes all keys back, on the same page.
    pub fn end_keys(&mut self) {
        let page = self.open("/settings/keys").body;
        for id in page.split("name=\"id\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(self.send("/settings/keys/end", &[("id", id)]).status, 303);
        }
    }

    /// Sends a form of which the end never comes, and waits until the node has done with it.
    pub fn break_off(&mut self, path: &str, fields: &[(&str, &str)]) {
        let body = encoded(fields);
        self.exchange("POST", path, &body, &format!("origin: http://{}\r\n", self.at), body.len() + 1_000);
    }

    /// Opens an address that goes on talking.
    pub fn listen(&self, path: &str) -> Heard {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (host, cookies) = (&self.at, cookies.join("; "));
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookies}\r\n\r\n").as_bytes())
            .unwrap();
        Heard(RefCell::new(BufReader::new(stream)))
    }

    fn ask(&mut self, method: &str, path: &str, body: &str, more: &str) -> Page {
        self.exchange(method, path, body, more, body.len())
    }

    /// As long as it says it is, or cut off.
    fn exchange(&mut self, method: &str, path: &str, body: &str, more: &str, length: usize) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (host, cookies) = (&self.at, cookies.join("; "));
        let more = if self.by_https { format!("{more}x-forwarded-proto: https\r\n") } else { more.to_owned() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookies}\r\nconnection: close\r\n{more}\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A node that refuses a form may hang up before it read all of it.
        let _ = stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice());
        if length > body.len() {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        let mut bytes = vec![];
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let page = Page {
            status: head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0),
            head: head
                .lines()
                .map(|line| line.split_once(": ").map_or(line.into(), |(n, v)| format!("{}: {v}", n.to_lowercase())))
                .collect::<Vec<_>>()
                .join("\n"),
            body: body.into(),
        };
        for line in page.head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
        page
    }
}

/// What comes from an address that goes on talking.
#[derive(Debug)]
pub struct Heard(RefCell<BufReader<TcpStream>>);

impl Heard {
    /// Waits for a line with this in it.
    pub fn until(&self, text: &str) -> String {
        loop {
            match self.line() {
                Some(line) if line.contains(text) => return line,
                Some(_) => {}
                None => panic!("`{text}` was not heard"),
            }
        }
    }

    /// Waits until nothing more comes, which must be said.
    pub fn ends(&self) {
        while let Some(line) = self.line() {
            // The last chunk of an answer is empty.
            if line.trim() == "0" {
                return;
            }
        }
    }

    fn line(&self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.borrow_mut().read_line(&mut line).expect("it says something in time");
        (read > 0).then_some(line)
    }
}

/// A form's fields as a browser sends them.
fn encoded(fields: &[(&str, &str)]) -> String {
    let plain = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let text = |text: &str| text.bytes().map(plain).collect::<String>();
    fields.iter().map(|(name, value)| format!("{}={}", text(name), text(value))).collect::<Vec<_>>().join("&")
}
