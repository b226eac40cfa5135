//! One suite, two clusters: the stories of `tests/acceptance`, here on the control plane. `tests/cli/test_stories.rs` runs them in the sandbox.

use std::fmt::Write as _;

use super::bench::{Outcome, check, kubectl, object, objects, program, seconds, until};
use super::run::finish;
use crate::stories::{differing, folder, place, stories};

/// A world as the documents leave it: no Vips, reservations, EIPs and rules.
fn swept() -> Outcome {
    for kind in ["ovn-fips", "ovn-snat-rules", "ovn-dnat-rules", "ovn-eips", "vips", "ips"] {
        for found in objects(kind)? {
            let name = found["metadata"]["name"].as_str().unwrap_or_default();
            let routers = kind == "ovn-eips" && found["spec"]["type"] == "lrp";
            let of_a_pod = kind == "ips" && found["metadata"]["labels"]["ovn.kubernetes.io/ip_reserved"] == "false";
            if routers || of_a_pod || name.is_empty() {
                continue;
            }
            kubectl(&format!("delete {kind} {name} --wait=false --ignore-not-found"))?;
            until(&format!("the end of {kind} {name}"), seconds(30), || {
                Ok(object(&format!("{kind} {name}"))?.is_null())
            })?;
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn stories_end_as_they_are_written() -> Outcome {
    let _pods = super::things::documents_pods()?;
    super::bench::script("datapath")?;
    let filter = std::env::var("KO_STORY").unwrap_or_default();
    let mut wrong = String::new();
    for story in stories(&filter) {
        swept()?;
        let told = story.told(|line| {
            let mut command = program(&line.split_whitespace().collect::<Vec<_>>());
            command.current_dir(place());
            let ran = finish(line, command, &[]);
            (ran.code, ran.out, ran.err)
        });
        if std::env::var_os("UPDATE").is_some() {
            let path = folder().join(format!("{}.story", story.name));
            std::fs::write(path, told.text()).map_err(|why| why.to_string())?;
            continue;
        }
        for (which, written, found) in differing(&story, &told) {
            let _ = write!(wrong, "{which}\n--- written\n{written}--- here\n{found}");
        }
    }
    swept()?;
    check(wrong.is_empty(), || format!("UPDATE=1 writes them anew\n{wrong}"))
}
