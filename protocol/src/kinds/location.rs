//! A location of the resource directory, as HSDS 3.1 describes it.

use super::common::{COMMON, LINE, OPTIONAL_SUMMARY, PROSE};
use super::directory::{ACCESSIBILITY, ADDRESSES, ATTRIBUTES, LANGUAGES, LOCATION_TYPE, PHONES, SCHEDULES};
use crate::record::{Field, Kind, Rule, Shape};

/// Where services are given.
pub(super) static LOCATION: Kind = Kind {
    name: "location",
    label: "Location",
    plural: "Locations",
    help: "Where services are given: a building, or a place online.",
    title: "name",
    own: &[
        Field::new("name", "Name", "", LINE).to_share(),
        Field::new("alternate_name", "Other name", "", LINE),
        Field::new("location_type", "Type", "", LOCATION_TYPE).to_save().facet(),
        OPTIONAL_SUMMARY,
        Field::new("description", "Description", "", PROSE),
        Field::new("organization_id", "Looked after by", "", Shape::Link { to: &["organization"] }),
        Field::new("url", "Web address", "For a place online.", Shape::Url),
        Field::new("addresses", "Addresses", "", Shape::List { of: ADDRESSES, most: 10 }),
        Field::new(
            "address_confidential",
            "Keep the address to ourselves",
            "For shelters and the like: others see the region only.",
            Shape::YesNo,
        ),
        Field::new("alert", "Temporary notice", "What people must know just now, such as “Use the back door”.", LINE),
        Field::new("transportation", "Getting there", "", PROSE),
        Field::new("accessibility", "Accessibility", "", Shape::List { of: ACCESSIBILITY, most: 20 }),
        Field::new("phones", "Telephone", "", Shape::List { of: PHONES, most: 20 }),
        Field::new("schedules", "When it is open", "", Shape::List { of: SCHEDULES, most: 40 }),
        Field::new("languages", "Languages", "", Shape::List { of: LANGUAGES, most: 40 }),
        Field::new("latitude", "Latitude", "", Shape::Decimal { least: -90.0, most: 90.0 }),
        Field::new("longitude", "Longitude", "", Shape::Decimal { least: -180.0, most: 180.0 }),
        Field::new("external_identifier", "Number in a register", "", LINE).unasked(),
        Field::new("external_identifier_type", "Which register", "", LINE).unasked(),
        ATTRIBUTES,
    ],
    common: COMMON,
    licence: "CC0-1.0",
    rules: &[Rule::With("latitude", "longitude"), Rule::With("longitude", "latitude")],
};
