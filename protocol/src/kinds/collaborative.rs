//! A collaborative's profile: who they are, one for each member.

use super::common::{COMMON, COUNT, LANGUAGES, LINE, PROSE, SUMMARY, WORDS};
use crate::record::{Field, Kind, Rule, Shape, choices};

/// Who a member is, how it works and how to join in.
pub(super) static COLLABORATIVE: Kind = Kind {
    name: "collaborative",
    label: "Collaborative",
    plural: "Collaboratives",
    help: "Who you are, how you work and how to join in. One for each member.",
    title: "name",
    own: &[
        Field::new("name", "Name", "", LINE).to_save(),
        Field::new("short_name", "Short name", "", Shape::Line { most: 40 }),
        SUMMARY,
        Field::new("lead_organization", "Led by", "The organization that leads it.", LINE),
        Field::new("hosted_by", "Hosted by", "The larger organization it is part of, if any.", LINE),
        Field::new("form", "Form", "", FORM).facet(),
        Field::new(
            "status",
            "Status",
            "",
            Shape::Choice(&choices([
                ("forming", "Forming"),
                ("active", "Active"),
                ("paused", "Paused"),
                ("closed", "Closed"),
            ])),
        )
        .facet(),
        Field::new("service_area", "Area", "The towns or counties you work in.", WORDS).facet(),
        Field::new("population", "People in the area", "", Shape::Whole { least: 0, most: 400_000_000 }),
        Field::new("vision", "Vision", "", PROSE),
        Field::new("mission", "Mission", "", PROSE),
        Field::new("components", "The seven core components", "", Shape::Group(COMPONENTS)),
        Field::new("meeting", "Meetings", "", Shape::Group(MEETING)),
        Field::new(
            "paid_staff",
            "Paid staff",
            "In full-time positions.",
            Shape::Decimal { least: 0.0, most: 10_000.0 },
        ),
        Field::new(
            "in_kind_staff",
            "In-kind staff",
            "In full-time positions.",
            Shape::Decimal { least: 0.0, most: 10_000.0 },
        ),
        Field::new("volunteers", "Volunteers", "", COUNT),
        Field::new("funding", "Funding", "What kinds of funding; no amounts.", Shape::Set { of: &FUNDING, most: 10 }),
        Field::new("languages", "Languages", "The languages you work in.", LANGUAGES).facet(),
        Field::new("can_teach", "Can teach", "", WORDS).facet(),
        Field::new("wants_to_learn", "Want to learn", "", WORDS).facet(),
        Field::new("website", "Web site", "", Shape::Url),
        Field::new("facebook", "Facebook page", "", Shape::Url),
        Field::new("mailing_list", "Mailing list", "An address or a page to sign up at.", LINE),
        Field::new("quilt_block", "Quilt block", "The picture beside the name.", Shape::Whole { least: 0, most: 107 })
            .unasked(),
        Field::new("logo", "Logo", "The fingerprint of an attached picture.", Shape::Hash).unasked(),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[Rule::With("logo", "attachments")],
};

const FORM: Shape = Shape::Choice(&choices([
    ("network", "Network"),
    ("strategic_co_funding", "Strategic co-funding"),
    ("strategic_alliance", "Strategic alliance"),
    ("movement", "Movement"),
    ("public_private_partnership", "Public-private partnership"),
    ("coalition", "Coalition"),
    ("collective_impact", "Collective impact initiative"),
    ("other", "Other"),
]));

const FUNDING: Shape = Shape::Choice(&choices([
    ("federal", "Federal"),
    ("state", "State"),
    ("county", "County"),
    ("town", "Town"),
    ("foundation", "Foundations"),
    ("corporate", "Companies"),
    ("individual", "Individuals"),
    ("fees", "Fees"),
    ("in_kind", "In kind"),
    ("other", "Other"),
]));

const fn component(name: &'static str, label: &'static str, help: &'static str) -> Field {
    Field::new(name, label, help, Shape::Group(COMPONENT))
}

/// The same names as in `common::COMPONENTS`; a test compares them.
const COMPONENTS: &[Field] = &[
    component("local_leadership", "Local leadership", ""),
    component("relational_infrastructure", "Relational infrastructure", ""),
    component("financial_infrastructure", "Financial infrastructure", ""),
    component("physical_space", "Access to physical space", ""),
    component("service_focus", "Service focus", ""),
    component("shared_initiatives", "Shared initiatives", ""),
    component("intentional_change", "Intentional change", ""),
];

const COMPONENT: &[Field] = &[
    Field::new("narrative", "In your words", "", Shape::Prose { most: 4000 }),
    Field::new(
        "rating",
        "Your own rating",
        "There is no right or wrong answer.",
        Shape::Choice(&choices([("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")])),
    ),
    Field::new("updated", "As of", "", Shape::Date),
];

const MEETING: &[Field] = &[
    Field::new("recurrence", "How often", "Such as FREQ=MONTHLY;BYDAY=1TH.", Shape::Recurrence),
    Field::new("time", "At", "", Shape::Time),
    Field::new("zone", "Time zone", "", Shape::Zone),
    Field::new("place", "Place", "", LINE),
    Field::new("link", "Link", "", Shape::Url),
    Field::new("how_to_join", "How to join", "", Shape::Prose { most: 2000 }),
];
