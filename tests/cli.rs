//! Whole-binary tests that need nothing but Rust: they run the program against a fake API server on loopback
//! (tests/support/apiserver). One binary, so that it links once; a module for each file of tests/cli.

mod support;

mod cli {
    mod test_bind;
    mod test_completion;
    mod test_connection;
    mod test_docs;
    mod test_eip_delete;
    mod test_exec;
    mod test_exec_faults;
    mod test_external;
    mod test_faults;
    mod test_fields;
    mod test_house;
    mod test_interfaces;
    mod test_interrupt;
    mod test_ip;
    mod test_lint;
    mod test_lists;
    mod test_map;
    mod test_nat;
    mod test_oidc;
    mod test_pictures;
    mod test_raw_leader;
    mod test_rebind;
    mod test_sandbox;
    mod test_scene;
    mod test_snapshot;
    mod test_stories;
    mod test_subnet;
    mod test_tree;
    mod test_unbind;
    mod test_vip;
}

/// A file of tests/cli that is in no `mod` above would never run.
#[test]
fn every_test_file_is_compiled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let stems = files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()));
    let listed = |stem: &String| include_str!("cli.rs").contains(&format!("    mod {stem};\n"));
    let forgotten: Vec<String> = stems.filter(|stem| !listed(stem)).collect();
    assert!(forgotten.is_empty(), "add to tests/cli.rs: {forgotten:?}");
}
