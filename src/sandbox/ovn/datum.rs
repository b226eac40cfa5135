//! The value of a column: from the JSON of a row (RFC 7047 §5.1), as the tools print it, compared as they compare it
//! (Open vSwitch: lib/ovsdb-data.c).

use serde_json::{Value, json};

use super::cell;
use super::schema::{Atomic, Type};

/// One of a column's values; the order is that of OVSDB.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Atom {
    Integer(i64),
    Boolean(bool),
    Text(String),
    Uuid(String),
}

/// A set, or a map: then every key has a value. Keys are in order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Datum {
    pub(super) keys: Vec<Atom>,
    pub(super) values: Vec<Atom>,
}

impl Atom {
    fn zero(kind: Atomic) -> Self {
        match kind {
            Atomic::Integer => Self::Integer(0),
            Atomic::Boolean => Self::Boolean(false),
            Atomic::Text => Self::Text(String::new()),
            Atomic::Uuid => Self::Uuid("00000000-0000-0000-0000-000000000000".to_owned()),
        }
    }

    fn from_json(kind: Atomic, value: &Value) -> Option<Self> {
        match kind {
            Atomic::Integer => value.as_i64().map(Self::Integer),
            Atomic::Boolean => value.as_bool().map(Self::Boolean),
            Atomic::Text => value.as_str().map(|text| Self::Text(text.to_owned())),
            // a name of a row that the same transaction makes stands as it is
            Atomic::Uuid => match value.as_array().map(Vec::as_slice) {
                Some([tag, Value::String(text)]) if tag == "uuid" || tag == "named-uuid" => {
                    Some(Self::Uuid(text.clone()))
                }
                _ => None,
            },
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Integer(number) => json!(number),
            Self::Boolean(truth) => json!(truth),
            Self::Text(text) => json!(text),
            Self::Uuid(text) => json!(["uuid", text]),
        }
    }

    /// As it is typed at the tools.
    pub(super) fn parse(kind: Atomic, text: &str) -> Result<Self, String> {
        match kind {
            Atomic::Integer => {
                text.parse().map(Self::Integer).map_err(|_| format!("\"{text}\" is not a valid integer or range"))
            }
            Atomic::Boolean => match text {
                "true" | "yes" | "on" | "1" => Ok(Self::Boolean(true)),
                "false" | "no" | "off" | "0" => Ok(Self::Boolean(false)),
                _ => Err(format!("\"{text}\" is not a valid boolean (use \"true\" or \"false\")")),
            },
            Atomic::Uuid if is_uuid(text) => Ok(Self::Uuid(text.to_ascii_lowercase())),
            Atomic::Uuid => Err(format!("\"{text}\" is not a valid UUID")),
            Atomic::Text if text.is_empty() => {
                Err("An empty string is not valid as input; use \"\" to represent the empty string".to_owned())
            }
            Atomic::Text if text.starts_with('"') => match serde_json::from_str(text) {
                Ok(text) => Ok(Self::Text(text)),
                Err(_) => Err(format!("{text}: missing quote at end of quoted string")),
            },
            Atomic::Text => Ok(Self::Text(text.to_owned())),
        }
    }

    /// As the tools print it, quoted where it could be read as something else.
    pub(super) fn printed(&self) -> String {
        match self {
            Self::Text(text) if needs_quotes(text) => Value::from(text.as_str()).to_string(),
            _ => self.bare(),
        }
    }

    /// Without quotes.
    pub(super) fn bare(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Boolean(truth) => truth.to_string(),
            Self::Text(text) | Self::Uuid(text) => text.clone(),
        }
    }
}

impl Datum {
    /// One value.
    pub(super) fn of(atom: Atom) -> Self {
        Self { keys: vec![atom], values: Vec::new() }
    }

    /// What a column holds of which a row says nothing.
    pub(super) fn zero(kind: Type) -> Self {
        if kind.some { Self::of(Atom::zero(kind.key)) } else { Self::default() }
    }

    /// From a row; `None` when it is of another type.
    pub(super) fn from_json(kind: Type, value: &Value) -> Option<Self> {
        let mut pairs: Vec<(Atom, Option<Atom>)> = match kind.value {
            Some(of_value) => {
                let pair = |pair: &Value| {
                    Some((Atom::from_json(kind.key, pair.get(0)?)?, Some(Atom::from_json(of_value, pair.get(1)?)?)))
                };
                match value.as_array().map(Vec::as_slice) {
                    Some([tag, Value::Array(pairs)]) if tag == "map" => {
                        pairs.iter().map(pair).collect::<Option<_>>()?
                    }
                    _ => return None,
                }
            }
            None if value.is_null() => return None,
            None => cell::items(value)
                .iter()
                .map(|item| Some((Atom::from_json(kind.key, item)?, None)))
                .collect::<Option<_>>()?,
        };
        pairs.sort();
        pairs.dedup_by(|one, other| one.0 == other.0);
        let (keys, values): (Vec<Atom>, Vec<Option<Atom>>) = pairs.into_iter().unzip();
        Some(Self { keys, values: values.into_iter().flatten().collect() })
    }

    /// As a row has it.
    pub(super) fn to_json(&self, kind: Type) -> Value {
        if kind.value.is_some() {
            let pairs: Vec<Value> = self.pairs().map(|(key, value)| json!([key.to_json(), value.to_json()])).collect();
            return json!(["map", pairs]);
        }
        cell::set_of(self.keys.iter().map(Atom::to_json).collect())
    }

    /// Keys with their values, of a map.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Atom, &Atom)> {
        self.keys.iter().zip(&self.values)
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &Atom) -> Option<&Atom> {
        self.values.get(self.keys.iter().position(|one| one == key)?)
    }

    /// As `list` prints it.
    pub(super) fn printed(&self, kind: Type) -> String {
        let (open, close) = if kind.value.is_some() { ("{", "}") } else { ("[", "]") };
        let inside = self.joined(", ", Atom::printed);
        if kind.many || self.keys.is_empty() { format!("{open}{inside}{close}") } else { inside }
    }

    /// As `--bare` prints it.
    pub(super) fn bare(&self) -> String {
        self.joined(" ", Atom::bare)
    }

    fn joined(&self, between: &str, printed: fn(&Atom) -> String) -> String {
        let one = |(at, key): (usize, &Atom)| match self.values.get(at) {
            Some(value) => format!("{}={}", printed(key), printed(value)),
            None => printed(key),
        };
        self.keys.iter().enumerate().map(one).collect::<Vec<_>>().join(between)
    }

    /// Whether it is what a new row has.
    pub(super) fn is_default(&self, kind: Type) -> bool {
        *self == Self::zero(kind)
    }

    /// Whether all of it is in the other.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.keys.iter().enumerate().all(|(at, key)| {
            let there = other.keys.iter().position(|one| one == key);
            there.is_some_and(|there| self.values.get(at) == other.values.get(there))
        })
    }

    /// Whether nothing of it is in the other.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        self.keys.iter().enumerate().all(|(at, key)| {
            let there = other.keys.iter().position(|one| one == key);
            there.is_none_or(|there| self.values.get(at) != other.values.get(there))
        })
    }
}

impl PartialOrd for Datum {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Datum {
    /// The shorter one is less.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let length = self.keys.len().cmp(&other.keys.len());
        length.then_with(|| self.keys.cmp(&other.keys)).then_with(|| self.values.cmp(&other.values))
    }
}

/// Whether a text has the form of a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn needs_quotes(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let plain = first && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    !plain || matches!(text, "true" | "false") || is_uuid(text)
}
