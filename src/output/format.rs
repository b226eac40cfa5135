//! `-o`, the format of an answer.

use std::fmt;
use std::str::FromStr;

/// What `-o` asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Columns for people; without `-o`.
    #[default]
    Table,
    /// All columns.
    Wide,
    /// The objects as JSON.
    Json,
    /// The objects as YAML.
    Yaml,
    /// A line `kind.group/name` for each object.
    Name,
}

impl Format {
    /// The values that `-o` takes, sorted as kubectl's error lists them.
    pub const ALLOWED: [&'static str; 4] = ["json", "name", "wide", "yaml"];

    /// Whether people rather than programs read it.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}

/// `-o` has another value. The sentence is kubectl's (measured), which names what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unable to match a printer suitable for the output format \"{text}\", allowed formats are: {}", allowed.join(","))]
pub struct UnknownFormat {
    text: String,
    allowed: &'static [&'static str],
}

impl UnknownFormat {
    /// A format that is none of those allowed here, which are sorted.
    #[must_use]
    pub fn among(text: &str, allowed: &'static [&'static str]) -> Self {
        Self { text: text.to_owned(), allowed }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Letter case does not matter, as kubectl's `name` (measured); an empty value is the table.
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(Self::Table),
            "wide" => Ok(Self::Wide),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            "name" => Ok(Self::Name),
            _ => Err(UnknownFormat::among(text, &Self::ALLOWED)),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Table => "",
            Self::Wide => "wide",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Name => "name",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allowed_format_is_read_and_written() {
        for text in Format::ALLOWED {
            assert_eq!(text.parse::<Format>().map(|format| format.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("JSON".parse(), Ok(Format::Json));
        assert!(Format::ALLOWED.is_sorted());
    }

    #[test]
    fn an_unknown_format_is_refused_in_kubectls_words() {
        let error = "Foo".parse::<Format>().map_err(|error| error.to_string());
        assert_eq!(error, Err("unable to match a printer suitable for the output format \"Foo\", allowed formats are: json,name,wide,yaml".into()));
    }
}
