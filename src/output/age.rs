//! Ages as kubectl prints them.

use jiff::{SignedDuration, Timestamp};

/// `duration.HumanDuration` of apimachinery, to the letter: two or three significant figures, `<invalid>` for more than a second into the
/// future (clocks differ).
#[must_use]
pub fn human_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        () if seconds < -1 => "<invalid>".into(),
        () if seconds < 0 => "0s".into(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two(days, 'd', hours % 24, 'h'),
        () if days < 730 => format!("{days}d"),
        () if days < 2920 => two(days / 365, 'y', days % 365, 'd'),
        () => format!("{}y", days / 365),
    }
}

fn two(big: i64, big_unit: char, small: i64, small_unit: char) -> String {
    if small == 0 { format!("{big}{big_unit}") } else { format!("{big}{big_unit}{small}{small_unit}") }
}

/// The AGE cell: the time from creation to now; `<unknown>` without a creation time, as kubectl's `translateTimestampSince`.
#[must_use]
pub fn age(created: Option<Timestamp>, now: Timestamp) -> String {
    created.map_or_else(|| "<unknown>".into(), |created| human_duration(now.duration_since(created)))
}

/// The seconds that a text of [`human_duration`] stands for, at its precision; of a year 365 days.
#[must_use]
pub fn parse_duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut seconds = 0u64;
    while !rest.is_empty() {
        let unit = rest.find(|character: char| !character.is_ascii_digit())?;
        let number: u64 = rest[..unit].parse().ok()?;
        let length = match rest.as_bytes()[unit] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'y' => 365 * 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(length)?)?;
        rest = &rest[unit + 1..];
    }
    (!text.is_empty()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;

    /// Every branch of `HumanDuration`, at its borders.
    #[test]
    fn durations_read_as_kubectls() {
        for (seconds, shown) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (45, "45s"),
            (119, "119s"),
            (2 * MINUTE, "2m"),
            (2 * MINUTE + 30, "2m30s"),
            (10 * MINUTE - 1, "9m59s"),
            (10 * MINUTE + 59, "10m"),
            (3 * HOUR - 1, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + 12 * MINUTE, "3h12m"),
            (8 * HOUR - 1, "7h59m"),
            (47 * HOUR + 59 * MINUTE, "47h"),
            (2 * DAY, "2d"),
            (2 * DAY + 3 * HOUR, "2d3h"),
            (8 * DAY - 1, "7d23h"),
            (8 * DAY + HOUR, "8d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + 10 * DAY, "2y10d"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR + 100 * DAY, "8y"),
            (100 * YEAR, "100y"),
        ] {
            assert_eq!(human_duration(SignedDuration::from_secs(seconds)), shown);
        }
        assert_eq!(human_duration(SignedDuration::from_millis(-1999)), "0s");
    }

    #[test]
    fn an_age_needs_a_creation_time() -> Result<(), jiff::Error> {
        let now = "2026-01-06T00:00:00Z".parse()?;
        assert_eq!(age(Some("2026-01-01T00:00:00Z".parse()?), now), "5d");
        assert_eq!(age(None, now), "<unknown>");
        Ok(())
    }

    #[test]
    fn a_shown_age_can_be_compared() {
        assert_eq!(parse_duration("2y10d"), Some(740 * 86_400));
        assert_eq!(parse_duration("3h12m"), Some(11_520));
        for text in ["", "5", "d", "5w", "<invalid>", "99999999999999999999d", "9999999999999999999y", "5é"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
