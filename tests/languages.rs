//! Two languages: what a French reader gets, and what says in which language it is written.

use harness::{
    browser::Browser,
    real::{Node, Place},
};

const PASSWORD: &str = "walking to school together";

/// Riverside, and Ann who reads its pages in French.
fn in_french(place: &Place) -> (Node, Browser) {
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    assert_eq!(ann.send("/language", &[("language", "fr")]).status, 303);
    (node, ann)
}

#[test]
fn forms_ask_and_complain_in_french() {
    let place = Place::new();
    let (_node, mut ann) = in_french(&place);
    let form = ann.open("/practices/new");
    for text in ["Le problème", "Que faire, une étape après l’autre.", "Moins de 1\u{a0}000\u{a0}$", "Leadership local"]
    {
        assert!(form.says(text), "{text}");
    }
    for text in ["The problem", "What to do, one step", "Under $1,000", "Local leadership", ">Yes<"] {
        assert!(!form.says(text), "{text}");
    }
    let wrong = [
        ("summary", "Sans titre."),
        ("review_by", "2027-02-30"),
        ("source_url", "chez nous"),
        ("_audience", "private"),
    ];
    let page = ann.send("/practices/new", &wrong);
    assert_eq!(page.status, 422);
    for text in [
        "Titre\u{a0}: Ceci est nécessaire.",
        "n’est pas une adresse web",
        "Il n’y a pas de 2027-02-30 dans le calendrier",
    ] {
        assert!(page.says(text), "{text}");
    }
    assert!(!page.says("This is needed"));
    let page = ann.send("/network/join", &[("ticket", "bonjour")]);
    assert!(page.says("Ce n’est pas une invitation") && !page.says("ticket:"), "{}", page.body);
    let trainings = ann.open("/trainings/new");
    assert!(["Formation", "Besoin de formation"].iter().all(|kind| trainings.says(&format!(">{kind}</a>"))));
}

#[test]
fn lists_and_records_are_labeled_in_french_and_say_what_is_in_another_language() {
    let place = Place::new();
    let (_node, mut ann) = in_french(&place);
    let practice = |title: &'static str, language: &'static str, cost: &'static str| {
        [
            ("title", title),
            ("summary", "We walk."),
            ("problem", "Nobody walks."),
            ("language", language),
            ("cost", cost),
            ("_audience", "private"),
        ]
    };
    let english = ann.send("/practices/new", &practice("Walk to school", "en", "none"));
    let french = ann.send("/practices/new", &practice("À pied", "fr-CA", "under_1000"));
    let list = ann.open("/practices");
    for text in ["<legend>Coût</legend>", "Moins de 1\u{a0}000\u{a0}$", "<legend>Écrit en</legend>", "anglais"] {
        assert!(list.says(text), "{text}: {}", list.body);
    }
    ann.send("/lessons/new", &[("title", "Il a neigé"), ("summary", "Oui."), ("_audience", "private")]);
    let all = ann.open("/search");
    assert!(all.says("<span dir=\"auto\">Pratique</span>") && all.says("<legend>De quoi"), "{}", all.body);
    assert!(list.says("lang=\"en\">Walk to school") && !list.says("lang=\"fr-CA\""), "{}", list.body);
    let page = ann.open(english.location().unwrap());
    assert!(page.says("<h2>Le problème</h2>") && page.says("lang=\"en\"><div class=\"md\"><p dir=\"auto\">Nobody"));
    assert!(page.says("<h1 dir=\"auto\" lang=\"en\">Walk to school</h1>") && page.says("Rien"), "{}", page.body);
    let (home, history) = (ann.open("/"), ann.open(&format!("{}/history", english.location().unwrap())));
    for page in [home, history] {
        assert!(page.says("dir=\"auto\" lang=\"en\">Walk to school</a>"), "{}", page.body);
    }
    let page = ann.open(french.location().unwrap());
    assert!(!page.says("class=\"said\"") && page.says(">À pied</h1>"));
    ann.send("/language", &[("language", "en")]);
    let page = ann.open(french.location().unwrap());
    assert!(page.says("lang=\"fr-CA\"") && page.says("Under $1,000"), "{}", page.body);
}
