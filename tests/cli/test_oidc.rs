//! A user entry with the auth-provider `oidc`: an expired id-token is replaced by one of the issuer's, and no token is ever printed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::issuer::Issuer;
use crate::support::{Environment, ExecScript, scenes};

/// An unsigned JWT that expires then (seconds since 1970).
fn jwt(expires: u64) -> String {
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.hush-signature", part("{\"alg\":\"none\"}".to_owned()), part(format!("{{\"exp\":{expires}}}")))
}

const FAR: u64 = 4_000_000_000;
const PAST: u64 = 1_000_000_000;

/// A cluster whose user has these fields in its auth-provider, and no other credentials.
fn with_provider(fields: &[(&str, &str)]) -> Environment {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::prints("ok\n"));
    let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}: '{value}'")).collect();
    let provider = format!("user: {{auth-provider: {{name: oidc, config: {{{}}}}}}}", fields.join(", "));
    ko.write("kubeconfig", &scenes::kubeconfig(&ko.server.url(), "none").replace("user: {token: none}", &provider));
    ko
}

fn expired(issuer: &Issuer) -> Environment {
    let old = jwt(PAST);
    let mut ko = with_provider(&[
        ("id-token", &old),
        ("refresh-token", "hush-refresh"),
        ("client-id", "ko"),
        ("client-secret", "hush-client"),
        ("idp-issuer-url", &issuer.url),
    ]);
    let file = ko.write("issuer.pem", &issuer.certificate);
    ko.set("SSL_CERT_FILE", file);
    ko
}

#[test]
fn an_expired_token_is_replaced_by_one_of_the_issuers() {
    let fresh = jwt(FAR);
    let issuer = Issuer::start(200, &format!("{{\"id_token\":\"{fresh}\",\"refresh_token\":\"hush-next\"}}"));
    let ko = expired(&issuer);
    let before = std::fs::read(ko.path().join("kubeconfig")).ok();
    ko.ko("-vv nbctl show").success().never_says("hush").never_says(&fresh).done();
    let sent: Vec<String> =
        ko.server.requests().iter().map(|request| request.header("authorization").to_owned()).collect();
    assert_eq!(sent, vec![format!("Bearer {fresh}"); 2]);
    assert_eq!(
        issuer.asked(),
        ["/.well-known/openid-configuration", "/token grant_type=refresh_token&refresh_token=hush-refresh"]
    );
    // docs/authentication.md says so
    assert_eq!(std::fs::read(ko.path().join("kubeconfig")).ok(), before, "nothing is written back");
}

#[test]
fn a_token_that_has_not_expired_is_sent_without_asking() {
    let (token, issuer) = (jwt(FAR), Issuer::start(500, ""));
    let ko = with_provider(&[("id-token", &token), ("idp-issuer-url", &issuer.url)]);
    ko.ko("nbctl show").success().done();
    assert_eq!(ko.server.requests()[0].header("authorization"), format!("Bearer {token}"));
    assert!(issuer.asked().is_empty());
}

#[test]
fn an_issuer_that_gives_none_is_told_with_the_user_and_the_way_out() {
    let cases = [
        (400, "{\"error\":\"invalid_grant\"}", "it refused the refresh-token"),
        (200, "{\"id_token\":[\"hush-answer\"]}", "the issuer's answer cannot be understood"),
        (200, "hush-answer", "the issuer's answer cannot be understood"),
        (200, "{}", "the issuer's answer has none"),
    ];
    for (code, answer, sentence) in cases {
        let issuer = Issuer::start(code, answer);
        let ko = expired(&issuer);
        let output = ko.ko("vip list").exits(4).says(sentence).says("user \"fake\"").says("log in again");
        output.never_says("hush").never_says(&jwt(PAST)).done();
        assert!(ko.server.requests().is_empty(), "{answer}: nothing is sent without a token");
    }
}

#[test]
fn an_issuer_that_is_not_trusted_or_not_there_is_told() {
    let issuer = Issuer::start(200, "{}");
    let mut ko = expired(&issuer);
    let other = Issuer::start(200, "{}");
    let file = ko.write("other.pem", &other.certificate);
    ko.set("SSL_CERT_FILE", file);
    ko.ko("vip list").exits(4).says("the issuer cannot be reached").says("SSL_CERT_FILE").never_says("hush").done();
    let old = jwt(PAST);
    let missing = [("client-id", "ko"), ("client-secret", "hush"), ("idp-issuer-url", "https://127.0.0.1:1")];
    let ko = with_provider(&[&[("id-token", old.as_str())], &missing[..]].concat());
    ko.ko("vip list").exits(4).says("there is no refresh-token to get a new one with").done();
    for (id_token, sentence) in [("hush-no-jwt", "its id-token cannot be read"), ("", "its id-token cannot be read")] {
        let ko = with_provider(&[("id-token", id_token)]);
        ko.ko("vip list").exits(4).says(sentence).says("user \"fake\"").never_says("hush").done();
    }
    with_provider(&[("client-id", "ko")]).ko("vip list").exits(4).says("it has no id-token").done();
}
