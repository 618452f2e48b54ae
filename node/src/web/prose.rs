//! Text that people wrote, as a page shows it: a small part of Markdown, and nothing of HTML.
//!
//! Paragraphs, lists, quotes, emphasis, small headings, links. No pictures, tables, frames or drawings: what else stands
//! there is shown as it was typed. What comes out is cleaned once more, so that no mistake in the one lets anything by.

use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::config::{PROSE_DEPTH, PROSE_MOST};

/// What may stand in a page.
const TAGS: [&str; 15] =
    ["a", "blockquote", "br", "code", "del", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "ul"];
/// Where a link may lead.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

static CLEAN: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut clean = Builder::empty();
    clean
        .tags(TAGS.into())
        .tag_attributes([("a", ["href"].into()), ("ol", ["start"].into())].into())
        .url_schemes(SCHEMES.into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow ugc"));
    for tag in ["blockquote", "h3", "h4", "li", "p"] {
        clean.set_tag_attribute_value(tag, "dir", "auto");
    }
    clean
});

/// The page's HTML for what somebody wrote; nothing in it can do more than show words and lead to other pages.
pub fn html(text: &str) -> String {
    let text: String = text.chars().take(PROSE_MOST).collect();
    let mut depth = Depth::default();
    let events = Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH);
    let mut made = String::with_capacity(text.len() * 2);
    html::push_html(&mut made, events.filter_map(|event| depth.take(event)));
    CLEAN.clean(&made).to_string()
}

/// How deep quotes and lists are within each other: deeper than this nobody writes, and a page would grow sideways.
#[derive(Default)]
struct Depth {
    now: usize,
}

impl Depth {
    fn take<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                Some(Event::Start(Tag::Heading { level: smaller(level), id, classes, attrs }))
            }
            Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(smaller(level)))),
            Event::Start(tag) if nests(&tag) => {
                self.now += 1;
                (self.now <= PROSE_DEPTH).then_some(Event::Start(tag))
            }
            Event::End(tag) if ends_nest(&tag) => {
                self.now = self.now.saturating_sub(1);
                (self.now < PROSE_DEPTH).then_some(Event::End(tag))
            }
            // A picture's words stand for it.
            Event::Start(Tag::Image { .. } | Tag::HtmlBlock) | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => None,
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            // Who types a new line means one.
            Event::SoftBreak => Some(Event::HardBreak),
            other => Some(other),
        }
    }
}

/// A page's own headings are above those of a text in it.
fn smaller(level: HeadingLevel) -> HeadingLevel {
    if level == HeadingLevel::H1 { HeadingLevel::H3 } else { HeadingLevel::H4 }
}

fn nests(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::BlockQuote(_) | Tag::List(_))
}

fn ends_nest(tag: &TagEnd) -> bool {
    matches!(tag, TagEnd::BlockQuote(_) | TagEnd::List(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_part_of_markdown_is_shown() {
        let made =
            html("# Why\n\nWe **walk**.\nEvery day.\n\n- one\n- two\n\n> Said.\n\n[Form](https://example.org/form)");
        for part in [
            "<h3 dir=\"auto\">Why</h3>",
            "<strong>walk</strong>.<br>",
            "<li dir=\"auto\">one</li>",
            "<blockquote dir=\"auto\">",
            "href=\"https://example.org/form\"",
            "rel=\"noopener noreferrer nofollow ugc\"",
        ] {
            assert!(made.contains(part), "{part}: {made}");
        }
    }

    #[test]
    fn what_is_hostile_is_text_or_nothing() {
        for hostile in [
            "<script>alert(1)</script>",
            "Text <img src=x onerror=alert(1)> text",
            "<svg><script>alert(1)</script></svg>",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<div\n\nonclick=alert(1)>",
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](  javascript&colon;alert(1))",
            "[a](data:text/html;base64,PHNjcmlwdD4=)",
            "[a](vbscript:x)",
            "[a](/sign-out)",
            "[a](//evil.example)",
            "![a](https://evil.example/pixel.png)",
            "<https://ok.example/\" onmouseover=\"alert(1)>",
            "[x]: javascript:alert(1)\n\n[x]",
            "<iframe src=https://evil.example>",
            "<style>*{display:none}</style>",
            "<base href=https://evil.example>",
            "| a | b |\n|---|---|\n| <script> | x |",
            "```html\n<script>alert(1)</script>\n```",
        ] {
            let made = html(hostile);
            for bad in ["<script", "<img", "<svg", "<math", "<style", "<iframe", "<base", "<table", "<div", "<!--"] {
                assert!(!made.contains(bad), "{hostile}: {made}");
            }
            for link in made.split("href=\"").skip(1) {
                assert!(SCHEMES.iter().any(|scheme| link.starts_with(&format!("{scheme}:"))), "{hostile}: {made}");
            }
            for tag in made.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                assert!(!tag.contains(" on"), "{hostile}: {made}");
            }
        }
    }

    #[test]
    fn what_is_endless_ends() {
        let deep = html(&"> ".repeat(20_000));
        assert!(deep.matches("<blockquote").count() <= PROSE_DEPTH, "{}", deep.len());
        let lists: String = (0..500).map(|n| format!("{}- a\n", "  ".repeat(n))).collect();
        assert!(html(&lists).matches("<ul").count() <= 500);
        assert!(html(&"[".repeat(100_000)).len() <= PROSE_MOST * 8);
        assert!(html(&"*a ".repeat(100_000)).len() <= PROSE_MOST * 8);
    }
}
