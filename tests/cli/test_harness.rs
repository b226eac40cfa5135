//! The harness compiles and its server answers; all else about it is tested through the program.

use crate::support::{ApiServer, scenes};

#[test]
fn a_scene_is_what_it_says() {
    let server = ApiServer::start();
    server.load(&scenes::ovn());
    assert_eq!(server.names("pods"), ["ovn-central-0", "ovn-central-1", "ovn-central-2"]);
}
