//! What benchmarks write into records: the same in every run, and with every program that is measured beside ours.

/// What one record is about: words that compress as prose does.
const WORDS: [&str; 24] = [
    "neighbors",
    "families",
    "Thursday",
    "kitchen",
    "children",
    "library",
    "reading",
    "together",
    "meal",
    "talk",
    "listen",
    "volunteers",
    "school",
    "weekly",
    "parents",
    "garden",
    "river",
    "visit",
    "training",
    "lesson",
    "support",
    "welcome",
    "evening",
    "community",
];
/// So long that a record has about 1 KB.
const CHARACTERS: usize = 840;

/// The text of one record.
pub fn prose(n: usize) -> String {
    let mut chance = n as u64 + 1;
    let mut text = String::new();
    while text.len() < CHARACTERS {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text += WORDS[(chance >> 33) as usize % WORDS.len()];
        text.push(' ');
    }
    text
}
