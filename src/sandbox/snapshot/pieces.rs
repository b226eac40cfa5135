//! A snapshot's file, read object by object and row by row: never more of it in memory than one.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::failure::{Exit, Failure, Result};
use crate::sandbox::state;

/// What stands beside the objects and rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    format: Option<u32>,
    pub(super) taken: Option<String>,
    pub(super) missing: BTreeMap<String, String>,
}

/// Where a piece stands: a plural and group, with an empty database, or a table of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'p> {
    pub(super) database: &'p str,
    pub(super) name: &'p str,
}

type Take<'t> = dyn FnMut(Place<'_>, &RawValue) + 't;

/// The file of a snapshot, or of a sandbox.
#[derive(Clone, Debug)]
pub struct Pieces(PathBuf);

impl Pieces {
    /// A file that is there; `None` when there is none.
    ///
    /// Fails as [`state::State::read`] does, but for what is in the file.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        Ok(state::found(path)?.map(|()| Self(path.to_owned())))
    }

    /// Takes all pieces, in their order.
    ///
    /// Fails when it is no file of this kind, is damaged, or written by a newer program.
    pub(super) fn each(&self, mut take: impl FnMut(Place<'_>, &RawValue)) -> Result<Head> {
        let shown = self.0.display();
        let file = File::open(&self.0)
            .map_err(|error| Failure::because(Exit::Cluster, format!("cannot read {shown}"), &error))?;
        let mut head = Head::default();
        let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 20, file));
        let whole = Whole { head: &mut head, take: &mut take }.deserialize(&mut json).and_then(|()| json.end());
        state::of_this_program(head.format, whole.is_ok())
            .map_err(|failure| failure.during(format_args!("cannot use {shown}")))?;
        Ok(head)
    }
}

struct Whole<'a, 't> {
    head: &'a mut Head,
    take: &'a mut Take<'t>,
}

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let (mut objects, mut tables) = (false, false);
        while let Some(field) = fields.next_key::<String>()? {
            match field.as_str() {
                "format" => self.head.format = Some(fields.next_value()?),
                "taken" => self.head.taken = fields.next_value()?,
                "missing" => self.head.missing = fields.next_value()?,
                "objects" => {
                    objects = true;
                    fields.next_value_seed(Lists { database: "", take: self.take })?;
                }
                "tables" => {
                    tables = true;
                    fields.next_value_seed(Databases { take: self.take })?;
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        if objects && tables { Ok(()) } else { Err(serde::de::Error::custom("objects or tables are missing")) }
    }
}

struct Databases<'a, 't> {
    take: &'a mut Take<'t>,
}

impl<'de> DeserializeSeed<'de> for Databases<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Databases<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tables by database")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut databases: A) -> Result<(), A::Error> {
        while let Some(database) = databases.next_key::<String>()? {
            databases.next_value_seed(Lists { database: &database, take: self.take })?;
        }
        Ok(())
    }
}

struct Lists<'a, 't> {
    database: &'a str,
    take: &'a mut Take<'t>,
}

impl<'de> DeserializeSeed<'de> for Lists<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Lists<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut lists: A) -> Result<(), A::Error> {
        while let Some(name) = lists.next_key::<String>()? {
            lists.next_value_seed(Items { place: Place { database: self.database, name: &name }, take: self.take })?;
        }
        Ok(())
    }
}

struct Items<'a, 't> {
    place: Place<'a>,
    take: &'a mut Take<'t>,
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            (self.take)(self.place, &item);
        }
        Ok(())
    }
}
