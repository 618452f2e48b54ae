//! How we stand with our neighbors, in words: for the top of every page, and for their room.

use super::{dates, site::Site, texts::Language};
use crate::neighbors::Together;

impl Site {
    /// How we stand with all neighbors together, for the top of the page.
    pub(super) fn sync(&self) -> String {
        self.standing.as_ref().map_or_else(String::new, |together| self.together(together))
    }

    /// How we stand with all neighbors together.
    pub(super) fn together(&self, together: &Together) -> String {
        say(self.language, together, self.now)
    }
}

/// The same, where there is no page around it.
pub(super) fn say(language: Language, together: &Together, now_ms: u64) -> String {
    match together {
        Together::Nobody => language.say("sync-nobody"),
        Together::UpToDate(count) => language.say_with("sync-up-to-date", "count", *count),
        Together::Arriving(count) => language.say_with("sync-arriving", "count", *count),
        Together::Waiting(name, None) => language.say_with("sync-waiting", "name", name.as_str()),
        Together::Waiting(name, Some(at)) => {
            language.say_all("sync-waiting-since", &[("name", name), ("when", &dates::since(language, *at, now_ms))])
        }
        Together::Some(here, of) => language.say_all("sync-some", &[("count", here), ("of", of)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;
    const DAY: u64 = 24 * 60 * 60 * 1000;

    #[test]
    fn how_we_stand_is_said_in_words() {
        let waiting = Together::Waiting("Cedar Hills".into(), Some(NOW - 3 * DAY));
        assert_eq!(say(Language::English, &waiting, NOW), "Waiting for Cedar Hills since Tuesday");
        assert_eq!(say(Language::English, &Together::UpToDate(8), NOW), "Up to date with 8 neighbors");
        assert_eq!(say(Language::French, &Together::Nobody, NOW), "Pas encore de voisins");
    }
}
