//! Static responses on the wire: validators, ranges, compression, large files, and paths that try to get out.

use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime};

use crate::emulator::{Emulator, Response, site, write};

fn served(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Emulator) {
    let folder = site(None);
    for (name, content) in files {
        write(folder.path(), name, content);
    }
    let emulator = Emulator::start(folder.path(), &["--no-watch"]);
    (folder, emulator)
}

fn ask(emulator: &Emulator, path: &str, headers: &[(&str, &str)]) -> Response {
    emulator.send("GET", path, headers, b"")
}

/// RT-29: what a body-less status stands on is a page all the same, and its bytes must not be.
#[test]
fn a_rules_status_without_a_body_leaves_nothing_for_the_next_request_to_read() {
    let routes = r#"{"routes": [
        {"route": "/page", "statusCode": 204},
        {"route": "/none", "statusCode": 204},
        {"route": "/same", "statusCode": 304}
    ]}"#;
    let folder = site(Some(routes));
    write(folder.path(), "page.html", "a page");
    write(folder.path(), "next.txt", "next");
    let emulator = Emulator::start(folder.path(), &[]);
    for (path, status) in [("/page", 204), ("/none", 204), ("/same", 304)] {
        let mut stream = emulator.connect();
        let host = emulator.port;
        let asked = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{host}\r\n\r\nGET /next.txt HTTP/1.1\r\nHost: localhost:{host}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(asked.as_bytes()).unwrap();
        let mut answered = String::new();
        stream.read_to_string(&mut answered).unwrap();
        let (first, rest) = answered.split_once("\r\n\r\n").unwrap();
        assert!(first.starts_with(&format!("HTTP/1.1 {status} ")), "{first}");
        assert!(rest.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {rest}");
        assert!(rest.ends_with("\r\n\r\nnext"), "{path}: {rest}");
    }
}

#[test]
fn rs_9_ranges() {
    let (_folder, emulator) = served(&[("ten.bin", b"0123456789")]);
    let tag = emulator.get("/ten.bin").header("etag").unwrap().to_string();
    for (range, status, body, content_range) in [
        ("bytes=0-3", 206, "0123", Some("bytes 0-3/10")),
        ("bytes=7-", 206, "789", Some("bytes 7-9/10")),
        ("bytes=-2", 206, "89", Some("bytes 8-9/10")),
        ("bytes=4-99", 206, "456789", Some("bytes 4-9/10")),
        ("bytes=10-", 416, "", Some("bytes */10")),
        ("bytes=0-1,3-4", 200, "0123456789", None),
        ("bytes=x", 200, "0123456789", None),
    ] {
        let answer = ask(&emulator, "/ten.bin", &[("Range", range)]);
        assert_eq!(
            (
                answer.status,
                answer.text().as_str(),
                answer.header("content-range")
            ),
            (status, body, content_range),
            "{range}"
        );
    }
    let same = ask(
        &emulator,
        "/ten.bin",
        &[("Range", "bytes=0-0"), ("If-Range", &tag)],
    );
    assert_eq!((same.status, same.text().as_str()), (206, "0"));
    let other = ask(
        &emulator,
        "/ten.bin",
        &[("Range", "bytes=0-0"), ("If-Range", "\"other\"")],
    );
    assert_eq!(other.status, 200);
}

#[test]
fn rs_20_21_22_methods() {
    let (_folder, emulator) = served(&[("ten.bin", b"0123456789")]);
    let head = emulator.send("HEAD", "/ten.bin", &[], b"");
    let get = emulator.get("/ten.bin");
    assert_eq!(
        (head.status, head.body.len(), head.header("content-length")),
        (200, 0, Some("10"))
    );
    assert_eq!(head.header("etag"), get.header("etag"));
    let missing = emulator.send("HEAD", "/none", &[], b"");
    assert_eq!((missing.status, missing.body.len()), (404, 0));
    let options = emulator.send("OPTIONS", "/ten.bin", &[], b"");
    assert_eq!(
        (options.status, options.header("allow")),
        (204, Some("GET, HEAD, OPTIONS"))
    );
    for method in ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"] {
        let answer = emulator.send(method, "/ten.bin", &[], b"");
        assert_eq!(
            (answer.status, answer.body.len(), answer.header("allow")),
            (405, 0, None),
            "{method}"
        );
    }
}

#[test]
fn a_head_leaves_the_connection_usable() {
    let (_folder, emulator) = served(&[("ten.bin", b"0123456789")]);
    let mut stream = emulator.connect();
    stream
        .write_all(b"HEAD /ten.bin HTTP/1.1\r\nHost: localhost\r\n\r\nGET /none HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"x\"\r\n\r\nGET /ten.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert!(all.ends_with("\r\n\r\n0123456789"), "{all}");
    assert_eq!(all.matches("HTTP/1.1 ").count(), 3, "{all}");
}

#[test]
fn rs_7_compression_and_siblings() {
    let text = "all work and no play makes jack a dull boy\n".repeat(200);
    let (_folder, emulator) = served(&[
        ("a.txt", text.as_bytes()),
        ("b.js", b"plain"),
        ("b.js.br", b"made by the build"),
        ("c.js", b"plain"),
        ("c.js.gz", b"made by the build too"),
        ("d.png", text.as_bytes()),
    ]);
    let plain = emulator.get("/a.txt");
    assert_eq!(
        (
            plain.text(),
            plain.header("content-encoding"),
            plain.header("vary")
        ),
        (text.clone(), None, Some("Accept-Encoding"))
    );
    let gzip = ask(&emulator, "/a.txt", &[("Accept-Encoding", "gzip")]);
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&gzip.body[..])
        .read_to_string(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, text);
    let brotli = ask(
        &emulator,
        "/a.txt",
        &[("Accept-Encoding", "gzip, deflate, br")],
    );
    assert_eq!(brotli.header("content-encoding"), Some("br"));
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut &brotli.body[..], &mut unpacked).unwrap();
    assert_eq!(unpacked, text.as_bytes());
    let tags: std::collections::HashSet<_> = [&plain, &gzip, &brotli]
        .into_iter()
        .map(|answer| answer.header("etag").unwrap())
        .collect();
    assert_eq!(tags.len(), 3, "each representation has a tag of its own");
    let known = ask(
        &emulator,
        "/a.txt",
        &[
            ("Accept-Encoding", "gzip"),
            ("If-None-Match", gzip.header("etag").unwrap()),
        ],
    );
    assert_eq!(known.status, 304);

    let sibling = ask(&emulator, "/b.js", &[("Accept-Encoding", "br, gzip")]);
    assert_eq!(
        (sibling.text().as_str(), sibling.header("content-encoding")),
        ("made by the build", Some("br"))
    );
    assert_eq!(sibling.header("content-type"), Some("text/javascript"));
    assert_eq!(
        ask(&emulator, "/b.js", &[("Accept-Encoding", "gzip")]).text(),
        "plain"
    );
    assert_eq!(
        ask(&emulator, "/c.js", &[("Accept-Encoding", "br, gzip")]).text(),
        "made by the build too"
    );
    assert_eq!(
        ask(&emulator, "/d.png", &[("Accept-Encoding", "gzip")]).header("content-encoding"),
        None
    );
    let part = ask(
        &emulator,
        "/a.txt",
        &[("Accept-Encoding", "br"), ("Range", "bytes=0-2")],
    );
    assert_eq!(
        (
            part.status,
            part.text().as_str(),
            part.header("content-encoding")
        ),
        (206, "all", None)
    );
}

/// With a watcher siblings are not looked at for each request, without one they are: what is served is the same.
#[test]
fn rs_7_siblings_that_come_change_and_go_are_seen() {
    for flags in [&[][..], &["--no-watch"]] {
        let folder = site(None);
        let file = write(folder.path(), "app.js", b"plain");
        // What was just written is read each time; only later does it matter what is remembered.
        let file = std::fs::File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60))
            .unwrap();
        let emulator = Emulator::start(folder.path(), flags);
        let sibling = folder.path().join("app.js.br");
        let ask = || ask(&emulator, "/app.js", &[("Accept-Encoding", "gzip, br")]);
        for content in [Some("one"), Some("two"), None, Some("three"), None] {
            assert_eq!(ask().status, 200);
            match content {
                Some(content) => std::fs::write(&sibling, content).unwrap(),
                None => std::fs::remove_file(&sibling).unwrap(),
            }
            let changed = Instant::now();
            let expected = content.unwrap_or("plain");
            loop {
                assert_eq!(emulator.get("/app.js").text(), "plain");
                let answer = ask();
                let coding = answer.header("content-encoding");
                if answer.text() == expected && coding == content.map(|_| "br") {
                    break;
                }
                assert!(
                    flags.is_empty() && changed.elapsed() < Duration::from_secs(5),
                    "{expected}: {} {flags:?}",
                    answer.text()
                );
            }
        }
    }
}

#[test]
fn types_that_are_compressed_have_no_siblings() {
    let (_folder, emulator) = served(&[
        ("a.png", b"plain"),
        ("a.png.br", b"packed"),
        ("a.dll", b"plain"),
        ("a.dll.br", b"packed"),
    ]);
    let browser = [("Accept-Encoding", "gzip, deflate, br, zstd")];
    let image = ask(&emulator, "/a.png", &browser);
    assert_eq!(
        (image.text().as_str(), image.header("vary")),
        ("plain", None)
    );
    let blazor = ask(&emulator, "/a.dll", &browser);
    assert_eq!(
        (blazor.text().as_str(), blazor.header("content-encoding")),
        ("packed", Some("br"))
    );
    assert_eq!(blazor.header("vary"), Some("Accept-Encoding"));
}

#[test]
fn a_file_too_large_for_memory_may_have_a_small_sibling() {
    let (_folder, emulator) = served(&[
        ("big.wasm", &vec![7u8; 5 << 20]),
        ("big.wasm.br", b"packed"),
    ]);
    let packed = ask(&emulator, "/big.wasm", &[("Accept-Encoding", "br")]);
    assert_eq!(packed.text(), "packed");
    assert_eq!(emulator.get("/big.wasm").body.len(), 5 << 20);
}

#[test]
fn large_files_are_streamed_and_can_be_resumed() {
    let size = 9 << 20;
    let content: Vec<u8> = (0..size as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let (_folder, emulator) = served(&[("film.mp4", &content)]);
    let whole = emulator.get("/film.mp4");
    assert_eq!(
        whole.header("content-length"),
        Some(size.to_string().as_str())
    );
    assert!(whole.body == content, "every byte as it is on the disk");
    let part = ask(
        &emulator,
        "/film.mp4",
        &[("Range", &format!("bytes={}-", size - 5))],
    );
    assert_eq!((part.status, &part.body[..]), (206, &content[size - 5..]));
    let head = emulator.send("HEAD", "/film.mp4", &[], b"");
    assert_eq!(
        head.header("content-length"),
        Some(size.to_string().as_str())
    );
}

#[test]
fn a_large_file_that_shrinks_while_it_is_sent_breaks_the_connection() {
    let size = 64 << 20;
    let (folder, emulator) = served(&[("film.mp4", &vec![7u8; size])]);
    let mut stream = emulator.connect();
    stream
        .write_all(b"GET /film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut first = [0u8; 1024];
    stream.read_exact(&mut first).unwrap();
    std::fs::File::options()
        .write(true)
        .open(folder.path().join("film.mp4"))
        .unwrap()
        .set_len(1 << 20)
        .unwrap();
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest);
    assert!(
        ended.is_err() || rest.len() < size,
        "the end must show that something is missing"
    );
}

#[test]
fn cf_9_the_configuration_is_never_downloadable() {
    let folder = site(Some(
        r#"{"routes":[{"route":"/alias","rewrite":"/staticwebapp.config.json"}],"navigationFallback":{"rewrite":"/staticwebapp.config.json"}}"#,
    ));
    write(folder.path(), "sub/staticwebapp.config.json", "{}");
    let emulator = Emulator::start(folder.path(), &["--no-watch"]);
    for path in [
        "/staticwebapp.config.json",
        "/staticwebapp.config.json?x",
        "/staticwebapp.config.json?x=/index.html",
        "/%73taticwebapp.config.json",
        "/./staticwebapp.config.json",
        "/sub/../staticwebapp.config.json",
        "/sub/staticwebapp.config.json",
        "/staticwebapp.config.json/",
        "/staticwebapp.config",
        "/alias",
        "/falls/back",
    ] {
        assert_eq!(emulator.get(path).status, 404, "{path}");
    }
}

#[test]
fn paths_never_leave_the_folder_and_bad_ones_get_a_clean_answer() {
    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), "secret.txt", "secret");
    write(outer.path(), "site/index.html", "home");
    write(outer.path(), "site/100%.txt", "percent");
    write(outer.path(), "site/a b/é.txt", "unicode");
    write(outer.path(), "site/.well-known/x", "well known");
    let emulator = Emulator::start(outer.path(), &["start", "site", "--no-watch"]);
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/a%20b/../../secret.txt",
        "//secret.txt",
        "/..\\secret.txt",
        "/%5c..%5csecret.txt",
        "/index.html/../../secret.txt",
        "/%00",
        "/index.html%00.txt",
        "/.%2e/secret.txt",
        "/....//secret.txt",
        "/%252e%252e/secret.txt",
    ] {
        let answer = emulator.get(path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    for (path, body) in [
        ("/100%.txt", "percent"),
        ("/100%25.txt", "percent"),
        ("/a%20b/%C3%A9.txt", "unicode"),
        ("/.well-known/x", "well known"),
    ] {
        assert_eq!(emulator.get(path).text(), body, "{path}");
    }
    for path in ["/100%", "/%E0%A4%A", "/%", "/%%%", "/?%", "/a?b=%zz"] {
        let status = emulator.get(path).status;
        assert!(status == 404 || status == 200, "{path}: {status}");
    }
}

#[test]
fn hosts_that_are_none_get_a_clean_answer() {
    let folder = site(Some(r#"{"trailingSlash":"always"}"#));
    write(folder.path(), "about.html", "about");
    let emulator = Emulator::start(folder.path(), &["--no-watch"]);
    for host in [
        "Host: a b\r\n",
        "Host: \r\n",
        "",
        "Host: \"><script>\r\n",
        "Host: x\u{7f}y\r\n",
    ] {
        let request = format!("GET /about HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        let answer = emulator.raw(request.as_bytes(), false);
        assert!(
            matches!(answer.status, 301 | 400 | 421),
            "{host:?}: {}",
            answer.status
        );
        if let Some(location) = answer.header("location") {
            assert_eq!(
                location,
                format!("http://localhost:{}/about/", emulator.port),
                "{host:?}"
            );
        }
    }
}
