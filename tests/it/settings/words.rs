//! Booleans, numbers, URLs, `.env`, two-letter flags.

use std::ffi::OsString;
use std::time::Duration;

use cygnet::finding::Advice;
use cygnet::settings::{Verbosity, argv, dotenv, options, parse};
use proptest::prelude::*;

use super::project::{Project, args};

#[test]
fn booleans_are_those_of_the_official_cli() {
    for word in ["true", "1", "TRUE", " true "] {
        assert_eq!(parse::boolean(word), Ok(true), "{word}");
    }
    for word in ["false", "0", "null", "undefined", "False"] {
        assert_eq!(parse::boolean(word), Ok(false), "{word}");
    }
    for word in ["yes", "", "2", "on"] {
        assert!(parse::boolean(word).is_err(), "{word}");
    }
    let project = Project::new(&[]).env("CYGNET_STRICT", "yes");
    insta::assert_snapshot!(project.error(&[]), @"
    1 invalid value `yes` for `CYGNET_STRICT`: it is neither `true` (or `1`) nor `false` (or `0`)
    hint: set `CYGNET_STRICT` to another value, or remove it
    ");
}

#[test]
fn ports_are_from_0_to_65535() {
    assert_eq!(parse::port("0"), Ok(0));
    assert_eq!(parse::port("80"), Ok(80));
    assert_eq!(parse::port("65535"), Ok(65535));
    for text in ["65536", "-1"] {
        assert!(
            parse::port(text).unwrap_err().contains("out of range"),
            "{text}"
        );
    }
    for text in ["abc", "", "80.5", "99999999999999999999"] {
        assert!(
            parse::port(text).unwrap_err().contains("not a number"),
            "{text}"
        );
    }
}

#[test]
fn a_timeout_of_0_is_none() {
    assert_eq!(parse::timeout("0"), Ok(None));
    assert_eq!(parse::timeout("90"), Ok(Some(Duration::from_secs(90))));
    for text in ["-1", "1.5", "1m", ""] {
        assert!(parse::timeout(text).is_err(), "{text}");
    }
}

#[test]
fn urls_are_http_with_a_host() {
    for text in [
        "http://localhost:7071",
        "https://x.azurewebsites.net/base",
        "HTTP://[::1]:80",
        " http://h ",
    ] {
        assert!(parse::url(text).is_ok(), "{text}");
    }
    for (text, problem) in [
        (
            "localhost:7071",
            "it is not a URL; did you mean `http://localhost:7071`?",
        ),
        (
            "ws://localhost",
            "only http:// and https:// URLs can be called",
        ),
        ("http://", "it is not a URL"),
        ("http://:80", "it is a URL without a host"),
        ("http://a b", "it is not a URL"),
    ] {
        let found = parse::url(text).unwrap_err();
        assert!(found.starts_with(problem), "{text}: {found}");
    }
}

#[test]
fn hosts_are_names_or_addresses() {
    for text in ["localhost", "0.0.0.0", "::1", "my-machine.local"] {
        assert_eq!(parse::host(text), Ok(text.to_owned()));
    }
    for text in ["", " ", "http://localhost", "a b", "a/b"] {
        assert!(parse::host(text).is_err(), "{text:?}");
    }
}

#[test]
fn verbose_alone_is_info() {
    for (words, expected) in [
        (&["-V"][..], Verbosity::Info),
        (&["--verbose", "silly"], Verbosity::Silly),
        (&["--verbose=SILENT"], Verbosity::Silent),
        (&["-V", "-o"], Verbosity::Info),
    ] {
        let typed = args(words).typed().get(&options::VERBOSE);
        assert_eq!(typed, Some(expected), "{words:?}");
    }
    let project = Project::new(&[]).env("SWA_CLI_DEBUG", "loud");
    insta::assert_snapshot!(project.error(&[]), @"
    1 invalid value `loud` for `SWA_CLI_DEBUG`: it is not one of `silly`, `info`, `log`, `silent`
    hint: set `SWA_CLI_DEBUG` to another value, or remove it
    ");
}

#[test]
fn dotenv_lines_are_names_and_values() {
    let text = "\u{feff}# comment\nA=1\n export B = two words # c\nC=\"x # y\\nz\" # c\nD='a\\nb'\nE=\n\
                no line\n=x\nA B=1\nF=a=b\r\nA=2\nG=\"open\n";
    let mut found: Vec<(String, String)> = dotenv::parse(text).into_iter().collect();
    found.sort();
    let expected = [
        ("A", "2"),
        ("B", "two words"),
        ("C", "x # y\nz"),
        ("D", "a\\nb"),
        ("E", ""),
        ("F", "a=b"),
        ("G", "\"open"),
    ];
    assert_eq!(found, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
}

fn expanded(words: &[&str]) -> Vec<OsString> {
    argv::expand(words.iter().map(Into::into))
}

#[test]
fn two_letter_flags_become_long_ones() {
    assert_eq!(
        expanded(&["-is", "http://h", "-cn=app", "-db", "x", "-ds", "y"]),
        [
            "--api-devserver-url",
            "http://h",
            "--config-name=app",
            "--data-api-location",
            "x",
            "--data-api-devserver-url",
            "y"
        ]
    );
    let unchanged = [
        "-i", "-ish", "--is", "is", "-c", "n", "-iso=1", "-og", "--", "-is", "-cn=x",
    ];
    assert_eq!(expanded(&unchanged), unchanged);
    let url = args(&["-is", "http://h:1"]);
    let url = url.typed().get(&options::API_DEVSERVER_URL);
    assert_eq!(url.unwrap().unwrap(), "http://h:1/");
    let location = args(&["-i", "s"]).typed().get(&options::API_LOCATION);
    assert_eq!(location.as_deref(), Some("s"));
}

proptest! {
    #[test]
    fn expanding_never_panics_and_leaves_unknown_words_alone(
        words in prop::collection::vec(prop_oneof![any::<String>(), "-{0,2}(is|cn|db|ds|i|c|x)?(=[a-z]{0,3})?"], 0..8)
    ) {
        let before: Vec<OsString> = words.iter().map(OsString::from).collect();
        let after = argv::expand(before.clone());
        prop_assert_eq!(before.len(), after.len());
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        for (at, (before, after)) in before.iter().zip(&after).enumerate() {
            let name = words[at].split('=').next().unwrap_or_default();
            let known = ["-is", "-cn", "-db", "-ds"].contains(&name);
            prop_assert_eq!(before != after, known && at < end, "{:?} → {:?}", before, after);
        }
    }

    #[test]
    fn parsers_never_panic(text in any::<String>()) {
        let _ = (parse::port(&text), parse::boolean(&text), parse::timeout(&text), parse::address(&text));
        let _ = (parse::host(&text), parse::url(&text), dotenv::parse(&text));
    }

    #[test]
    fn any_configuration_file_gives_settings_or_an_error(text in any::<String>()) {
        let outcome = Project::new(&[]).config(&text).start(&[]);
        if let Err(error) = outcome.settings {
            prop_assert!(!error.hint().unwrap_or_default().is_empty());
        }
    }
}

#[cfg(unix)]
#[test]
fn words_that_are_not_unicode_stay_as_they_are() {
    use std::os::unix::ffi::OsStringExt;
    let word = OsString::from_vec(vec![b'-', b'i', b's', b'=', 0xff]);
    assert_eq!(argv::expand([word.clone()]), [word]);
}
