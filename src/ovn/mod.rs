//! Pure: rows of OVN's databases as typed structs.

pub mod northbound;
pub mod row;
