//! The rules of EIPs and of the NAT rules that use them.

pub mod dnat;
pub mod eip;
pub mod fip;
pub mod key;
pub mod rows;
pub mod snat;
pub mod state;
