//! A certificate for this machine, made for this benchmark once: its key is no secret, and nobody checks the certificate.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

const CERTIFICATE: &str = "
MIIBnDCCAUGgAwIBAgIUFhpmZxaMF2BLvoxaeeN217RZ1KgwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2
MTEyNTAzMjExOFoYDzIxMjYxMTAxMDMyMTE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAT7RSkjUz0+B3dMj2fltJ0SXKzpI/OLM9WNCiuLQCkznzqbIB+Bl5RAn4Ca51HiPQvQIVrZEnn8w9uVSoDJjdQDo28wbTAdBgNV
HQ4EFgQU4vFyHoEm+br56fMCY/vvbnR661wwHwYDVR0jBBgwFoAU4vFyHoEm+br56fMCY/vvbnR661wwDwYDVR0TAQH/BAUwAwEB
/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhAIJQy/oOtqKDW1AwcjPB1LgMkjSn5lYW95qr
WzforzNYAiEA8ZUaJodzTJivr8BgitnsmtNl/KH8bnYbr4z+v8nF3XM=
";

const KEY: &str = "
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7s6GVhFqijtNe/395DADRyQqwi14QHqp3cZWFTHAViOhRANCAAT7
RSkjUz0+B3dMj2fltJ0SXKzpI/OLM9WNCiuLQCkznzqbIB+Bl5RAn4Ca51HiPQvQIVrZEnn8w9uVSoDJjdQD
";

/// What a server needs that shows this certificate.
pub(super) fn server() -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(&pem("CERTIFICATE", CERTIFICATE)).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem("PRIVATE KEY", KEY)).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}

fn pem(what: &str, base64: &str) -> Vec<u8> {
    format!("-----BEGIN {what}-----{base64}-----END {what}-----\n").into_bytes()
}
