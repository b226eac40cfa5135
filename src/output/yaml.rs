//! `-o yaml` that kubectl can read back.
//!
//! Unlike the JSON, it has overrides of direction as they are: pass it through [`escape_lines`](super::escape_lines) for a terminal.
//!
//! kubectl reads YAML 1.1, in which `on`, `012`, `12:30`, `1_000` and `2026-01-01` are no strings. serde-saphyr quotes them, as keys too
//! (tried with kubectl 1.32 and `PyYAML` 6, which both read every scalar of the table below as the text it was).

use serde_yaml::ser_options;

use super::document::Document;

/// The document cannot be written as YAML.
#[derive(Debug, thiserror::Error)]
#[error("cannot write YAML: {0}")]
pub struct YamlError(#[from] serde_yaml::SerializeError);

/// The document as YAML, with a newline at the end: block style, two spaces, list items not indented, text of several lines as `|` blocks,
/// long lines left whole.
pub fn to_yaml(document: &Document<'_>) -> Result<String, YamlError> {
    let options = ser_options! { folded_wrap_chars: usize::MAX };
    let mut text = serde_yaml::to_string_with_options(document, options)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    /// Strings that YAML 1.1 takes for something else, or that break a line.
    const NASTY: &[&str] = &[
        "",
        " ",
        "~",
        "null",
        "Null",
        "NULL",
        "true",
        "True",
        "FALSE",
        "yes",
        "No",
        "on",
        "OFF",
        "y",
        "n",
        "Y",
        "N",
        "012",
        "0o17",
        "0x1f",
        "0b101",
        "1e3",
        "1.5",
        "1.",
        ".5",
        "-1",
        "+1",
        "1_000",
        "0_1",
        "12:30",
        "12:30:45",
        "-1:30",
        "1:30.5",
        ".inf",
        "-.Inf",
        ".NaN",
        "inf",
        "nan",
        "=",
        "<<",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "2026-01-01 10:00:00",
        "-",
        "?",
        ":",
        "- a",
        "? a",
        "a: b",
        "a:",
        ": a",
        "#a",
        "a #b",
        "a#b",
        "[a]",
        "{a}",
        "a,b",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a'",
        "\"a\"",
        "a'b",
        "a\"b",
        "a\\b",
        "---",
        "...",
        "--- a",
        " a",
        "a ",
        "\ta",
        "a\t",
        "a\nb",
        "a\nb\n",
        "a\n\n",
        "\n",
        "\na",
        " a\nb",
        "a \nb",
        "a\n b\n",
        "a\r\nb",
        "a\u{85}b",
        "a\u{2028}b",
        "\u{feff}a",
        "\u{0}",
        "\u{1b}[1m",
        "\u{7f}",
        "\u{9b}",
        "é日本🦀",
        "fd00::1",
        "10.16.0.1..10.16.0.9",
        "aa:bb:cc:dd:ee:ff",
        "00:00:00:11:22:33",
        "11:22:33:44:55:06",
        "0a:00:00:bc:de:f0",
        "1e5",
        "12e03",
        "685_230.15",
        "190:20:30",
        "0.1.2",
        "١٢",
    ];

    fn nasty() -> Value {
        let keys: Map<String, Value> = NASTY.iter().map(|text| ((*text).to_owned(), json!(text))).collect();
        json!({"keys": keys, "list": NASTY, "nested": [{"a": NASTY}, [NASTY]]})
    }

    #[test]
    fn nasty_scalars_survive() -> Result<(), Box<dyn std::error::Error>> {
        let object = nasty();
        let text = to_yaml(&Document::one(&object))?;
        assert_eq!(serde_yaml::from_str::<Value>(&text)?, object);
        Ok(())
    }

    /// What other readers would take for another type is never left plain, neither as a value nor as a key.
    #[test]
    fn what_yaml_1_1_takes_for_another_type_is_quoted() -> Result<(), YamlError> {
        for text in &NASTY[..43] {
            let object = json!({*text: [*text]});
            let yaml = to_yaml(&Document::one(&object))?;
            for line in yaml.lines() {
                assert!(line.trim_start_matches("- ").starts_with(['"', '\'']), "{text:?} is printed as {yaml:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn an_object_prints_as_kubectls() -> Result<(), YamlError> {
        let object = json!({
            "apiVersion": "kubeovn.io/v1", "kind": "Subnet",
            "metadata": {"name": "web", "managedFields": [], "annotations": {"on": "yes", "script": "a\nb\n", "long": "word ".repeat(30) + "end"}},
            "spec": {"cidrBlock": "10.16.0.0/16,fd00::/64", "excludeIps": ["10.16.0.1", "10.16.0.5..10.16.0.10"], "mtu": 1400, "private": false, "list": [], "map": {}, "nothing": null},
            "status": {"v6availableIPs": 1.208_925_819_614_629_2e24, "conditions": [{"type": "Ready", "status": "True"}]}
        });
        insta::assert_snapshot!(to_yaml(&Document::one(&object))?, @r#"
        apiVersion: kubeovn.io/v1
        kind: Subnet
        metadata:
          annotations:
            long: word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word end
            "on": "yes"
            script: |
              a
              b
          name: web
        spec:
          cidrBlock: 10.16.0.0/16,fd00::/64
          excludeIps:
          - "10.16.0.1"
          - "10.16.0.5..10.16.0.10"
          list: []
          map: {}
          mtu: 1400
          nothing: null
          private: false
        status:
          conditions:
          - status: "True"
            type: Ready
          v6availableIPs: 1.2089258196146292e+24
        "#);
        insta::assert_snapshot!(to_yaml(&Document::list(&[json!({"kind": "Vip", "metadata": {"name": "a"}}), json!({"kind": "IP"})]))?, @r#"
        apiVersion: v1
        items:
        - kind: Vip
          metadata:
            name: a
        - kind: IP
        kind: List
        metadata:
          resourceVersion: ""
        "#);
        insta::assert_snapshot!(to_yaml(&Document::list(&[]))?, @r#"
        apiVersion: v1
        items: []
        kind: List
        metadata:
          resourceVersion: ""
        "#);
        Ok(())
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            any::<String>(),
            "[0-9:._+eExXoObB-]{0,12}",
            "[ \n\ta#:-]{0,10}",
            prop::sample::select(NASTY).prop_map(str::to_owned)
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in any_value()) {
            let object = json!({"spec": value});
            let text = to_yaml(&Document::one(&object)).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let read: Value = serde_yaml::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            prop_assert_eq!(read, object, "{}", text);
        }
    }
}
