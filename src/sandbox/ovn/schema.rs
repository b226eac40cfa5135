//! Which columns the tables of OVN 25.03 have, and of which type (ovn-nb(5), ovn-sb(5)): the printer needs both.
//!
//! `schema.txt` is the schemas of northbound 7.11.0 and southbound 20.41.0 in a short form, a table a line. A type is the letter of its key
//! (`s`tring, `i`nteger, `b`oolean, `u`uid), that of its value in a map, and how many there may be: `?` at most one, `*` any number, `+` at least
//! one, nothing exactly one.

const TEXT: &str = include_str!("schema.txt");

/// What an atom is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Atomic {
    Integer,
    Boolean,
    Text,
    Uuid,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) key: Atomic,
    /// Of a map alone.
    pub(super) value: Option<Atomic>,
    /// Whether there is at least one.
    pub(super) some: bool,
    /// Whether there may be more than one.
    pub(super) many: bool,
}

/// The type of `_uuid`.
pub(super) const UUID: Type = Type { key: Atomic::Uuid, value: None, some: true, many: false };

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Type,
}

/// A table and its columns in the order of the tools, without `_uuid`.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
}

impl Table {
    /// The column of exactly that name; `_uuid` too.
    pub(super) fn column(&self, name: &str) -> Option<Column> {
        if name == UUID_COLUMN.name {
            return Some(UUID_COLUMN);
        }
        self.columns.iter().copied().find(|column| column.name == name)
    }
}

/// The column that every table has.
pub(super) const UUID_COLUMN: Column = Column { name: "_uuid", kind: UUID };

/// The names of a database's tables, in order.
pub(super) fn names(database: &str) -> impl Iterator<Item = &'static str> {
    lines(database).map(|line| line.split(' ').next().unwrap_or_default())
}

/// The table of exactly that name.
pub(super) fn table(database: &str, name: &str) -> Option<Table> {
    let line = lines(database).find(|line| line.split(' ').next() == Some(name))?;
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let columns = words.filter_map(|word| word.split_once('='));
    Some(Table { name, columns: columns.map(|(name, code)| Column { name, kind: kind(code) }).collect() })
}

fn lines(database: &str) -> impl Iterator<Item = &'static str> {
    let behind = TEXT.split("# ").find(|part| part.lines().next() == Some(database)).unwrap_or_default();
    behind.lines().skip(1)
}

fn kind(code: &str) -> Type {
    let atomic = |letter: u8| match letter {
        b'i' => Atomic::Integer,
        b'b' => Atomic::Boolean,
        b'u' => Atomic::Uuid,
        _ => Atomic::Text,
    };
    let letters = code.trim_end_matches(['?', '*', '+']);
    let mut keys = letters.bytes().map(atomic);
    Type {
        key: keys.next().unwrap_or(Atomic::Text),
        value: keys.next(),
        some: !code.ends_with(['?', '*']),
        many: code.ends_with(['*', '+']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_read_back() {
        let table = table("OVN_Northbound", "Logical_Switch_Port").unwrap();
        let of = |name: &str| table.column(name).unwrap().kind;
        assert_eq!(of("name"), Type { key: Atomic::Text, value: None, some: true, many: false });
        assert_eq!(of("tag"), Type { key: Atomic::Integer, value: None, some: false, many: false });
        assert_eq!(of("options"), Type { key: Atomic::Text, value: Some(Atomic::Text), some: false, many: true });
        assert_eq!(of("addresses"), Type { key: Atomic::Text, value: None, some: false, many: true });
        assert_eq!(of("_uuid"), UUID);
        assert!(super::table("OVN_Southbound", "NAT").is_none());
        assert_eq!(names("OVN_Northbound").count() + names("OVN_Southbound").count(), 72);
    }
}
