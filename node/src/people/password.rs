//! Which passwords are taken: long enough, and none that anybody would guess first.

use super::NotIn;
use crate::config::{PASSWORD_LEAST, PASSWORD_MOST};

/// What long passwords that many people have are made of (the long ones among the 3,000 most common: OWASP ASVS 5.0,
/// 6.2.4), and what is guessed here first (6.2.11).
const COMMON: [&str; 24] = [
    "password",
    "passw0rd",
    "motdepasse",
    "qwertyuiop",
    "azertyuiop",
    "asdfghjkl",
    "1q2w3e4r5t",
    "iloveyou",
    "letmein",
    "welcome",
    "bienvenue",
    "sunshine",
    "football",
    "baseball",
    "princess",
    "princesse",
    "superman",
    "starwars",
    "administrator",
    "changeme",
    "trustno1",
    "whatever",
    "commonweal",
    "collaborative",
];
/// Fewer different signs than this are a rhythm, no password.
const SIGNS_LEAST: usize = 5;

/// Whether somebody with these names may have this password.
pub(super) fn check(password: &str, names: &[&str]) -> Result<(), NotIn> {
    if !(PASSWORD_LEAST..=PASSWORD_MOST).contains(&password.chars().count()) {
        return Err(NotIn::Password);
    }
    if is_guessed(password, names) { Err(NotIn::Common) } else { Ok(()) }
}

/// Whether it says little beside what everybody knows: what is left without those words is too short to be one.
fn is_guessed(password: &str, names: &[&str]) -> bool {
    let mut left = password.to_lowercase();
    let mut signs: Vec<char> = left.chars().collect();
    signs.sort_unstable();
    signs.dedup();
    let own = names.iter().flat_map(|name| name.split(|sign: char| !sign.is_alphanumeric()));
    let own: Vec<String> = own.filter(|word| word.chars().count() > 2).map(str::to_lowercase).collect();
    for word in COMMON.into_iter().chain(own.iter().map(String::as_str)) {
        left = left.replace(word, "");
    }
    let steps = left.as_bytes().windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) > 1).count();
    signs.len() < SIGNS_LEAST || steps < SIGNS_LEAST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_guess_is_no_password() {
        for guessed in [
            "passwordpassword",
            "Password1234",
            "123456789012",
            "aaaaaaaaaaaaaa",
            "abababababab",
            "ann.example2026",
            "commonweal123",
            "qwertyuiop12",
            "abcdefghijklmnop",
        ] {
            assert_eq!(check(guessed, &["ann.example@riverside.example", "Ann"]), Err(NotIn::Common), "{guessed}");
        }
        assert_eq!(check("walking", &[]), Err(NotIn::Password));
        for fine in ["walking to school together", "another long password", "coat swap on the Thursday", "k9#Vd2!mQz0p"]
        {
            assert_eq!(check(fine, &["ann@example.org", "Ann"]), Ok(()), "{fine}");
        }
    }
}
