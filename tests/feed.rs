//! What programs read of public pages: feeds, the list of addresses, and what a record says it is.

use harness::{
    browser::Browser,
    real::{Node, Place, eventually},
};
use roxmltree::Document;
use serde_json::{Value, json};

const HOSTILE: &str = "Walk & <b>talk</b> ]]> \"now\" 'here'";

fn practice(node: &Node, title: &str, more: &[&str], audience: &str) -> String {
    let title = format!("title={title}");
    let fields =
        ["record", "create", "practice", "--set", &title, "--set", "summary=We walk & talk.", "--audience", audience];
    node.id(&[&fields[..], more].concat())
}

#[test]
fn feeds_tell_of_public_records_in_the_same_bytes_until_one_changes() {
    let place = Place::new();
    let node = place.with_pages("Riverside & Hills");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    practice(&node, "Kept to ourselves", &[], "private");
    practice(&node, "For members", &[], "network");
    let hostile = practice(&node, HOSTILE, &["--set", "topics=[\"housing\"]"], "public");
    let other = practice(&node, "Second", &[], "public");
    let mut reader = Browser::of(&node);
    eventually("both are told", || reader.open("/feeds/practices.atom").body.matches("<entry").count() == 2);
    let feed = reader.open("/feeds/practices.atom");
    assert!(feed.head.contains("content-type: application/atom+xml"));
    assert_eq!(reader.open("/feeds/practices.atom").body, feed.body);
    let read = Document::parse(&feed.body).unwrap();
    let atom = "http://www.w3.org/2005/Atom";
    let of = |name: &str| read.descendants().filter(|n| n.has_tag_name((atom, name))).collect::<Vec<_>>();
    // RFC 4287, 4.1.1 and 4.1.2: what a feed and each entry must have.
    for (node, must) in
        [(of("feed"), ["id", "title", "updated", "author"]), (of("entry"), ["id", "title", "updated", "author"])]
    {
        for name in must {
            assert!(node.iter().all(|n| n.children().filter(|c| c.has_tag_name((atom, name))).count() == 1), "{name}");
        }
    }
    let ids: Vec<_> = of("id").iter().filter_map(|id| id.text()).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| id.starts_with("urn:uuid:")) && ids[1] != ids[2], "{ids:?}");
    let titles: Vec<_> = of("title").iter().filter_map(|title| title.text()).collect();
    assert!(titles.contains(&HOSTILE), "{titles:?}");
    assert!(feed.says(&format!("/practices/{hostile}\"")) && feed.says(&format!("/practices/{other}\"")));
    assert!(!feed.says("ourselves") && !feed.says("For members"));
    // Narrowed down, as another feed with another name.
    let housing = reader.open("/feeds/practices.atom?topic=housing");
    assert_eq!(housing.body.matches("<entry").count(), 1);
    assert_ne!(
        Document::parse(&housing.body).unwrap().root_element().first_element_child().unwrap().text(),
        Some(ids[0])
    );
    assert_eq!(reader.open("/feeds/all.atom?by=nobody").body.matches("<entry").count(), 0);
    assert_eq!(reader.open("/feeds/nothing.atom").status, 404);
    assert!(reader.open("/practices").says("href=\"/feeds/practices.atom\""));
    node.ask(&["record", "edit", &other, "--set", "title=Second, changed"]);
    eventually("the change is told", || reader.open("/feeds/practices.atom").says("Second, changed"));
    let changed = reader.open("/feeds/practices.atom").body;
    assert!(ids.iter().all(|id| changed.contains(id)), "names stay");
}

#[test]
fn search_engines_are_led_to_public_records_and_told_what_they_are() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let hidden = practice(&node, "For members", &[], "network");
    let shown = practice(&node, "</script><script>alert(1)</script>", &[], "public");
    let mut reader = Browser::of(&node);
    eventually("it is told", || reader.open("/sitemap.xml").says(&shown));
    let map = reader.open("/sitemap.xml");
    assert!(!map.says(&hidden) && Document::parse(&map.body).is_ok());
    let robots = reader.open("/robots.txt").body;
    assert!(robots.contains("Disallow: /api/") && robots.contains("/sitemap.xml"), "{robots}");
    let page = reader.open(&format!("/practices/{shown}"));
    let data =
        page.body.split("<script type=\"application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&data["@type"], &data["name"]), (&json!("HowTo"), &json!("</script><script>alert(1)</script>")));
    assert!(page.says("<link rel=\"canonical\" href=\"http://") && page.says("property=\"og:title\""));
    assert!(!page.says("<script>alert"));
    let mut ann = Browser::set_up(&node, "ann@example.org", "walking to school together");
    assert!(!ann.open(&format!("/practices/{hidden}")).says("ld+json"), "what is not public is told to no program");
}
