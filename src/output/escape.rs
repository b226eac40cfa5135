//! Text from the cluster, made harmless.
//!
//! Anyone who may label a pod can write an escape sequence that repaints an administrator's terminal, or turn the direction of text so that
//! a line reads as another. On a terminal such characters are shown as `\u{1b}`. kubectl replaces only ESC, by `^[`
//! (`printers/terminal.go`).

use std::borrow::Cow;

/// The greatest number of characters that one table cell shows on a terminal; more is cut with `…`.
pub const CELL_MAX: usize = 4096;

/// Whether a terminal obeys the character instead of showing it, or shows nothing: C0, DEL, C1, line and paragraph separators, marks and
/// overrides of direction (Unicode UAX #9), zero-width characters, invisible tags.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// One line for a terminal: every hostile character, newline and tab among them, as `\u{…}`.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_unless(text, |_| false)
}

/// Several lines for a terminal: newlines and tabs stay.
#[must_use]
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    escape_unless(text, |character| matches!(character, '\n' | '\t'))
}

fn escape_unless(text: &str, allowed: impl Fn(char) -> bool) -> Cow<'_, str> {
    let hostile = |character: char| is_hostile(character) && !allowed(character);
    if !text.contains(hostile) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if hostile(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// At most so many characters; a longer text ends in `…`, which counts.
#[must_use]
pub fn truncate(text: &str, max_chars: usize) -> Cow<'_, str> {
    let Some((cut, _)) = text.char_indices().nth(max_chars) else {
        return Cow::Borrowed(text);
    };
    let end = text[..cut].char_indices().next_back().map_or(0, |(last, _)| last);
    Cow::Owned(if max_chars == 0 { String::new() } else { format!("{}…", &text[..end]) })
}

/// A table cell: one line, `<none>` when empty, cut at the first newline, carriage return or form feed with `...` as kubectl does
/// (measured), tabs as spaces. On a terminal escaped and at most [`CELL_MAX`] characters long; piped, the rest is raw.
#[must_use]
pub fn cell(text: &str, terminal: bool) -> Cow<'_, str> {
    // the common case in one pass
    if text.len() <= CELL_MAX && !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let line = match text.find(['\n', '\r', '\u{c}']) {
        Some(end) => Cow::Owned(format!("{}...", &text[..end])),
        None if text.is_empty() => Cow::Borrowed("<none>"),
        None => Cow::Borrowed(text),
    };
    let line = if line.contains('\t') { Cow::Owned(line.replace('\t', " ")) } else { line };
    if !terminal {
        return line;
    }
    let short = truncate(&line, CELL_MAX);
    Cow::Owned(escape(&short).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        for (given, shown) in [
            ("plain é 日本 🦀", "plain é 日本 🦀"),
            ("\u{1b}[31mred\u{7}", r"\u{1b}[31mred\u{7}"),
            ("\u{9b}2J\u{7f}", r"\u{9b}2J\u{7f}"),
            ("a\u{202e}b\u{2066}c\u{61c}", r"a\u{202e}b\u{2066}c\u{61c}"),
            ("a\u{200b}b\u{feff}\u{2028}\u{e0041}", r"a\u{200b}b\u{feff}\u{2028}\u{e0041}"),
            ("a\nb\tc\r", r"a\u{a}b\u{9}c\u{d}"),
        ] {
            assert_eq!(escape(given), shown);
        }
        assert_eq!(escape_lines("a\n\tb\r\u{1b}"), "a\n\tb\\u{d}\\u{1b}");
        assert!(matches!(escape("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cell_is_one_line_of_bounded_length() {
        assert_eq!(cell("x\ny", false), "x...");
        assert_eq!(cell("", true), "<none>");
        assert_eq!(cell("a\tb", false), "a b");
        assert_eq!(cell("\u{1b}[1m", true), r"\u{1b}[1m");
        assert_eq!(cell("\u{1b}[1m", false), "\u{1b}[1m");
        assert_eq!(cell(&"x".repeat(10_000), true).chars().count(), CELL_MAX);
        assert_eq!(cell(&"x".repeat(10_000), false).len(), 10_000);
    }

    #[test]
    fn truncation_counts_characters() {
        for (max, expected) in [(0, ""), (1, "…"), (2, "é…"), (3, "éüx"), (9, "éüx")] {
            assert_eq!(truncate("éüx", max), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left(text in any::<String>(), max in 0..40usize) {
            prop_assert!(!escape(&text).contains(is_hostile));
            prop_assert!(!cell(&text, true).contains(is_hostile));
            let breaks = ['\n', '\r', '\u{c}', '\t'];
            prop_assert!(!cell(&text, false).contains(breaks));
            prop_assert!(truncate(&text, max).chars().count() <= max);
            let escaped = escape(&text).into_owned();
            prop_assert_eq!(escape(&escaped), escaped.as_str());
        }
    }
}
