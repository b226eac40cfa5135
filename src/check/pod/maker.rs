//! What makes pods of a template, as far as addresses go: how many there are at once, and whether they keep a number.

use serde_json::Value;

/// How a template's pods come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maker {
    /// How many run at once; `None` for one a node.
    pub count: Option<u64>,
    /// Whether each has a number, by which it takes its address of a list: a StatefulSet's.
    pub numbered: bool,
    /// Whether an update waits for a new pod before an old one goes: none may be missing meanwhile.
    pub new_first: bool,
}

impl Maker {
    /// Of the `spec` of a kind; `None` for a pod (Kubernetes: pkg/apis/apps/v1/defaults.go, pkg/controller/deployment/util).
    #[must_use]
    pub fn read(kind: &str, spec: &Value) -> Option<Self> {
        let replicas = spec["replicas"].as_u64().unwrap_or(1);
        let plain = |count| Some(Self { count, numbered: false, new_first: false });
        match kind {
            "Deployment" => {
                let rolling = spec["strategy"]["type"] != "Recreate";
                let limits = &spec["strategy"]["rollingUpdate"];
                let missing = share(&limits["maxUnavailable"], replicas, false);
                let more = share(&limits["maxSurge"], replicas, true);
                // where both come to nothing the API server's rule is that one may be missing
                Some(Self { count: Some(replicas), numbered: false, new_first: rolling && missing == 0 && more > 0 })
            }
            "StatefulSet" => Some(Self { count: Some(replicas), numbered: true, new_first: false }),
            "ReplicaSet" => plain(Some(replicas)),
            "DaemonSet" => plain(None),
            "Job" => plain(Some(spec["parallelism"].as_u64().unwrap_or(1))),
            "CronJob" => plain(Some(spec["jobTemplate"]["spec"]["parallelism"].as_u64().unwrap_or(1))),
            _ => None,
        }
    }
}

/// A number or a share of the replicas; 25% when nothing is said. A share for more is rounded up, one for less down.
fn share(value: &Value, replicas: u64, up: bool) -> u64 {
    if let Some(number) = value.as_u64() {
        return number;
    }
    let percent = value.as_str().unwrap_or("25%").trim_end_matches('%').parse::<u64>().unwrap_or(25);
    let hundredths = replicas.saturating_mul(percent);
    if up { hundredths.div_ceil(100) } else { hundredths / 100 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whether_an_update_needs_one_address_more_follows_from_its_limits() {
        let waits = |spec| Maker::read("Deployment", &spec).is_some_and(|maker| maker.new_first);
        assert!(waits(json!({})), "of one pod none may be missing");
        assert!(waits(json!({"replicas": 3})), "a quarter of three is none");
        assert!(!waits(json!({"replicas": 4})));
        assert!(!waits(json!({"strategy": {"type": "Recreate"}})));
        assert!(!waits(json!({"strategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}})));
        assert!(waits(json!({"replicas": 9, "strategy": {"rollingUpdate": {"maxUnavailable": "10%"}}})));
    }
}
