//! What the API server has against wrong objects, recorded: `src/sandbox/server/fields.txt` is the schemas of its CRDs in the short form that
//! `fields.rs` beside it explains, `tests/fixtures/fields.jsonl` wrong objects of every kind and the answers. `UPDATE=1` writes both.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::bench::{Outcome, check, kubectl};
use super::upstream::Upstream;
use crate::answers;

/// Groups of the kinds whose fields the sandbox looks at. The CRDs of KubeVirt here are not the real ones.
const GROUPS: [&str; 2] = ["kubeovn.io", "k8s.cni.cncf.io"];

/// Keywords that say nothing about whether an object is right.
const SILENT: [&str; 7] = [
    "description",
    "format",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "type",
    "properties",
];

/// A CRD: `vips.kubeovn.io`, and its version that is served.
struct Definition {
    resource: String,
    kind: String,
    path: String,
    status: bool,
    schema: Value,
}

fn definitions() -> Outcome<Vec<Definition>> {
    let list: Value = serde_json::from_str(&kubectl("get crds -o json")?).map_err(|why| why.to_string())?;
    let served: Vec<&str> = kubectl_ko::sandbox::snapshot::KINDS.iter().map(|(kind, _)| kind.plural).collect();
    let mut found = Vec::new();
    for crd in list["items"].as_array().into_iter().flatten() {
        let (spec, names) = (&crd["spec"], &crd["spec"]["names"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (group, plural) = (text(&spec["group"]), text(&names["plural"]));
        if !GROUPS.contains(&group.as_str()) || !served.contains(&plural.as_str()) {
            continue;
        }
        let version = &spec["versions"][0];
        let under = if spec["scope"] == "Namespaced" { "namespaces/default/" } else { "" };
        let mut schema = version["schema"]["openAPIV3Schema"].clone();
        for field in ["apiVersion", "kind", "metadata"] {
            schema["properties"].as_object_mut().and_then(|fields| fields.remove(field));
        }
        found.push(Definition {
            resource: format!("{plural}.{group}"),
            kind: text(&names["kind"]),
            path: format!("/apis/{group}/{}/{under}{plural}", text(&version["name"])),
            status: version["subresources"]["status"].is_object(),
            schema: short(&schema).map_err(|why| format!("{plural}: {why}"))?,
        });
    }
    Ok(found)
}

/// A schema in the short form; fails at a keyword that has none.
fn short(schema: &Value) -> Result<Value, String> {
    let keywords = schema.as_object().ok_or("no schema")?;
    let known = ["required", "items", "additionalProperties", "maxLength", "pattern", "default"];
    let foreign = keywords.keys().find(|word| !SILENT.contains(&word.as_str()) && !known.contains(&word.as_str()));
    if let Some(foreign) = foreign {
        return Err(format!("{foreign} has no short form: {schema}"));
    }
    let letter = match schema["type"].as_str().unwrap_or_default() {
        "object" => return short_object(schema),
        "array" => return Ok(json!([short(&schema["items"])?])),
        "string" if schema["format"] == "date-time" => "t",
        "string" => "s",
        "integer" => "i",
        "number" => "n",
        "boolean" => "b",
        other => return Err(format!("type {other:?} has no short form")),
    };
    let mut words = vec![letter.to_owned()];
    words.extend(schema.get("maxLength").map(|length| format!("max={length}")));
    words.extend(schema.get("default").map(|value| format!("default={value}")));
    words.extend(schema["pattern"].as_str().map(|pattern| format!("pattern={pattern}")));
    Ok(words.join(" ").into())
}

fn short_object(schema: &Value) -> Result<Value, String> {
    if let Some(of) = schema.get("additionalProperties") {
        return Ok(json!({"*": short(of)?}));
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let field = |(name, of): (&String, &Value)| {
        let mark = if required.contains(&name.as_str()) { "!" } else { "" };
        Ok((format!("{name}{mark}"), short(of)?))
    };
    let fields = schema["properties"].as_object().into_iter().flatten().map(field);
    Ok(Value::Object(fields.collect::<Result<Map<String, Value>, String>>()?))
}

fn table(definitions: &[Definition]) -> String {
    let line =
        |one: &Definition| format!("{}{} {}\n", one.resource, if one.status { "/status" } else { "" }, one.schema);
    definitions.iter().map(line).collect()
}

/// A value that a schema takes.
fn right(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let needed = fields.iter().filter_map(|(name, of)| Some((name.strip_suffix('!')?.to_owned(), right(of))));
            Value::Object(needed.collect())
        }
        Value::Array(of) => json!([right(&of[0])]),
        Value::String(code) => match &code[..1] {
            "s" => "x".into(),
            "t" => "2026-01-01T00:00:00Z".into(),
            "b" => true.into(),
            _ => 1.into(),
        },
        other => other.clone(),
    }
}

/// Values that it does not take; `null` where it stands for none.
fn wrong(schema: &Value) -> Vec<Value> {
    match schema {
        Value::Object(fields) if fields.contains_key("*") => vec![json!({"a": 1}), json!("x"), json!({"a": null})],
        Value::Object(_) => vec![json!({"foo": 1}), json!("x"), json!([]), json!({})],
        Value::Array(of) if of[0].is_object() => vec![json!([{"foo": 1, "bar": [2]}]), json!("x"), json!(["x"])],
        Value::Array(_) => vec![json!("x"), json!([1]), json!([{"a": 1}]), json!([null]), Value::Null],
        Value::String(code) => match &code[..1] {
            "s" if code.contains("max=") => vec![json!("sixteen-letters-"), json!("a/b"), json!("a b"), json!("")],
            "s" => vec![json!(5), json!({"a": 1}), Value::Null],
            "i" => vec![json!("1"), json!(1.5), json!(true)],
            "n" => vec![json!("1"), json!([1.5])],
            "b" => vec![json!("true"), json!(1)],
            _ => vec![json!("yesterday"), json!(1)],
        },
        _ => Vec::new(),
    }
}

fn post(one: &Definition, validation: &str, body: impl Into<Value>) -> Value {
    json!(["POST", format!("{}?dryRun=All&fieldValidation={validation}", one.path), "application/json", body.into()])
}

/// What is sent about a kind.
fn creates(one: &Definition) -> Vec<Value> {
    let group = one.resource.split_once('.').map_or("", |(_, group)| group);
    let body = |spec: Value| {
        let mut body = json!({"apiVersion": format!("{group}/v1"), "kind": one.kind, "metadata": {"name": "wrong"}});
        if !spec.is_null() {
            body["spec"] = spec;
        }
        body
    };
    let of = |field: &str| {
        let fields = one.schema.as_object().into_iter().flatten();
        fields.into_iter().find(|(name, _)| name.trim_end_matches('!') == field).map(|(_, schema)| schema)
    };
    let nothing = Value::Object(Map::new());
    let spec = of("spec").unwrap_or(&nothing);
    let with = |field: &str, value: Value| {
        let mut spec = right(spec);
        spec[field] = value;
        spec
    };
    let mut all = vec![
        post(one, "Strict", body(right(spec))),
        post(one, "Strict", body(with("foo", json!({"bar": [1]})))),
        post(one, "Ignore", body(with("foo", json!(1)))),
        post(one, "Strict", body(json!("x"))),
        post(one, "Strict", body(Value::Null)),
    ];
    let mut several = body(with("foo", json!(1)));
    (several["zoo"], several["metadata"]["bar"]) = (json!([]), json!(1));
    all.extend([post(one, "Strict", several.clone()), post(one, "", several)]);
    for (name, _) in spec.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with('!')) {
        let mut spec = right(spec);
        spec.as_object_mut().and_then(|fields| fields.remove(name.trim_end_matches('!')));
        all.push(post(one, "Strict", body(spec)));
    }
    // of each type one field is enough
    let mut seen: Vec<Value> = Vec::new();
    for (name, schema) in spec.as_object().into_iter().flatten() {
        let type_of = wrong(schema).into();
        if !seen.contains(&type_of) {
            seen.push(type_of);
            let name = name.trim_end_matches('!');
            all.extend(wrong(schema).into_iter().map(|value| post(one, "", body(with(name, value)))));
        }
    }
    if of("status").is_some() {
        let mut of_status = body(right(spec));
        of_status["status"] = json!({"conditions": [{"lastTransitionTime": "yesterday", "observedGeneration": "1"}]});
        all.push(post(one, "", of_status.clone()));
        of_status["status"]["foo"] = json!(1);
        all.push(post(one, "Strict", of_status));
    }
    all
}

/// What has nothing to do with a kind's own fields, sent about Vips.
fn of_metadata(vips: &Definition) -> Vec<Value> {
    let head = json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": "wrong"}});
    let changes = [
        ("/kind", json!("Vop")),
        ("/apiVersion", json!("kubeovn.io/v2")),
        ("/metadata", json!("x")),
        ("/metadata", json!({})),
        ("/metadata/name", json!(5)),
        ("/metadata/name", json!("A_b")),
        ("/metadata/name", json!("a..b")),
        ("/metadata", json!({"generateName": "a-"})),
        ("/metadata", json!({"name": "a", "labels": "x"})),
        ("/metadata", json!({"name": "a", "labels": {"a": 1}})),
        ("/metadata", json!({"name": "a", "labels": {"a": null}, "annotations": null})),
        ("/metadata", json!({"name": "a", "annotations": {"a": {"b": 1}}})),
        ("/metadata", json!({"name": "a", "finalizers": "x"})),
        ("/metadata", json!({"name": "a", "finalizers": [1]})),
    ];
    let sent = changes.into_iter().map(|(at, value)| {
        let mut body = head.clone();
        if let Some(place) = body.pointer_mut(at) {
            *place = value;
        }
        post(vips, "Strict", body)
    });
    sent.chain([post(vips, "Loose", head.clone())]).collect()
}

/// Changes of objects that both worlds have.
fn patches() -> Vec<Value> {
    const MERGE: &str = "application/merge-patch+json";
    const JSON: &str = "application/json-patch+json";
    let change = |path: &str, validation: &str, content: &str, body: Value| -> Value {
        let path = format!("/apis/kubeovn.io/v1/{path}?dryRun=All&fieldValidation={validation}");
        json!(["PATCH", path, content, body])
    };
    let subnet = "subnets/external204";
    let mut all = Vec::new();
    for validation in ["Strict", "Warn", "Ignore"] {
        all.extend([
            change(subnet, validation, MERGE, json!({"spec": {"foo": 1, "bar": {"a": 2}}})),
            change(subnet, validation, MERGE, json!({"spec": {"mtu": "x"}})),
            change(subnet, validation, JSON, json!([{"op": "add", "path": "/spec/foo", "value": 1}])),
            change(subnet, validation, JSON, json!([{"op": "add", "path": "/spec/mtu", "value": "x"}])),
        ]);
    }
    let status = "subnets/external204/status";
    all.extend([
        change(subnet, "Strict", MERGE, json!({"spec": 5})),
        change(subnet, "Strict", MERGE, json!({"spec": {"mtu": null}})),
        change(subnet, "Strict", MERGE, json!({"status": {"v4usingIPs": "x"}})),
        change(subnet, "Strict", MERGE, json!({"status": {"foo": "x"}})),
        change(status, "Strict", MERGE, json!({"status": {"v4usingIPs": "x"}})),
        change(status, "Strict", MERGE, json!({"spec": {"mtu": "x"}})),
        change(status, "Strict", MERGE, json!({"spec": {"foo": "x"}, "status": {"bar": 1}})),
        change(subnet, "Strict", MERGE, json!({"kind": "Sobnet"})),
        change(subnet, "Strict", MERGE, json!({"metadata": {"name": "other"}})),
        change(subnet, "Strict", MERGE, json!({"metadata": {"labels": {"a": 1}}})),
        change(subnet, "Strict", MERGE, json!({"metadata": {"foo": 1}})),
        change(subnet, "Loose", MERGE, json!({"spec": {}})),
        change("vlans/vlan204", "Strict", MERGE, json!({"spec": {"provider": null}})),
        change("vlans/vlan204", "Strict", MERGE, json!({"spec": {"id": "204"}})),
        change("vpcs/vpc1", "Strict", MERGE, json!({"spec": {"enableExternal": "true"}})),
        change("vpcs/vpc1", "Strict", MERGE, json!({"spec": {"staticRoutes": [{"cidr": 5}]}})),
        change("provider-networks/external204", "Strict", MERGE, json!({"spec": {"defaultInterface": "a/b"}})),
        change("ovn-eips/vpc1-external204", "Strict", MERGE, json!({"spec": {"v4ip": "x"}})),
        change("ovn-eips/vpc1-external204", "Strict", MERGE, json!({"spec": {"v4Ip": ["x"]}})),
        change("ovn-eips/vpc1-external204/status", "Strict", MERGE, json!({"status": {"ready": "yes"}})),
        change("vips/nosuch", "Strict", MERGE, json!({"spec": {"foo": 1}})),
        change("vips/nosuch/status", "Strict", MERGE, json!({"status": {"foo": 1}})),
    ]);
    all
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_sandbox_has_the_fields_and_refusals_of_this_api_server() -> Outcome {
    let definitions = definitions()?;
    let vips = definitions.iter().find(|one| one.kind == "Vip").ok_or("no CRD of Vips")?;
    let sent = definitions.iter().flat_map(creates).chain(of_metadata(vips)).chain(patches());
    let upstream = Upstream::start()?;
    let mut cases = Vec::new();
    for send in sent {
        let attempt = || -> std::io::Result<Vec<u8>> {
            let (mut socket, mut answer) = (TcpStream::connect(upstream.address())?, Vec::new());
            socket.write_all(answers::request(&send).as_bytes())?;
            socket.read_to_end(&mut answer)?;
            Ok(answer)
        };
        let answer = answers::outcome(&attempt().map_err(|why| format!("{send}: {why}"))?);
        cases.push(json!({"send": send, "answer": answer}).to_string() + "\n");
    }
    let fields = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/sandbox/server/fields.txt");
    for (file, found) in [(fields, table(&definitions)), (answers::file(), cases.concat())] {
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(file, found).map_err(|why| why.to_string())?;
            continue;
        }
        let there = std::fs::read_to_string(&file).map_err(|why| why.to_string())?;
        let differing = there.lines().zip(found.lines()).find(|(one, other)| one != other);
        check(there == found, || {
            format!("{}: UPDATE=1 writes it anew; the first line that differs: {differing:#?}", file.display())
        })?;
    }
    Ok(())
}
