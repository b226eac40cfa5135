//! Rendering: tables, JSON, YAML, names, ages, and text made safe for a terminal.
//!
//! Knows nothing of the rest of the crate, of the terminal or of the clock: all of them are told. What kubectl prints is reproduced to the
//! byte where a docstring says "measured" (kubectl 1.32 against a server with made-up tables).

pub mod age;
pub mod count_text;
pub mod document;
pub mod escape;
pub mod format;
pub mod json;
pub mod name;
pub mod path;
pub mod sort;
pub mod table;
pub mod yaml;

pub use age::{age, human_duration};
pub use count_text::{counted, joined};
pub use document::Document;
pub use escape::{escape, escape_lines, truncate};
pub use format::{Format, UnknownFormat};
pub use json::{to_json, write_json};
pub use name::{name_line, name_of};
pub use sort::{SortError, sort_objects, sort_rows};
pub use table::{Column, Layout, Table};
pub use yaml::{YamlError, to_yaml};
