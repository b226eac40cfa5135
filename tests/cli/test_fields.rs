//! Wrong objects meet the same refusals in the sandbox as on a real API server, letter by letter.

#![expect(clippy::expect_used, reason = "a file that cannot be read must stop the test")]

use std::sync::Arc;

use kubectl_ko::sandbox::seed;
use kubectl_ko::sandbox::server::{Alone, Live, Shared, connection};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::answers;

async fn answer(shared: &Arc<Shared>, request: &str) -> Vec<u8> {
    let (mut ours, theirs) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(connection(theirs, Arc::clone(shared)));
    ours.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = Vec::new();
    ours.read_to_end(&mut answer).await.expect("an answer");
    serving.await.expect("its end");
    answer
}

#[test]
fn wrong_objects_are_refused_in_the_api_servers_words() {
    let shared = Shared::new(Live::from(seed::documents(jiff::Timestamp::now())), Alone);
    let text = std::fs::read_to_string(answers::file()).expect("the cases");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let found = runtime.block_on(answer(&shared, &answers::request(&case["send"])));
        let found = answers::outcome(&found);
        if found != case["answer"] {
            wrong.push(format!("{}\n  the server: {}\n  the sandbox: {found}", case["send"], case["answer"]));
        }
    }
    let count = text.lines().count();
    assert!(count > 300, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
