//! MAC addresses, as strict as Kube-OVN should be: a Vip with a garbled MAC, with dashes or of a group is accepted and becomes ready (tried
//! on a live control plane), and MACs are compared as text, so case matters.

use std::fmt;
use std::str::FromStr;

/// The address of one network card, EUI-48.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac([u8; 6]);

/// Why a text is no MAC of a card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MacError {
    /// Another spelling of a MAC: dashes, dots, no separators, white space or digits left out.
    #[error("{text:?} is written in another way: write \"{mac}\"")]
    Spelling {
        /// What was given.
        text: String,
        /// The MAC it stands for.
        mac: Mac,
    },
    /// The group bit is set (IEEE 802, lowest bit of the first byte), so it names no single card.
    #[error("\"{0}\" is a multicast address: the first byte of a card's address is even")]
    Multicast(Mac),
    /// `00:00:00:00:00:00`.
    #[error("the MAC address is all zeros")]
    Zero,
    /// Not a MAC.
    #[error("{0:?} is not a MAC address: write six bytes as aa:bb:cc:dd:ee:ff")]
    Unparsable(String),
}

impl Mac {
    /// The six bytes in the order they are written and sent.
    #[must_use]
    pub fn octets(self) -> [u8; 6] {
        self.0
    }
}

fn loosely(text: &str) -> Option<Mac> {
    let digits: String = text.trim().chars().filter(|character| !matches!(character, '-' | '.' | ':')).collect();
    if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u64::from_str_radix(&digits, 16).ok()?;
    let [_, _, octets @ ..] = number.to_be_bytes();
    Some(Mac(octets))
}

impl FromStr for Mac {
    type Err = MacError;

    /// Reads `aa:bb:cc:dd:ee:ff`, in either case, of a single card.
    fn from_str(text: &str) -> Result<Self, MacError> {
        let Some(mac) = loosely(text) else {
            return Err(MacError::Unparsable(text.to_owned()));
        };
        if mac.0 == [0; 6] {
            return Err(MacError::Zero);
        }
        if mac.0[0] & 1 == 1 {
            return Err(MacError::Multicast(mac));
        }
        if text.to_ascii_lowercase() != mac.to_string() {
            return Err(MacError::Spelling { text: text.to_owned(), mac });
        }
        Ok(mac)
    }
}

/// Lower case with colons, the spelling to send.
impl fmt::Display for Mac {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            write!(formatter, "{}{octet:02x}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_spelling_gets_its_own_sentence() {
        let sentence =
            |text: &str| text.parse::<Mac>().map_or_else(|error| error.to_string(), |mac| format!("accepted as {mac}"));
        insta::assert_snapshot!(
            [
                "0A:00:00:BC:de:F0", "0a-00-00-bc-de-f0", "0a00.00bc.def0", "0a0000bcdef0", " 0a:00:00:bc:de:f0", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "",
                "a:0:0:bc:de:f0", "0a:00:00:bc:de", "0a:00:00:bc:de:f0:11:22", "zz:00:00:bc:de:f0", "é:00:00:bc:de:f0",
            ]
            .map(sentence)
            .join("\n"),
            @r#"
        accepted as 0a:00:00:bc:de:f0
        "0a-00-00-bc-de-f0" is written in another way: write "0a:00:00:bc:de:f0"
        "0a00.00bc.def0" is written in another way: write "0a:00:00:bc:de:f0"
        "0a0000bcdef0" is written in another way: write "0a:00:00:bc:de:f0"
        " 0a:00:00:bc:de:f0" is written in another way: write "0a:00:00:bc:de:f0"
        "01:00:5e:00:00:01" is a multicast address: the first byte of a card's address is even
        "ff:ff:ff:ff:ff:ff" is a multicast address: the first byte of a card's address is even
        the MAC address is all zeros
        "" is not a MAC address: write six bytes as aa:bb:cc:dd:ee:ff
        "a:0:0:bc:de:f0" is not a MAC address: write six bytes as aa:bb:cc:dd:ee:ff
        "0a:00:00:bc:de" is not a MAC address: write six bytes as aa:bb:cc:dd:ee:ff
        "0a:00:00:bc:de:f0:11:22" is not a MAC address: write six bytes as aa:bb:cc:dd:ee:ff
        "zz:00:00:bc:de:f0" is not a MAC address: write six bytes as aa:bb:cc:dd:ee:ff
        "é:00:00:bc:de:f0" is not a MAC address: write six bytes as aa:bb:cc:dd:ee:ff
        "#
        );
    }
}
