//! Pure: rows of OVN's databases as typed structs.

pub mod gateway;
pub mod northbound;
pub mod row;
