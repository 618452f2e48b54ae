//! What a node is started with, and the numbers of the node that somebody chose.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

/// Where a node listens unless told otherwise: every address of the machine, by TCP and by QUIC.
pub const LISTEN: [&str; 4] =
    ["/ip4/0.0.0.0/tcp/7447", "/ip4/0.0.0.0/udp/7447/quic-v1", "/ip6/::/tcp/7447", "/ip6/::/udp/7447/quic-v1"];
/// Inputs handled before one commit: enough to share an fsync, few enough to answer a person soon (protocol.md, 7).
pub const TURN_INPUTS: usize = 256;
/// How long a turn goes on taking inputs: a person does not notice it, and an fsync costs a tenth of it.
pub const TURN_MS: u64 = 50;
/// How long it goes on taking trials, for which nobody waits, where peers have said nothing more.
pub const TRIED_MS: u64 = 10;
/// How nice the threads that make trials are to all others: with a tenth of the others' weight (sched(7)) they still go on.
pub const NICE: i32 = 10;
/// Changes a live view may lag behind before it is told to look at everything again.
pub const CHANGES: usize = 1_024;
/// A request's body in bytes: four times the largest edit.
pub const BODY_BYTES: usize = 1 << 20;
/// Records that one request may bring: a tenth of a second, for which others wait.
pub const IMPORT_RECORDS: usize = 64;
/// Records in one page of a list, unless the asker says otherwise.
pub const PAGE: usize = 100;
/// Records in one page of a list, at most: about 500 KiB of answer.
pub const PAGE_MOST: usize = 1_000;
/// Visitors on the open web at a time: a village at once, and a quarter of the 1,024 files a process may usually open.
pub const VISITORS: usize = 256;
/// How long one connection on the open web may last. Answers take milliseconds; browsers connect again by themselves.
pub const VISIT_MS: u64 = 60_000;
/// How long requests under way may take when the node stops. A service manager kills after 90 s.
pub const FAREWELL_MS: u64 = 3_000;
/// How long the network may take to hang up when the node stops: its own farewell is 5 s.
pub const HANG_UP_MS: u64 = 8_000;
/// After the last address that we listen on turned up, so long without another means that these are all.
pub const LISTENING_MS: u64 = 150;
/// How long a start waits for its first address.
pub const FIRST_ADDRESS_MS: u64 = 5_000;

/// How to run a node.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder it lives in. It is made when missing.
    pub home: PathBuf,
    /// Where to serve public records on the web, such as `127.0.0.1:8080`; nowhere unless said.
    pub web: Option<String>,
    /// Where other nodes can connect, as multiaddrs. When empty, [`LISTEN`].
    pub listen: Vec<String>,
    /// Whether to find known nodes on the local network, and to be found there;
    /// [what that tells](crate::network::Config::mdns) about this one.
    pub mdns: bool,
}

/// The home to use: what was asked for, else `$COMMONWEAL_HOME`, else `.commonweal` in the user's folder.
pub fn home(asked: Option<&Path>) -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = || set("HOME").unwrap_or_default().join(".commonweal");
    asked.map(Path::to_owned).or_else(|| set("COMMONWEAL_HOME")).unwrap_or_else(user)
}

/// Records read from the engine at once to make lists of, so that nobody waits long in between.
pub const GLANCES_AT_ONCE: usize = 256;
/// Memory in which words are gathered before they are written: the least that tantivy works with, so that a Raspberry Pi
/// hardly notices.
pub const INDEX_ARENA_BYTES: usize = 15_000_000;
/// How often the search index is written at most. What waits is found in memory meanwhile.
pub const INDEX_MS: u64 = 1_000;
/// Records whose words wait to be written, at most, while all records are read: about 10 MB, matched in a few milliseconds.
pub const INDEX_WAITING: usize = 2_048;
/// How long a search waits for what was saved just before it: much longer than it ever takes, unless all is read anew.
pub const CATCH_UP_MS: u64 = 1_000;
/// Fewer records than this are little: then words that resemble those asked for count as well.
pub const LITTLE: usize = 3;
/// Characters that somebody may type to search, and letters of a value that an address picks: more than anybody needs, and a
/// bound for what a search costs.
pub const WORDS_MOST: usize = 200;
/// Titles offered to somebody who types.
pub const TITLES: usize = 8;
/// Searches at once: one for each core of a small server.
pub const SEARCHES_AT_ONCE: usize = 2;
/// Values of one facet that are offered: more than anybody looks through.
pub const FACET_VALUES: usize = 20;
/// Questions that everybody may ask the API at once, for each key: enough to read a network's records through.
pub const ASKS_AT_ONCE: u64 = 200;
/// Questions a second after that.
pub const ASKS_A_SECOND: u64 = 20;
/// What a calendar program may ask at once: to bring or take a thousand sessions one by one.
pub const DAV_AT_ONCE: u64 = 2_000;
/// What it may ask a second after that: more than any does that is not caught in a loop.
pub const DAV_A_SECOND: u64 = 50;
/// Changes looked through for one who asks what changed: beyond, to begin anew costs both of them less.
pub const DAV_CHANGES: usize = 20_000;
/// Of which so many are read from the engine at once.
pub const CHANGES_AT_ONCE: usize = 1_024;
/// Askers whose measure is held at a time.
pub const ASKERS_KNOWN: usize = 1_024;
/// Entries of a feed, the newest: a month or two of a busy network.
pub const FEED_ENTRIES: usize = 50;
/// How long others may keep a copy of a feed. Readers of feeds come every hour as a rule.
pub const FEED_SECONDS: u64 = 300;
/// Addresses in the list for search engines: the most that one file may have (sitemaps.org).
pub const SITEMAP_ENTRIES: usize = 49_000;
/// Records on one page of a list.
pub const ROWS_A_PAGE: usize = 20;
/// How often pages look whose node this is: a name or a network may have come.
pub const WHOSE_MS: u64 = 5_000;
/// Open pages that are told what happens meanwhile, at a time: a quarter of [`VISITORS`], so that room is left for reading.
pub const LISTENERS: usize = 64;
/// How long one of them listens before it must ask anew.
pub const LIVE_MS: u64 = 15 * 60 * 1_000;
/// How often it is looked whether who listens is still signed in.
pub const LIVE_LOOK_MS: u64 = 5_000;
/// How often news is told: what comes within it is told together.
pub const NEWS_MS: u64 = 1_000;
/// While more and more comes, so many times news waits to be told together: a first copy is one note, or a few.
pub const NEWS_PAUSES: u32 = 20;
/// Records that are new here and not yet counted for a note: more than come between two looks at them.
pub const ARRIVALS_HELD: usize = 1024;
/// News that a listener may lag behind; what it missed is on its next page.
pub const NEWS_HELD: usize = 16;
/// A disk with less than this free is told to who looks after it: five times what makes a node refuse to write.
pub const FREE_LEAST: u64 = 1 << 30;
/// The body of a form that anybody may send, in bytes: what is typed to sign in, and room to spare.
pub const STRANGER_BYTES: usize = 16 << 10;
/// Password hashes worked on at a time: each takes 19 MiB and a core for a moment.
pub const HASHES_AT_ONCE: usize = 2;
/// The fewest characters of a password (OWASP ASVS 5.0, 6.2.1, asks for 8 and recommends 15).
pub const PASSWORD_LEAST: usize = 12;
/// The most characters of a password (OWASP ASVS 5.0, 6.2.9: at least 64 are permitted).
pub const PASSWORD_MOST: usize = 256;
/// The most characters of what somebody is called, and of the name they sign in with.
pub const PERSON_NAME_MOST: usize = 80;
/// Wrong tries in a row of one name from one address after which a pause comes.
pub const SIGN_IN_TRIES: u32 = 8;
/// Wrong tries of one name from all addresses together after which a pause comes: so many that nobody makes its owner wait
/// from a few addresses, and nothing against twelve characters that nobody would guess.
pub const NAME_TRIES: u32 = 1_000;
/// The longest such pause: a thousand tries take most of a day.
pub const SIGN_IN_PAUSE_MS: u64 = 60 * 1_000;
/// Wrong tries from one address after which a pause comes: an office full of people who mistype, and no more.
pub const ADDRESS_TRIES: u32 = 40;
/// Names and addresses of which wrong tries are counted at a time: at most 4 MiB.
pub const TRIES_MOST: usize = 10_000;
/// How long wrong tries are remembered.
pub const TRIES_KEPT_MS: u64 = 15 * 60 * 1_000;
/// People who may wait to be signed in at a time.
pub const SIGN_INS_WAITING: usize = 16;
/// How long somebody stays signed in on a browser.
pub const SIGNED_IN_MS: u64 = 30 * DAY_MS;
/// So long without a page, and a browser is signed out: somebody who comes every other week stays in.
pub const SIGNED_IN_IDLE_MS: u64 = 14 * DAY_MS;
/// How often the use of a session is written down.
pub const SEEN_KEPT_MS: u64 = 15 * 60 * 1_000;
/// How long after typing the password somebody may make keys and the like (OWASP ASVS 5.0, 7.5: sensitive changes ask again).
pub const PROVED_MS: u64 = 15 * 60 * 1_000;
/// How long a right password waits for its code: a phone is found in that time.
pub const SECOND_MS: u64 = 5 * 60 * 1_000;
/// How long a link that renews a password works (OWASP ASVS 5.0, 6.4: it ends soon and works once).
pub const RESET_MS: u64 = DAY_MS;
/// Days that an invitation of a colleague may work.
pub const INVITE_DAYS: [u32; 3] = [7, 14, 30];
/// Links that work at a time: more than a collaborative has people.
pub const LINKS_MOST: usize = 200;
/// A day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// So long without a page, and the next one begins a new visit: longer than a lunch, shorter than a night.
pub const VISIT_GAP_MS: u64 = 4 * 60 * 60 * 1_000;
/// How often a visit is written down: what a power cut takes of it nobody notices.
pub const VISIT_KEPT_MS: u64 = 15 * 60 * 1_000;
/// How often the use of a key is written down: a calendar app may come every few minutes.
pub const KEY_USED_MS: u64 = 60 * 60 * 1_000;
/// Access keys and app passwords that one person may have: one for each of their devices and programs, and room to spare.
pub const KEYS_MOST: usize = 20;
/// Times that a series of dates is followed for in one span (two years of a daily one).
pub const OCCURRENCES_MOST: usize = 730;
/// How far back a series is counted from its beginning, in years: longer than any group has met.
pub const SERIES_YEARS: i32 = 40;
/// The longest that one session is taken to last, in days.
pub const SESSION_DAYS_MOST: i32 = 14;
/// How far back Home tells news from, in days.
pub const NEWS_DAYS: u64 = 7;
/// Characters of one text that are shown: no field holds more.
pub const PROSE_MOST: usize = 20_000;
/// Quotes and lists within each other that are shown as such: deeper than this nobody writes.
pub const PROSE_DEPTH: usize = 6;
/// After so many days a record is to be confirmed again: directories of help are looked through once a year
/// (Inform USA standards).
pub const CONFIRM_AGAIN_DAYS: i32 = 365;
/// Drafts that one person may have: a few weeks of unfinished work, and few enough to look through.
pub const DRAFTS_A_PERSON: usize = 20;
/// One draft in bytes: the longest record three times over, as browsers write it.
pub const DRAFT_BYTES: usize = 384 << 10;
/// How long a draft is kept after it was last written, in days: a summer.
pub const DRAFT_KEPT_DAYS: usize = 90;
/// The same in milliseconds.
pub const DRAFT_KEPT_MS: u64 = DRAFT_KEPT_DAYS as u64 * DAY_MS;
/// Of a form that is too long, bytes taken from the wire so that its sender reads why.
pub const DRAINED_BYTES: usize = 32 << 20;
/// Cells of one form: the longest form of any kind has some hundreds.
pub const FORM_CELLS: usize = 5_000;
/// Records offered as choices where a form asks for one; where there are more, an id is typed.
pub const LINK_CHOICES: usize = 300;
/// Backups that stay in any case, the newest: who makes one before a change and one after it has both.
pub const BACKUP_LATEST: usize = 3;
/// Backups that stay besides: the newest of each of so many days, weeks and months. Who notices after half a year that something was
/// lost finds it, and at most 25 files stand there.
pub const BACKUP_DAYS: usize = 7;
/// The same by weeks.
pub const BACKUP_WEEKS: usize = 4;
/// The same by months.
pub const BACKUP_MONTHS: usize = 12;
/// So long without a backup that was found whole, and who looks after the node is warned.
pub const BACKUP_LATE_MS: u64 = 7 * DAY_MS;
/// Room that a backup leaves on its disk: what makes a node refuse to write (`store::Options`), and as much again.
pub const BACKUP_SPARE: u64 = 400 << 20;
/// The same as a part of the disk: the node writes nothing more below it either.
pub const BACKUP_SPARE_PERCENT: u64 = 2;
/// How often a node looks whether it is time for the next backup.
pub const BACKUP_LOOK_MS: u64 = 10 * 60 * 1_000;
/// How long a page waits for a backup that somebody asked for: most are made within it.
pub const BACKUP_WAIT: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_comes_first() {
        assert_eq!(home(Some(Path::new("/srv/cw"))), Path::new("/srv/cw"));
    }
}
