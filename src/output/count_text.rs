//! Counts and lists in sentences.

/// `1 Vip`, `2 Vips`, `0 Vips`; English plurals of regular nouns (`addresses`, `policies`).
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {}", plural(noun)) }
}

fn plural(noun: &str) -> String {
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = stem {
        format!("{stem}ies")
    } else if noun.ends_with(['s', 'x', 'z']) || noun.ends_with("ch") || noun.ends_with("sh") {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    }
}

/// `a`, `a and b`, `a, b and c`; of more than `limit` items the first `limit` are named: `a, b and 18 more`. A limit of 0 counts as 1.
#[must_use]
pub fn joined<T: AsRef<str>>(items: &[T], limit: usize) -> String {
    let limit = limit.max(1);
    let mut shown: Vec<&str> = items.iter().take(limit).map(AsRef::as_ref).collect();
    let more = (items.len() > limit).then(|| format!("{} more", items.len() - limit));
    shown.extend(more.as_deref());
    match shown.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_nouns() {
        for (count, noun, expected) in [
            (0, "Vip", "0 Vips"),
            (1, "Vip", "1 Vip"),
            (2, "Vip", "2 Vips"),
            (2, "address", "2 addresses"),
            (2, "policy", "2 policies"),
            (2, "gateway", "2 gateways"),
            (2, "switch", "2 switches"),
        ] {
            assert_eq!(counted(count, noun), expected);
        }
    }

    #[test]
    fn lists_are_cut_at_the_limit() {
        let items: Vec<String> = (0..20).map(|number| format!("p{number}")).collect();
        for (count, limit, expected) in [
            (0, 3, ""),
            (1, 3, "p0"),
            (2, 3, "p0 and p1"),
            (3, 3, "p0, p1 and p2"),
            (20, 2, "p0, p1 and 18 more"),
            (3, 0, "p0 and 2 more"),
        ] {
            assert_eq!(joined(&items[..count], limit), expected);
        }
    }
}
