//! Pure: from what somebody wants and what is there to what has to be done. Doing it twice is doing it once.

pub mod annotate;
pub mod ask;
pub mod bind;
pub mod bound;
pub mod external;
pub mod ip;
pub mod pairs;
pub mod target;
pub mod vip;
