//! The rules of EIPs and of the NAT rules that use them.

/// A kind's table of rules: code, needs, when it applies, the rule.
macro_rules! rules {
    ($intent:ty; $($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules, in the order in which their findings are told.
        pub const RULES: &[$crate::check::Rule<$intent>] = &[$($crate::check::Rule {
            code: $crate::check::codes::$code,
            needs: &[$($crate::world::Need::$need),*],
            applies: $applies,
            check: $check,
        }),*];
    };
}

pub mod aim;
pub mod dnat;
mod edit;
pub mod eip;
pub(super) mod eip_kind;
mod exclusive;
mod external;
pub mod fip;
mod gateway;
mod inside;
pub mod key;
mod port;
pub mod present;
mod row;
pub mod rows;
pub mod snat;
pub mod source;
pub mod state;
mod target;
#[cfg(test)]
mod tests;
mod traffic;
mod used;
mod way;
pub mod written;

pub use edit::{eip_differences, rule_differences};
pub use present::{NatKind, NatRule};
