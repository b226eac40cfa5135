//! `-o json`, byte for byte as kubectl: four spaces, and Go's spelling of strings and numbers.
//!
//! One difference, which no reader of JSON sees: characters that a terminal obeys are written as `\u…`, whereas kubectl writes DEL, C1 and
//! overrides of direction as they are.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

use super::document::Document;
use super::escape::is_hostile;

/// Writes the document and a newline.
pub fn write_json(document: &Document<'_>, out: &mut dyn Write) -> io::Result<()> {
    let formatter = GoFormatter(PrettyFormatter::with_indent(b"    "));
    document.serialize(&mut Serializer::with_formatter(&mut *out, formatter)).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// The document and a newline as text.
#[must_use]
pub fn to_json(document: &Document<'_>) -> String {
    let mut bytes = Vec::new();
    // a vector takes every write, and JSON values have no keys but strings
    let _ = write_json(document, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Go's `encoding/json`: `<`, `>`, `&`, U+2028 and U+2029 as `\u…` (measured with kubectl), and floats as `1e+24` and `1` rather than
/// `1e24` and `1.0`.
struct GoFormatter(PrettyFormatter<'static>);

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((index, character)) =
            rest.char_indices().find(|(_, character)| matches!(character, '<' | '>' | '&') || is_hostile(*character))
        {
            writer.write_all(&rest.as_bytes()[..index])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[index + character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let magnitude = value.abs();
        if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
            let text = format!("{value:e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            // Go writes 1e-7 and 1e+21: no leading zero
            write!(writer, "{mantissa}e{sign}{digits}")
        } else {
            write!(writer, "{value}")
        }
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_object_prints_as_kubectls() {
        let object = json!({
            "kind": "Vip", "apiVersion": "kubeovn.io/v1",
            "metadata": {"name": "web", "managedFields": [{"manager": "kubectl"}], "annotations": {"a": "<b>&c\u{2028}\n\u{1b}\u{7f}é"}},
            "spec": {"empty": {}, "none": [], "list": ["a", 1], "big": 1.208_925_819_614_629_2e24, "small": 1e-7, "half": 0.5, "whole": 2.0}
        });
        insta::assert_snapshot!(to_json(&Document::one(&object)), @r#"
        {
            "apiVersion": "kubeovn.io/v1",
            "kind": "Vip",
            "metadata": {
                "annotations": {
                    "a": "\u003cb\u003e\u0026c\u2028\n\u001b\u007fé"
                },
                "name": "web"
            },
            "spec": {
                "big": 1.2089258196146292e+24,
                "empty": {},
                "half": 0.5,
                "list": [
                    "a",
                    1
                ],
                "none": [],
                "small": 1e-7,
                "whole": 2
            }
        }
        "#);
        assert!(to_json(&Document::one(&object).with_managed_fields(true)).contains("\"managedFields\": ["));
    }

    #[test]
    fn several_objects_are_a_list() {
        let objects = [json!({"kind": "Vip", "metadata": {"managedFields": []}}), json!({"kind": "IP"})];
        insta::assert_snapshot!(to_json(&Document::list(&objects)), @r#"
        {
            "apiVersion": "v1",
            "items": [
                {
                    "kind": "Vip",
                    "metadata": {}
                },
                {
                    "kind": "IP"
                }
            ],
            "kind": "List",
            "metadata": {
                "resourceVersion": ""
            }
        }
        "#);
        insta::assert_snapshot!(to_json(&Document::list(&[])), @r#"
        {
            "apiVersion": "v1",
            "items": [],
            "kind": "List",
            "metadata": {
                "resourceVersion": ""
            }
        }
        "#);
    }

    proptest! {
            #[test]
            fn what_is_written_is_read_back(text in any::<String>(), number in proptest::num::f64::NORMAL, integer in any::<i64>()) {
                prop_assert!(!to_json(&Document::one(&json!([text]))).trim_end().replace('\n', "").contains(is_hostile));
                let object = json!({"text": text, "number": number, "integer": integer, text.clone(): [text]});
                let read: Result<Value, _> = serde_json::from_str(&to_json(&Document::one(&object)));
                // a whole float comes back as an integer; serde_json reads floats to within one unit in the last place
                let read = read.unwrap_or_default();
                prop_assert_eq!(&read["text"], &object["text"]);
                prop_assert_eq!(&read["integer"], &object["integer"]);
    let (wrote, back) = (object["number"].as_f64().unwrap_or_default(), read["number"].as_f64().unwrap_or_default());
                prop_assert!((wrote - back).abs() <= wrote.abs() * 2.0 * f64::EPSILON, "{wrote} {back}");
            }
        }
}
