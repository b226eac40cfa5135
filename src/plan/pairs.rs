//! The annotation `ovn.kubernetes.io/aaps`: names of Vips with commas between and no spaces. The controller does not trim, so
//! a space makes the name behind it another one (docs/kube-ovn-behaviour.md).

use crate::api::names::aaps_meant;

/// The annotation with these Vips as well, in the order they had, new ones behind; `None` when nothing would change.
#[must_use]
pub fn with(present: &str, names: &[String]) -> Option<String> {
    let mut list: Vec<&str> = aaps_meant(present).collect();
    for name in names {
        if !list.contains(&name.as_str()) {
            list.push(name);
        }
    }
    changed(present, &list)
}

/// The annotation without these Vips, empty when none is left; `None` when nothing would change.
#[must_use]
pub fn without(present: &str, names: &[String]) -> Option<String> {
    let listed: Vec<&str> = aaps_meant(present).collect();
    let list: Vec<&str> = listed.iter().copied().filter(|one| !names.iter().any(|name| name == one)).collect();
    if list.len() == listed.len() {
        return None;
    }
    changed(present, &list)
}

fn changed(present: &str, list: &[&str]) -> Option<String> {
    let text = list.join(",");
    (text != present).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_others_wrote_stays_in_its_place() {
        assert_eq!(with("b,a", &names(&["c", "a"])).as_deref(), Some("b,a,c"));
        assert_eq!(without("b,a,c", &names(&["a"])).as_deref(), Some("b,c"));
    }

    #[test]
    fn a_space_that_hides_a_name_from_the_controller_is_mended() {
        assert_eq!(with("a, b", &names(&["b"])).as_deref(), Some("a,b"));
    }

    #[test]
    fn nothing_to_do_is_said_so() {
        assert_eq!(with("a,b", &names(&["b"])), None);
        assert_eq!(without("a, b", &names(&["c"])), None);
        assert_eq!(without("a", &names(&["a"])).as_deref(), Some(""));
    }

    proptest::proptest! {
        #[test]
        fn adding_and_removing_ends_where_it_began(present in "([a-z]{1,3}(,[a-z]{1,3}){0,3})?", name in "[A-Z]{1,3}") {
            let added = with(&present, std::slice::from_ref(&name)).unwrap_or_default();
            let unique: std::collections::BTreeSet<&str> = present.split(',').collect();
            if unique.len() == present.split(',').count() {
                proptest::prop_assert_eq!(without(&added, &[name]).unwrap_or_default(), present);
            }
        }
    }
}
