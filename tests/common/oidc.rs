//! An OpenID provider on a thread: it hands out codes, redeems each once with its PKCE verifier, and signs ID tokens as a test
//! wants them, forged ones too.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::sha2::{Digest, Sha256};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

use super::http;

/// What the provider knows the app as.
pub const CLIENT_ID: &str = "the-app";
/// Its secret, with characters that forms and headers encode.
pub const CLIENT_SECRET: &str = "s3cret +&/:é";

/// Keys are slow to make.
static KEYS: LazyLock<[RsaPrivateKey; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap())
});

/// How an ID token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// By the key that is announced.
    Right,
    /// `alg: none`, without any.
    None,
    /// `HS256` with the text of the public key, which everybody knows.
    PublicKeyAsSecret,
    /// By another key under the name of the right one.
    AnotherKey,
    /// By a key that is never announced.
    UnknownKey,
}

/// One call that came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub head: String,
    pub body: String,
}

impl Asked {
    /// A field of a posted form.
    pub fn field(&self, name: &str) -> Option<String> {
        let mut fields = form_urlencoded::parse(self.body.as_bytes());
        let found = fields.find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    }
}

/// What the provider does; tests change it.
pub struct Behaviour {
    /// Over the claims of every ID token; `null` removes one.
    pub claims: Value,
    pub signature: Signature,
    /// Over the well-known document.
    pub metadata: Value,
    /// What the token endpoint answers in place of tokens.
    pub refusal: Option<(u16, String)>,
    /// Answers nothing for this long.
    pub delay: Duration,
    /// Which of the keys is announced.
    key: usize,
    codes: HashMap<String, HashMap<String, String>>,
    asked: Vec<Asked>,
}

/// The provider.
pub struct Oidc {
    address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Oidc {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let behaviour = Arc::new(Mutex::new(Behaviour {
            claims: json!({}),
            signature: Signature::Right,
            metadata: json!({}),
            refusal: None,
            delay: Duration::ZERO,
            key: 0,
            codes: HashMap::new(),
            asked: Vec::new(),
        }));
        let shared = Arc::clone(&behaviour);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, address, &shared));
            }
        });
        Self { address, behaviour }
    }

    pub fn issuer(&self) -> String {
        issuer(self.address)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// The configuration of an app that knows this provider as `idp`; `more` is added to its section.
    pub fn configuration(&self, more: &Value) -> Value {
        let mut provider = json!({
            "registration": {
                "clientIdSettingName": "IDP_ID",
                "clientCredential": {"clientSecretSettingName": "IDP_SECRET"},
                "openIdConnectConfiguration": {"wellKnownOpenIdConfiguration": self.url("/.well-known/openid-configuration")}
            }
        });
        merge(&mut provider, more);
        json!({"auth": {"identityProviders": {"customOpenIdConnectProviders": {"idp": provider}}}})
    }

    pub fn behave(&self) -> MutexGuard<'_, Behaviour> {
        lock(&self.behaviour)
    }

    /// The calls to a path, in order.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.behave().asked.clone();
        let of = |it: &Asked| it.target.split('?').next() == Some(path);
        asked.into_iter().filter(of).collect()
    }

    /// Announces the other key from now on, and signs by it.
    pub fn rotate(&self) {
        let mut behaviour = self.behave();
        behaviour.key = 1 - behaviour.key;
    }

    /// The user consents: the parameters of an answer to an authorization URL.
    pub fn consent(&self, authorization_url: &str) -> Vec<(String, String)> {
        let (at, query) = authorization_url.split_once('?').expect("a query");
        assert_eq!(at, self.url("/authorize"));
        let asked: HashMap<String, String> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["client_id"], CLIENT_ID);
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        assert!(asked["state"].len() >= 43 && asked["nonce"].len() >= 43);
        let mut behaviour = self.behave();
        let code = format!("code-{}", behaviour.codes.len());
        let state = asked["state"].clone();
        behaviour.codes.insert(code.clone(), asked);
        vec![("code".to_owned(), code), ("state".to_owned(), state)]
    }
}

/// The parameters as a query or a form.
pub fn encoded(parameters: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

fn issuer(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}

fn lock(behaviour: &Mutex<Behaviour>) -> MutexGuard<'_, Behaviour> {
    behaviour.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lays `over` over a value; `null` removes a member.
fn merge(value: &mut Value, over: &Value) {
    let (Value::Object(fields), Value::Object(changes)) = (&mut *value, over) else {
        *value = over.clone();
        return;
    };
    for (name, change) in changes {
        match change {
            Value::Null => drop(fields.remove(name)),
            change => merge(fields.entry(name).or_insert(Value::Null), change),
        }
    }
}

fn serve(mut stream: TcpStream, address: SocketAddr, behaviour: &Mutex<Behaviour>) {
    let Ok(head) = http::read_head(&mut stream) else {
        return;
    };
    let length = http::header(&head, "content-length").and_then(|it| it.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if head.is_empty() || stream.read_exact(&mut body).is_err() {
        return;
    }
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let asked = Asked {
        method: method.to_owned(),
        target: target.to_owned(),
        head: head.clone(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let delay = lock(behaviour).delay;
    std::thread::sleep(delay);
    let mut behaviour = lock(behaviour);
    behaviour.asked.push(asked.clone());
    let (status, answer) = behaviour.answer(&asked, &issuer(address));
    drop(behaviour);
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    );
}

impl Behaviour {
    fn answer(&mut self, asked: &Asked, issuer: &str) -> (u16, String) {
        let told = match asked.target.split('?').next().unwrap() {
            "/.well-known/openid-configuration" => {
                let mut document = json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/keys"),
                    "end_session_endpoint": format!("{issuer}/end"),
                });
                merge(&mut document, &self.metadata);
                Ok(document)
            }
            "/keys" => Ok(json!({"keys": [{"kty": "of times to come"}, jwk(self.key)]})),
            "/token" => match &self.refusal {
                Some((status, body)) => return (*status, body.clone()),
                None => self.redeem(asked, issuer),
            },
            _ => Err("not_found"),
        };
        match told {
            Ok(told) => (200, told.to_string()),
            Err(code) => (400, json!({"error": code}).to_string()),
        }
    }

    fn redeem(&mut self, asked: &Asked, issuer: &str) -> Result<Value, &'static str> {
        let field = |name: &str| asked.field(name).unwrap_or_default();
        let begun = self.codes.remove(&field("code")).ok_or("invalid_grant")?;
        let basic = http::header(&asked.head, "authorization").map(|value| {
            let pair = BASE64_STANDARD.decode(value.strip_prefix("Basic ").unwrap());
            let pair = String::from_utf8(pair.unwrap()).unwrap();
            let (id, secret) = pair.split_once(':').unwrap();
            let decoded = format!("id={id}&secret={secret}");
            let decoded: Vec<String> = form_urlencoded::parse(decoded.as_bytes())
                .map(|(_, value)| value.into_owned())
                .collect();
            (decoded[0].clone(), decoded[1].clone())
        });
        let client = basic.unwrap_or_else(|| (field("client_id"), field("client_secret")));
        if client != (CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned()) {
            return Err("invalid_client");
        }
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
        if challenge != begun["code_challenge"] || field("redirect_uri") != begun["redirect_uri"] {
            return Err("invalid_grant");
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let mut claims = json!({
            "iss": issuer, "aud": CLIENT_ID, "sub": "user-1", "nonce": begun["nonce"], "iat": now, "exp": now + 300,
            "name": "Ellen Contoso", "email": "ellen@contoso.com",
        });
        merge(&mut claims, &self.claims);
        let id_token = self.sign(&claims);
        Ok(
            json!({"access_token": "the-access-token", "token_type": "Bearer", "id_token": id_token}),
        )
    }

    fn sign(&self, claims: &Value) -> String {
        let sign = |algorithm: Algorithm, key: &EncodingKey, kid: &str| {
            let mut header = Header::new(algorithm);
            header.kid = Some(kid.to_owned());
            jsonwebtoken::encode(&header, claims, key).unwrap()
        };
        let of = |key: usize| {
            let der = KEYS[key].to_pkcs1_der().unwrap();
            EncodingKey::from_rsa_der(der.as_bytes())
        };
        let kid = kid(self.key);
        match self.signature {
            Signature::Right => sign(Algorithm::RS256, &of(self.key), &kid),
            Signature::AnotherKey => sign(Algorithm::RS256, &of(1 - self.key), &kid),
            Signature::UnknownKey => sign(Algorithm::RS256, &of(1 - self.key), "never-announced"),
            Signature::PublicKeyAsSecret => {
                let public = KEYS[self.key].to_public_key();
                let pem = public.to_public_key_pem(LineEnding::LF).unwrap();
                let secret = EncodingKey::from_secret(pem.as_bytes());
                sign(Algorithm::HS256, &secret, &kid)
            }
            Signature::None => {
                let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
                let header = json!({"alg": "none", "kid": kid, "typ": "JWT"});
                format!("{}.{}.", part(&header), part(claims))
            }
        }
    }
}

fn kid(key: usize) -> String {
    format!("key-{key}")
}

fn jwk(key: usize) -> Value {
    let public = KEYS[key].to_public_key();
    let number = |bytes: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    json!({
        "kty": "RSA", "use": "sig", "kid": kid(key),
        "n": number(public.n().to_bytes_be()), "e": number(public.e().to_bytes_be()),
    })
}
