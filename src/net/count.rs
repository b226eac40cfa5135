//! Numbers of addresses as a Subnet's status tells them.
//!
//! The CRD types them `number`, and an IPv6 subnet has more than 2^64: the API server sends `1.2089258196146292e+24`.

use std::fmt;
use std::str::FromStr;

/// The least number from which on a 64-bit float no longer holds every integer: 2^53.
const INEXACT: f64 = 9_007_199_254_740_992.0;

/// How near, relatively, to a power of two a number is called one: JSON parsers may be wrong in the last place.
const NEAR: f64 = 4.0 * f64::EPSILON;

/// A number of addresses, never negative. Exact below 2^53, with 53 significant bits above, as the API server's own JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Count(f64);

/// The number is negative, infinite or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a number of addresses")]
pub struct CountError(pub String);

impl Count {
    /// From a JSON number; a fraction is cut off.
    pub fn from_f64(number: f64) -> Result<Self, CountError> {
        if number.is_finite() && number >= 0.0 { Ok(Self(number.trunc())) } else { Err(CountError(number.to_string())) }
    }

    /// The number as a float, for proportions.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0
    }

    /// Whether the number is below 2^53, so that what is shown is the whole truth.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.0 < INEXACT
    }
}

impl From<u128> for Count {
    #[expect(clippy::cast_precision_loss, reason = "53 significant bits are what the API server sends as well")]
    fn from(number: u128) -> Self {
        Self(number as f64)
    }
}

impl FromStr for Count {
    type Err = CountError;

    /// Reads a JSON number, or an integer of any length.
    fn from_str(text: &str) -> Result<Self, CountError> {
        text.parse()
            .map_err(|_| CountError(text.to_owned()))
            .and_then(|number| Self::from_f64(number).map_err(|_| CountError(text.to_owned())))
    }
}

/// All digits below 2^53; then a power of two as `2^80`, anything else in the manner of `1.2e24`.
impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.0.log2().round();
        let text = if self.is_exact() {
            format!("{:.0}", self.0)
        } else if (exponent.exp2() - self.0).abs() <= self.0 * NEAR {
            format!("2^{exponent}")
        } else {
            format!("{:.1e}", self.0)
        };
        formatter.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_numbers_are_readable_and_small_ones_exact() -> Result<(), CountError> {
        for (given, shown) in [
            ("0", "0"),
            ("65533", "65533"),
            ("65533.0", "65533"),
            ("9007199254740991", "9007199254740991"),
            ("9007199254740992", "2^53"),
            ("18446744073709551614", "2^64"),
            ("1.2089258196146292e+24", "2^80"),
            ("1208925819614629174706173", "2^80"),
            ("1.5e24", "1.5e24"),
            ("340282366920938463463374607431768211454", "2^128"),
        ] {
            assert_eq!(given.parse::<Count>()?.to_string(), shown, "{given}");
        }
        assert_eq!(format!("{:>5}|", Count::from(7)), "    7|");
        Ok(())
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-1", "NaN", "inf", "1e999", "ten"] {
            assert_eq!(text.parse::<Count>(), Err(CountError(text.into())));
        }
    }
}
