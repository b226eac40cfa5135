//! What is shown on the real thing: the documents' examples, packets, commands killed at every call.

mod bench;
mod cluster;
mod datapath;
mod documents;
mod killed;
mod upstream;
