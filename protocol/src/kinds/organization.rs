//! An organization of the resource directory, as HSDS 3.1 describes it.

use super::common::{COMMON, LINE, OPTIONAL_SUMMARY, PROSE};
use super::directory::{ATTRIBUTES, FUNDING, ORGANIZATION_IDENTIFIERS, PHONES, PROGRAMS, URLS};
use crate::record::{Field, Kind, Shape};

/// Who provides services. Its locations are records of their own, which name it.
pub(super) static ORGANIZATION: Kind = Kind {
    name: "organization",
    label: "Organization",
    plural: "Organizations",
    help: "Who provides services: an agency, a church, a library, a town office.",
    title: "name",
    own: &[
        Field::new("name", "Name", "The official or public name.", LINE).to_save(),
        Field::new("alternate_name", "Other name", "", LINE),
        OPTIONAL_SUMMARY,
        Field::new("description", "Description", "What it does, and for whom.", PROSE).to_share(),
        Field::new("email", "E-mail", "A shared mailbox.", Shape::Email),
        Field::new("website", "Web site", "", Shape::Url),
        Field::new("phones", "Telephone", "", Shape::List { of: PHONES, most: 20 }),
        Field::new("additional_websites", "More web addresses", "", Shape::List { of: URLS, most: 20 }),
        Field::new("alert", "Temporary notice", "What people must know just now, such as “Closed this week”.", LINE),
        Field::new("year_incorporated", "Founded in", "", Shape::Whole { least: 1000, most: 2999 }),
        Field::new("legal_status", "Legal status", "", LINE),
        Field::new("logo", "Logo", "The web address of a picture.", Shape::Url),
        Field::new(
            "uri",
            "Identifier",
            "A lasting identifier, such as from Open Corporates.",
            Shape::Line { most: 500 },
        ),
        Field::new("parent_organization_id", "Part of", "", Shape::Link { to: &["organization"] }),
        Field::new("programs", "Programs", "", Shape::List { of: PROGRAMS, most: 60 }),
        Field::new("funding", "Funding", "", Shape::List { of: FUNDING, most: 30 }),
        Field::new(
            "organization_identifiers",
            "Numbers in registers",
            "",
            Shape::List { of: ORGANIZATION_IDENTIFIERS, most: 20 },
        ),
        Field::new("tax_status", "Tax status", "", LINE).unasked(),
        Field::new("tax_id", "Tax id", "", LINE).unasked(),
        ATTRIBUTES,
    ],
    common: COMMON,
    licence: "CC0-1.0",
    rules: &[],
};
