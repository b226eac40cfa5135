//! What kube-ovn-controller's log says about one object.
//!
//! There are no Events and no Conditions for these kinds; a failed work item is one line of the leader's log:
//! `E1121 04:10:00.1 1 controller.go:1579] "Unhandled Error" err="error syncing add vip \"web\": AddressConflict, requeuing"`.

/// The controller's sentence in a line of its log, when the line is about exactly this object: `web`, never `web-1`.
///
/// `queue` is the work queue, such as `add vip`. The sentence is what stands between the object's name and `, requeuing`,
/// unescaped.
#[must_use]
pub fn about(line: &str, queue: &str, name: &str) -> Option<String> {
    let after = line.split_once(&format!("error syncing {queue} \\\"{name}\\\": "))?.1;
    let text = after.rsplit_once(", requeuing").map_or(after, |(text, _)| text);
    Some(text.replace("\\\"", "\"").replace("\\n", " ").chars().take(400).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"E1121 04:10:00.123456 77 controller.go:1579] "Unhandled Error" err="error syncing add vip \"web\": subnet.kubeovn.io \"nope\" not found, requeuing" logger="UnhandledError""#;

    #[test]
    fn the_sentence_about_an_object_is_found_and_unescaped() {
        assert_eq!(about(LINE, "add vip", "web").as_deref(), Some(r#"subnet.kubeovn.io "nope" not found"#));
    }

    #[test]
    fn a_line_about_another_object_or_queue_says_nothing() {
        for (queue, name) in [("add vip", "we"), ("add vip", "web-1"), ("update vip", "web"), ("add vip", "")] {
            assert_eq!(about(LINE, queue, name), None, "{queue} {name}");
        }
    }
}
