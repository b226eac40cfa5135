//! What is shown on the real thing: the documents' examples, packets, commands killed at every call.

pub(crate) mod bench;
mod cluster;
mod counted;
mod datapath;
mod documents;
mod documents_more;
mod errata;
mod killed;
mod listing;
mod nat;
mod nat_hang;
mod nat_killed;
mod nat_packets;
mod nat_race;
mod nat_reading;
mod ports;
mod racing;
pub(crate) mod raw;
mod refused;
mod rights;
mod run;
mod said;
pub(crate) mod things;
mod upstream;
mod users;
mod workloads;
mod writers;
