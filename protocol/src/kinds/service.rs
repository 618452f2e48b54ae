//! A service of the resource directory, as HSDS 3.1 describes it.

use super::common::{COMMON, LINE, OPTIONAL_SUMMARY, PROSE};
use super::directory::{
    ATTRIBUTES, CAPACITIES, COST_OPTIONS, FUNDING, LANGUAGES, PHONES, REQUIRED_DOCUMENTS, SCHEDULES, SERVICE_AREAS,
    URLS,
};
use crate::record::{Field, Kind, Rule, Shape, choices};

/// What people can get. Where they can get it is said by records that join it to a location.
pub(super) static SERVICE: Kind = Kind {
    name: "service",
    label: "Service",
    plural: "Services",
    help: "What people can get: food, counseling, child care, a ride.",
    title: "name",
    own: &[
        Field::new("name", "Name", "The official or public name.", LINE).to_save(),
        Field::new("alternate_name", "Other name", "", LINE),
        OPTIONAL_SUMMARY,
        Field::new("description", "Description", "What it is, and for whom.", PROSE).to_share(),
        Field::new(
            "status",
            "Status",
            "",
            Shape::Choice(&choices([
                ("active", "Active"),
                ("inactive", "Not active"),
                ("defunct", "No longer there"),
                ("temporarily closed", "Closed for a while"),
            ])),
        )
        .to_save()
        .facet(),
        Field::new(
            "alert",
            "Temporary notice",
            "What people must know just now, such as “No delivery this week”.",
            PROSE,
        ),
        Field::new("organization_id", "Provided by", "", Shape::Link { to: &["organization"] }).to_share(),
        Field::new("program_id", "Program", "The id of one of the organization's programs.", Shape::Link { to: &[] }),
        Field::new("url", "Web page", "", Shape::Url),
        Field::new("additional_urls", "More web addresses", "", Shape::List { of: URLS, most: 20 }),
        Field::new("email", "E-mail", "A shared mailbox.", Shape::Email),
        Field::new("phones", "Telephone", "", Shape::List { of: PHONES, most: 20 }),
        Field::new("schedules", "When", "", Shape::List { of: SCHEDULES, most: 40 }),
        Field::new("service_areas", "Where it is available", "", Shape::List { of: SERVICE_AREAS, most: 40 }),
        Field::new("eligibility_description", "Who can get it", "", PROSE),
        Field::new("minimum_age", "From age", "", Shape::Decimal { least: 0.0, most: 130.0 }),
        Field::new("maximum_age", "Up to age", "", Shape::Decimal { least: 0.0, most: 130.0 }),
        Field::new("application_process", "How to get it", "", PROSE),
        Field::new("required_documents", "What to bring", "", Shape::List { of: REQUIRED_DOCUMENTS, most: 30 }),
        Field::new("fees_description", "What it costs", "", PROSE),
        Field::new("cost_options", "Prices", "", Shape::List { of: COST_OPTIONS, most: 30 }),
        Field::new("languages", "Languages", "", Shape::List { of: LANGUAGES, most: 40 }),
        Field::new("interpretation_services", "Interpretation", "", PROSE),
        Field::new("capacities", "Room", "", Shape::List { of: CAPACITIES, most: 20 }),
        Field::new("accreditations", "Accreditations", "", PROSE),
        Field::new("funding", "Funding", "", Shape::List { of: FUNDING, most: 30 }),
        Field::new("assured_date", "Checked on", "", Shape::Date),
        Field::new("assurer_email", "Checked by", "", Shape::Email),
        Field::new("wait_time", "Waiting time", "", LINE).unasked(),
        Field::new("fees", "Fees", "", LINE).unasked(),
        Field::new("licenses", "Licenses", "", LINE).unasked(),
        ATTRIBUTES,
    ],
    common: COMMON,
    licence: "CC0-1.0",
    rules: &[Rule::InOrder("minimum_age", "maximum_age")],
};
