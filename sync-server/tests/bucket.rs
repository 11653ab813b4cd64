//! S3 is only a setting: the same photos in a bucket, here one of this machine that knows what they need of the protocol.
#![cfg(feature = "s3")]

#[cfg(test)]
mod judges {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Bytes;
    use axum::extract::{RawQuery, State};
    use axum::http::{HeaderMap, Method, StatusCode, Uri};
    use axum::response::{IntoResponse, Response};
    use sha2::{Digest, Sha256};
    use uuid::Uuid;
    use xundian_domain::InstallId;
    use xundian_domain::stamp::Millis;
    use xundian_protocol::digest::hex;
    use xundian_protocol::limits::BLOB_PIECE_BYTES;
    use xundian_server::db::{Address, Db};
    use xundian_server::photos::{Blobs, Piece, Shelf, Staging};

    const NOW: Millis = Millis(1_785_000_000_000);
    const PHONE: InstallId = InstallId(Uuid::from_u128(1));

    #[derive(Debug, Default)]
    struct Bucket {
        objects: BTreeMap<String, Bytes>,
        /// Requests without a signature of the key.
        strangers: usize,
        is_down: bool,
    }

    type Shared = Arc<Mutex<Bucket>>;

    async fn ask(
        State(bucket): State<Shared>,
        method: Method,
        uri: Uri,
        RawQuery(query): RawQuery,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        let mut bucket = bucket.lock().unwrap();
        let signed = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !signed.starts_with("AWS4-HMAC-SHA256 Credential=key-of-the-shop/") {
            bucket.strangers += 1;
            return StatusCode::FORBIDDEN.into_response();
        }
        if bucket.is_down {
            return StatusCode::FORBIDDEN.into_response();
        }
        let key = uri.path().trim_start_matches("/shop").trim_start_matches('/').to_owned();
        match method {
            Method::PUT => {
                bucket.objects.insert(key, body);
                [("etag", "\"1\"")].into_response()
            }
            Method::GET | Method::HEAD if !key.is_empty() => match bucket.objects.get(&key) {
                Some(bytes) => found(bytes.clone()),
                None => StatusCode::NOT_FOUND.into_response(),
            },
            Method::GET => list(&bucket).into_response(),
            Method::POST if query.as_deref() == Some("delete") => delete(&mut bucket, &body).into_response(),
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        }
    }

    fn found(bytes: Bytes) -> Response {
        ([("etag", "\"1\""), ("last-modified", "Mon, 27 Jul 2026 00:00:00 GMT")], bytes).into_response()
    }

    fn list(bucket: &Bucket) -> String {
        let object = |(key, bytes): (&String, &Bytes)| {
            let size = bytes.len();
            format!(
                "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>2026-07-27T00:00:00Z</LastModified></Contents>"
            )
        };
        let all: String = bucket.objects.iter().map(object).collect();
        format!("<ListBucketResult>{all}</ListBucketResult>")
    }

    fn delete(bucket: &mut Bucket, body: &Bytes) -> String {
        let asked = String::from_utf8_lossy(body).into_owned();
        let keys: Vec<String> = asked
            .split("<Key>")
            .skip(1)
            .filter_map(|rest| rest.split_once("</Key>"))
            .map(|(key, _)| key.to_owned())
            .collect();
        let deleted = |key: &String| format!("<Deleted><Key>{key}</Key></Deleted>");
        keys.iter().for_each(|key| drop(bucket.objects.remove(key)));
        format!("<DeleteResult>{}</DeleteResult>", keys.iter().map(deleted).collect::<String>())
    }

    /// A server whose `--photos` is a bucket.
    struct Kit {
        bucket: Shared,
        blobs: Blobs,
        _folder: tempfile::TempDir,
        _runtime: tokio::runtime::Runtime,
    }

    fn kit() -> Kit {
        let bucket = Shared::default();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(ask).with_state(bucket.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        let environment = [
            ("AWS_ACCESS_KEY_ID", "key-of-the-shop"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "cn-qingdao"),
            ("AWS_ENDPOINT", &endpoint),
            ("AWS_ALLOW_HTTP", "true"),
            // Not the bucket's business.
            ("TOKEN", "of something else"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Address::Sqlite(folder.path().join("server.db"))).unwrap();
        let staging = Staging::in_folder(folder.path().join("half"));
        let blobs = Blobs::new(db, Shelf::at("s3://shop/photos/2026", environment).unwrap(), staging);
        Kit { bucket, blobs, _folder: folder, _runtime: runtime }
    }

    /// Sends what is missing of a photo.
    fn send(blobs: &Blobs, bytes: &[u8], name: &str) -> Result<(), xundian_server::photos::BlobError> {
        while !blobs.has(PHONE, name)? {
            let offset = blobs.offset(PHONE, name)?;
            let from = usize::try_from(offset).unwrap();
            let piece = &bytes[from..bytes.len().min(from + BLOB_PIECE_BYTES)];
            let piece = Piece { offset, total: bytes.len() as u64, bytes: piece };
            blobs.take((PHONE, "ZY01".parse().unwrap()), name, piece, NOW)?;
        }
        Ok(())
    }

    fn photo() -> (Vec<u8>, String) {
        let bytes: Vec<u8> = (0..150_000u32).map(|n| (n % 253).to_le_bytes()[0]).collect();
        let name = hex(&Sha256::digest(&bytes));
        (bytes, name)
    }

    #[test]
    fn photos_lie_in_a_bucket_under_its_prefix_and_end_there() {
        let Kit { bucket, blobs, .. } = &kit();
        let (bytes, name) = photo();
        send(blobs, &bytes, &name).unwrap();
        let keys: Vec<String> = bucket.lock().unwrap().objects.keys().cloned().collect();
        assert_eq!(keys, [format!("photos/2026/{}/{name}", &name[..2])]);
        assert_eq!(blobs.bytes(&name).unwrap(), Some(bytes));
        let restored = Uuid::from_u128(7);
        assert_eq!(blobs.tend(NOW, 180, restored).unwrap().found, 0, "what lies there has its row");
        let later = Millis(NOW.0 + 181 * 24 * 3_600_000);
        assert_eq!(blobs.tend(later, 180, restored).unwrap().ended, 1);
        assert_eq!((blobs.bytes(&name).unwrap(), bucket.lock().unwrap().objects.len()), (None, 0));
        assert_eq!(bucket.lock().unwrap().strangers, 0);
    }

    #[test]
    fn a_bucket_that_says_no_costs_no_byte_that_has_come() {
        let Kit { bucket, blobs, .. } = &kit();
        let (bytes, name) = photo();
        bucket.lock().unwrap().is_down = true;
        send(blobs, &bytes, &name).unwrap_err();
        assert_eq!(blobs.offset(PHONE, &name).unwrap(), 150_000);
        bucket.lock().unwrap().is_down = false;
        let nothing = Piece { offset: 150_000, total: 150_000, bytes: &[] };
        blobs.take((PHONE, "ZY01".parse().unwrap()), &name, nothing, NOW).unwrap();
        assert_eq!(blobs.bytes(&name).unwrap(), Some(bytes));
    }
}
