//! The arguments of `get`, `list` and `find`: `COLUMN[:KEY]`, `COLUMN[:KEY]OPERATOR VALUE`, sets and maps as they are typed.

use super::datum::{Atom, Datum};
use super::schema::{Atomic, Column, Table, Type};
use super::view::column;

/// The comparisons of `find`, in the order of the tools' own message.
const OPERATORS: [&str; 14] =
    ["=", "!=", "<", ">", "<=", ">=", "{=}", "{!=}", "{<}", "{>}", "{<=}", "{>=}", "{in}", "{not-in}"];

/// A column, or one key of it.
pub(super) struct Place {
    pub(super) column: Column,
    pub(super) key: Option<String>,
}

/// `COLUMN[:KEY]`, and what stands behind it.
fn place<'w>(word: &'w str, table: &Table) -> Result<(Place, &'w str), String> {
    let (name, rest) = token(word)?;
    if name.is_empty() {
        return Err(format!("{word}: missing column name"));
    }
    let column = column(table, &name)?;
    let Some(rest) = rest.strip_prefix(':') else { return Ok((Place { column, key: None }, rest)) };
    let (key, rest) = token(rest)?;
    Ok((Place { column, key: Some(key) }, rest))
}

/// `COLUMN[:KEY]` alone, as `get` takes it.
pub(super) fn whole(word: &str, table: &Table) -> Result<Place, String> {
    match place(word, table)? {
        (place, "") => Ok(place),
        (_, rest) => Err(format!("{word}: trailing garbage \"{rest}\" in argument")),
    }
}

/// A condition of `find`.
pub(super) struct Condition {
    place: Place,
    operator: &'static str,
    value: String,
}

impl Condition {
    /// `COLUMN[:KEY]OPERATOR VALUE`.
    pub(super) fn parse(word: &str, table: &Table) -> Result<Self, String> {
        let (place, rest) = place(word, table)?;
        let fitting = OPERATORS.iter().filter(|operator| rest.len() > operator.len() && rest.starts_with(**operator));
        let Some(operator) = fitting.max_by_key(|operator| operator.len()) else {
            let [all @ .., last] = OPERATORS.map(|operator| format!("\"{operator}\""));
            let all = all.join(", ");
            return Err(format!("{word}: argument does not end in {all}, or {last} followed by a value."));
        };
        Ok(Self { place, operator, value: rest[operator.len()..].to_owned() })
    }

    /// Whether a row's column fulfils it.
    pub(super) fn holds(&self, have: &Datum) -> Result<bool, String> {
        let kind = self.place.column.kind;
        let Some(key) = &self.place.key else {
            return Ok(compare(have, &datum(kind, &self.value)?, self.operator));
        };
        let Some(of_value) = kind.value else {
            return Err(format!("cannot specify key to check for non-map column {}", self.place.column.name));
        };
        let wanted = datum(Type { key: of_value, value: None, some: false, many: true }, &self.value)?;
        match have.value(&Atom::parse(kind.key, key)?) {
            Some(value) => Ok(compare(&Datum::of(value.clone()), &wanted, self.operator)),
            None => Ok(self.operator.starts_with('{') && compare(&Datum::default(), &wanted, self.operator)),
        }
    }

    /// The column that it looks at.
    pub(super) fn column(&self) -> Column {
        self.place.column
    }
}

fn compare(have: &Datum, wanted: &Datum, operator: &str) -> bool {
    let (here, there) = (have.keys.len(), wanted.keys.len());
    match operator {
        "=" | "{=}" => have == wanted,
        "!=" | "{!=}" => have != wanted,
        "<" => have < wanted,
        ">" => have > wanted,
        "<=" => have <= wanted,
        ">=" => have >= wanted,
        "{<}" => there > here && have.is_within(wanted),
        "{>}" => here > there && wanted.is_within(have),
        "{<=}" | "{in}" => have.is_within(wanted),
        "{>=}" => wanted.is_within(have),
        _ => have.is_apart(wanted),
    }
}

fn is_end(byte: u8) -> bool {
    b":=, []{}!<>".contains(&byte)
}

/// The text up to a delimiter that is not in quotes, and the rest.
fn token(word: &str) -> Result<(String, &str), String> {
    let mut found = Vec::new();
    let mut in_quotes = false;
    let mut bytes = word.bytes().enumerate();
    let mut end = word.len();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                let Some((_, next)) = bytes.next() else { return Err(format!("{word}: backslash at end of argument")) };
                found.extend(in_quotes.then_some(b'\\'));
                found.push(next);
            }
            byte if !in_quotes && is_end(byte) => {
                end = at;
                break;
            }
            byte => {
                in_quotes ^= byte == b'"';
                found.push(byte);
            }
        }
    }
    if in_quotes {
        return Err(format!("{word}: quoted string extends past end of argument"));
    }
    Ok((String::from_utf8_lossy(&found).into_owned(), &word[end..]))
}

/// A value as it is typed: `a`, `[a,b]`, `{k=v,…}`.
fn datum(kind: Type, word: &str) -> Result<Datum, String> {
    let is_map = kind.value.is_some();
    let (open, close) = if is_map { ('{', '}') } else { ('[', ']') };
    let trimmed = word.trim_start();
    if trimmed.is_empty() {
        let what = if is_map { "use \"{}\" to specify the empty map" } else { "use \"[]\" to specify the empty set" };
        return Err(what.to_owned());
    }
    let (mut rest, closed) = match trimmed.strip_prefix(open) {
        Some(rest) => (rest.trim_start(), true),
        None => (trimmed, false),
    };
    let mut pairs: Vec<(Atom, Option<Atom>)> = Vec::new();
    while !(rest.is_empty() || closed && rest.starts_with(close)) {
        if let Some(first) = rest.bytes().next().filter(|byte| is_end(*byte)) {
            return Err(format!("{word}: unexpected \"{}\" parsing {}", char::from(first), english(kind)));
        }
        let (key, behind) = token(rest)?;
        let key = Atom::parse(kind.key, &key)?;
        let mut behind = behind.trim_start();
        let mut value = None;
        if let Some(of_value) = kind.value {
            let Some(after) = behind.strip_prefix('=') else {
                let found = behind.chars().next().map(String::from).unwrap_or_default();
                return Err(format!("{rest}: syntax error at \"{found}\" expecting \"=\""));
            };
            let (text, after) = token(after.trim_start())?;
            value = Some(Atom::parse(of_value, &text)?);
            behind = after;
        }
        pairs.push((key, value));
        rest = behind.trim_start();
        rest = rest.strip_prefix(',').map_or(rest, str::trim_start);
    }
    if closed {
        let Some(behind) = rest.strip_prefix(close) else {
            return Err(format!("{word}: missing \"{close}\" at end of data"));
        };
        if !behind.trim_start().is_empty() {
            return Err(format!("{word}: trailing garbage after \"{close}\""));
        }
    }
    let what = if is_map { "pair(s)" } else { "value(s)" };
    let count = pairs.len();
    if count == 0 && kind.some {
        return Err(format!("{word}: 0 {what} specified but the minimum number is 1"));
    }
    if count > 1 && !kind.many {
        return Err(format!("{word}: {count} {what} specified but the maximum number is 1"));
    }
    pairs.sort();
    if pairs.windows(2).any(|two| two[0].0 == two[1].0) {
        let what = if is_map { "map contains duplicate key" } else { "set contains duplicate value" };
        return Err(format!("{word}: {what}"));
    }
    let (keys, values): (Vec<Atom>, Vec<Option<Atom>>) = pairs.into_iter().unzip();
    Ok(Datum { keys, values: values.into_iter().flatten().collect() })
}

fn english(kind: Type) -> String {
    let word = |kind: Atomic| match kind {
        Atomic::Integer => "integer",
        Atomic::Boolean => "boolean",
        Atomic::Text => "string",
        Atomic::Uuid => "uuid",
    };
    match (kind.value, kind.many, kind.some) {
        (Some(value), ..) => format!("map of {}-{} pairs", word(kind.key), word(value)),
        (None, true, _) => format!("set of {}s", word(kind.key)),
        (None, false, true) => word(kind.key).to_owned(),
        (None, false, false) => format!("optional {}", word(kind.key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::ovn::schema;

    #[test]
    fn a_condition_is_read_as_the_tools_read_it() {
        let table = schema::table("OVN_Northbound", "Logical_Switch_Port").unwrap();
        let kind = |name: &str| table.column(name).unwrap().kind;
        let holds = |word: &str, column: &str, value: serde_json::Value| {
            let condition = Condition::parse(word, &table).unwrap();
            condition.holds(&Datum::from_json(kind(column), &value).unwrap())
        };
        assert_eq!(holds("type=\"\"", "type", "".into()), Ok(true));
        assert_eq!(holds("tag>=[]", "tag", 7.into()), Ok(true));
        assert_eq!(
            holds("addresses={}", "addresses", "a".into()).unwrap_err(),
            "{}: unexpected \"{\" parsing set of strings"
        );
        assert_eq!(
            holds("type=a,b", "type", "a".into()).unwrap_err(),
            "a,b: 2 value(s) specified but the maximum number is 1"
        );
        assert_eq!(
            holds("options={a=1,a=2}", "options", serde_json::json!(["map", []])).unwrap_err(),
            "{a=1,a=2}: map contains duplicate key"
        );
        assert_eq!(holds("options:\"a b\"=c", "options", serde_json::json!(["map", [["a b", "c"]]])), Ok(true));
    }
}
