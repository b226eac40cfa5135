//! Names of objects: what the API server takes, and what the user may have meant.

/// The greatest length of a subdomain name in characters (Kubernetes `validation.DNS1123SubdomainMaxLength`).
pub const SUBDOMAIN_MAX: usize = 253;
/// The greatest length of a label in characters (`validation.DNS1123LabelMaxLength`); of a label's value as well.
pub const LABEL_MAX: usize = 63;

/// What is wrong with a name, and where. Positions count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// Too many characters.
    #[error("the name has {length} characters, {limit} are allowed")]
    TooLong {
        /// How many there are.
        length: usize,
        /// How many may be.
        limit: usize,
    },
    /// A character that no name has.
    #[error("the name {name:?} has {character:?} as character {position}: only a-z, 0-9 and {separators} are allowed")]
    Character {
        /// The whole name.
        name: String,
        /// The first wrong character.
        character: char,
        /// Where it is.
        position: usize,
        /// `-` in a label, `- and .` in a subdomain.
        separators: &'static str,
    },
    /// A `-` or `.` that does not stand between letters or digits.
    #[error(
        "the name {name:?} has {character:?} as character {position}: a name, and each part between dots, starts and ends with a letter or digit"
    )]
    Edge {
        /// The whole name.
        name: String,
        /// The misplaced character.
        character: char,
        /// Where it is.
        position: usize,
    },
}

/// Checks a name of most objects: a DNS subdomain (RFC 1123) as `validation.IsDNS1123Subdomain` has it, so parts longer than 63 pass.
pub fn check_subdomain(name: &str) -> Result<(), NameError> {
    check(name, true, SUBDOMAIN_MAX)
}

/// Checks a DNS label (RFC 1123), `validation.IsDNS1123Label`: no dots, at most 63 characters.
pub fn check_label(name: &str) -> Result<(), NameError> {
    check(name, false, LABEL_MAX)
}

fn check(name: &str, dots: bool, limit: usize) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    let separators = if dots { "- and ." } else { "-" };
    let is_separator = |character| character == '-' || (dots && character == '.');
    if let Some((index, character)) = name.chars().enumerate().find(|&(_, character)| {
        !(character.is_ascii_lowercase() || character.is_ascii_digit() || is_separator(character))
    }) {
        return Err(NameError::Character { name: name.to_owned(), character, position: index + 1, separators });
    }
    // from here on all is ASCII: bytes are characters
    let bytes = name.as_bytes();
    let at_edge = |index: usize| {
        let neighbour =
            |other: Option<usize>| other.and_then(|other| bytes.get(other)).is_none_or(|&byte| byte == b'.');
        is_separator(char::from(bytes[index])) && (neighbour(index.checked_sub(1)) || neighbour(Some(index + 1)))
            || bytes[index] == b'.'
                && (index.checked_sub(1).is_none_or(|before| bytes[before] == b'-')
                    || bytes.get(index + 1).is_none_or(|&after| after == b'-'))
    };
    if let Some(index) = (0..bytes.len()).find(|&index| at_edge(index)) {
        return Err(NameError::Edge {
            name: name.to_owned(),
            character: char::from(bytes[index]),
            position: index + 1,
        });
    }
    if bytes.len() > limit {
        return Err(NameError::TooLong { length: bytes.len(), limit });
    }
    Ok(())
}

/// The candidate nearest to a word, if it is near enough to be a slip: the Damerau-Levenshtein distance, letter case aside, is at most a
/// third of the longer of both. The first of equally near ones.
#[must_use]
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    let mut nearest: Option<(usize, &str)> = None;
    for candidate in candidates {
        let candidate_length = candidate.chars().count();
        let allowed = length.max(candidate_length) / 3;
        if length.abs_diff(candidate_length) > allowed || length.max(candidate_length) > SUBDOMAIN_MAX {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
        if distance <= allowed && nearest.is_none_or(|(least, _)| distance < least) {
            nearest = Some((distance, candidate));
        }
    }
    nearest.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_name_is_told_what_is_wrong_and_where() {
        let sentence =
            |name: &str| check_subdomain(name).map_or_else(|error| error.to_string(), |()| format!("{name} is fine"));
        insta::assert_snapshot!(
            ["web-1.default", "10.0.0.1", "", "Web", "web_1", "web é", "-web", "web-", "web.", "a..b", "a.-b", "a-.b", "a--b", &"a".repeat(254)].map(sentence).join("\n"),
            @r#"
        web-1.default is fine
        10.0.0.1 is fine
        the name is empty
        the name "Web" has 'W' as character 1: only a-z, 0-9 and - and . are allowed
        the name "web_1" has '_' as character 4: only a-z, 0-9 and - and . are allowed
        the name "web é" has ' ' as character 4: only a-z, 0-9 and - and . are allowed
        the name "-web" has '-' as character 1: a name, and each part between dots, starts and ends with a letter or digit
        the name "web-" has '-' as character 4: a name, and each part between dots, starts and ends with a letter or digit
        the name "web." has '.' as character 4: a name, and each part between dots, starts and ends with a letter or digit
        the name "a..b" has '.' as character 2: a name, and each part between dots, starts and ends with a letter or digit
        the name "a.-b" has '.' as character 2: a name, and each part between dots, starts and ends with a letter or digit
        the name "a-.b" has '-' as character 2: a name, and each part between dots, starts and ends with a letter or digit
        a--b is fine
        the name has 254 characters, 253 are allowed
        "#
        );
        assert_eq!(
            check_label("a.b").map_err(|error| error.to_string()),
            Err("the name \"a.b\" has '.' as character 2: only a-z, 0-9 and - are allowed".into())
        );
        assert_eq!(check_label(&"a".repeat(64)), Err(NameError::TooLong { length: 64, limit: 63 }));
    }

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let subnets = ["ovn-default", "join", "external204", "external205"];
        assert_eq!(did_you_mean("ovn-defualt", subnets), Some("ovn-default"));
        assert_eq!(did_you_mean("external2044", subnets), Some("external204"));
        assert_eq!(did_you_mean("JOIN", subnets), Some("join"));
        assert_eq!(did_you_mean("jion", subnets), Some("join"));
        assert_eq!(did_you_mean("web", subnets), None);
        assert_eq!(did_you_mean("", subnets), None);
    }
}
