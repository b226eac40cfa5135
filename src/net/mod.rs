//! Addresses, ranges, MACs and names: arithmetic and parsing, no input or output.
//!
//! Kube-OVN's custom resources accept any text as an address and then quietly act on something else (a random address, for one), so what a
//! user types is parsed strictly here before it is sent. What the cluster returns is read leniently by the functions called `read`.

pub mod address;
pub mod cidr;
pub mod family;
pub mod mac;
pub mod name;
pub mod range;
pub mod range_set;

#[cfg(test)]
mod properties;

pub use address::{AddressError, Pair, canonical, parse_address};
pub use cidr::{CidrError, Placement, SubnetCidr, parse_network};
pub use family::{Family, Protocol};
pub use mac::{Mac, MacError};
pub use name::{NameError, check_label, check_subdomain, did_you_mean};
pub use range::{AddressRange, RangeError};
pub use range_set::RangeSet;
