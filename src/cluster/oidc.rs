//! What goes wrong with an auth-provider `oidc` of a kubeconfig. kube gets the new id-token itself (kube-client: client/auth/oidc.rs).
//!
//! Only sentences of our own: what an issuer answered may hold a token, and the parser's errors quote it.

use kube::client::oidc_errors::{Error, RefreshError, RefreshInitError};

use super::error::certificate;
use crate::failure::{Failure, innermost};

/// Why the user entry has no token that can be sent.
pub(super) fn explain(error: &Error, user: &str) -> Failure {
    let reason = match error {
        Error::IdTokenMissing => "it has no id-token".to_owned(),
        Error::IdToken(_) => "its id-token cannot be read".to_owned(),
        Error::RefreshInit(RefreshInitError::MissingField(field)) => {
            format!("its id-token has expired, and there is no {field} to get a new one with")
        }
        Error::RefreshInit(_) => {
            "its id-token has expired, and this machine has no certificates to trust an issuer by".to_owned()
        }
        Error::Refresh(cause) => format!("its id-token has expired, and {}", refused(cause)),
    };
    let failure = Failure::cluster(format!(
        "Unable to connect to the server: user \"{user}\" of the kubeconfig (oidc): {reason}"
    ));
    let failure = match error {
        Error::Refresh(cause) if certificate(cause).is_some() => failure
            .hint("idp-certificate-authority is not read here: SSL_CERT_FILE=FILE names the certificates to trust"),
        _ => failure,
    };
    // kubectl config view would show the entry, and the tokens in it
    failure.hint("log in again with the program that wrote that entry; kubectl config get-users lists the entries")
}

fn refused(error: &RefreshError) -> String {
    match error {
        RefreshError::InvalidURI(_) | RefreshError::HttpError(_) => "its idp-issuer-url is no URL".to_owned(),
        RefreshError::HyperError(_) | RefreshError::HyperUtilError(_) => {
            let why = certificate(error).unwrap_or_else(|| innermost(error));
            format!("the issuer cannot be reached: {why}")
        }
        RefreshError::InvalidMetadata(_) => "the issuer's openid-configuration cannot be understood".to_owned(),
        RefreshError::RequestFailed(code) => format!("the issuer answered {code}"),
        RefreshError::AuthorizationFailure => {
            "the issuer gave no new one: it refused the refresh-token, or the client-id and client-secret".to_owned()
        }
        RefreshError::InvalidTokenResponse(_) => "the issuer's answer cannot be understood".to_owned(),
        RefreshError::NoIdTokenReceived => "the issuer's answer has none".to_owned(),
    }
}
