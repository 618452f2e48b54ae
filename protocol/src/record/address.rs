//! How web addresses, e-mail addresses, telephone numbers and language tags are written.

use super::wrong::Wrong;

/// A web address. Only http and https: anything else in a link can run something on the reader's machine. No names or
/// passwords before the host: they make one site look like another.
pub(super) fn url(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::misspelled(text, "a web address", "https://example.org/page");
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let scheme = scheme.to_ascii_lowercase();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let right = matches!(&*scheme, "http" | "https")
        && text.len() <= 2000
        && is_domain(name)
        && port.parse::<u16>().is_ok()
        && !rest.contains(|c: char| c.is_whitespace() || "<>\"{}|\\^`".contains(c));
    right.then(|| format!("{scheme}://{rest}")).ok_or_else(wrong)
}

/// Names between dots: letters and digits of any script, hyphens inside.
fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            let inside = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(inside)
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// An e-mail address.
pub(super) fn email(text: &str) -> Result<String, Wrong> {
    let right = text.split_once('@').is_some_and(|(local, domain)| {
        let strange = |c: char| c.is_whitespace() || "@<>()[],;:\\\"".contains(c);
        (1..=64).contains(&local.len()) && !local.contains(strange) && domain.contains('.') && is_domain(domain)
    });
    right.then(|| text.to_owned()).ok_or_else(|| Wrong::misspelled(text, "an e-mail address", "office@example.org"))
}

/// A telephone number as people write it: `207-555-0100 ext. 4`, `+1 (207) 555-0100`, `211`, `1-800-QUIT-NOW`.
pub(super) fn phone(text: &str) -> Result<String, Wrong> {
    let known = |c: char| c.is_ascii_alphanumeric() || " +-.()/#*,;:".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let right = text.chars().all(known) && text.len() <= 60 && digits >= 3;
    right.then(|| text.to_owned()).ok_or_else(|| Wrong::misspelled(text, "a telephone number", "207-555-0100"))
}

/// A language tag in its usual letters: `en`, `pt-BR`, `zh-Hant`.
pub(super) fn language(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::misspelled(text, "a language tag", "en, fr or pt-BR");
    let mut tag = String::new();
    for (at, part) in text.split('-').enumerate() {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        let right = match at {
            0 => letters && (2..=3).contains(&part.len()),
            _ => part.bytes().all(|b| b.is_ascii_alphanumeric()) && (1..=8).contains(&part.len()),
        };
        if !right || text.len() > 35 {
            return Err(wrong());
        }
        let part = part.to_ascii_lowercase();
        match (at, part.len()) {
            (0, _) => tag = part,
            (_, 2) if letters => tag = format!("{tag}-{}", part.to_ascii_uppercase()),
            (_, 4) if letters => tag = format!("{tag}-{}{}", part[..1].to_ascii_uppercase(), &part[1..]),
            _ => tag = format!("{tag}-{part}"),
        }
    }
    Ok(tag)
}
