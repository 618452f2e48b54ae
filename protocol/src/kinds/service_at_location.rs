//! A service at a location, as HSDS 3.1 describes it.

use super::common::{COMMON, LINE, OPTIONAL_SUMMARY, PROSE};
use super::directory::{ATTRIBUTES, PHONES, SCHEDULES, SERVICE_AREAS};
use crate::record::{Field, Kind, Shape};

/// That a service can be had at a location, and what is special about it there.
pub(super) static SERVICE_AT_LOCATION: Kind = Kind {
    name: "service_at_location",
    label: "Service at a location",
    plural: "Services at locations",
    help: "That a service can be had at a location, and what is special about it there.",
    title: "title",
    own: &[
        Field::new("title", "Title", "For our lists; HSDS has none.", LINE),
        Field::new("service_id", "Service", "", Shape::Link { to: &["service"] }).to_save(),
        Field::new("location_id", "Location", "", Shape::Link { to: &["location"] }).to_save(),
        OPTIONAL_SUMMARY,
        Field::new("description", "What is special here", "", PROSE),
        Field::new("alert", "Temporary notice", "What people must know just now.", LINE),
        Field::new("phones", "Telephone", "", Shape::List { of: PHONES, most: 20 }),
        Field::new("schedules", "When", "", Shape::List { of: SCHEDULES, most: 40 }),
        Field::new("service_areas", "Where it is available", "", Shape::List { of: SERVICE_AREAS, most: 40 }),
        ATTRIBUTES,
    ],
    common: COMMON,
    licence: "CC0-1.0",
    rules: &[],
};
