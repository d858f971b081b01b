//! The runner itself: that it reads what the README promises, and that wrong answers do not pass.

use super::case::Case;
use super::check::compare;
use super::expand::Vars;
use super::wire::{parse, request};

const FILE: &str = "# A comment.
rules: RT-1, RT-2
--- staticwebapp.config.json
{}

--- file a/b.txt
@repeat 3 x
--- flags
--strict --client-ip
1.2.3.4
--- api echo
--- exchanges
# a comment
POST /a?b=1 ; x-one: {host}
  cookie: a=b; c=d
  body: hello
  => 301 ; location: http://{host}/c   # RT-1
  !x-two
";

#[test]
fn reads_every_section() {
    let case = Case::parse("here".into(), FILE).expect("case");
    assert_eq!(case.title(), "here [RT-1 RT-2]");
    assert_eq!(
        case.files[0],
        ("staticwebapp.config.json".into(), "{}".into())
    );
    assert_eq!(case.files[1], ("a/b.txt".into(), "x\nx\nx".into()));
    assert_eq!(case.flags, ["--strict", "--client-ip", "1.2.3.4"]);
    assert!(case.echo);
    let exchange = case.exchanges[0].expand(&Vars::new(9, None)).expect("vars");
    assert_eq!(exchange.note, "RT-1");
    assert_eq!(
        exchange.checks,
        ["location: http://localhost:9/c", "!x-two"]
    );
    assert_eq!(
        String::from_utf8_lossy(&request(9, &exchange)),
        "POST /a?b=1 HTTP/1.1\r\nHost: localhost:9\r\nx-one: localhost:9\r\ncookie: a=b; c=d\r\n\
         Content-Length: 5\r\nConnection: close\r\n\r\nhello"
    );
}

#[test]
fn says_what_is_wrong_with_a_file() {
    for (text, expected) in [
        ("--- exchanges\nGET / => 200", "no `rules:` line"),
        (
            "rules: X\n--- exchanges\nGET / => 200",
            "`X` is not a rule id",
        ),
        ("rules: RT-1\n--- nothing", "unknown section"),
        ("rules: RT-1\n--- exchanges\nGET /", "no `=>`"),
        ("rules: RT-1\n--- exchanges\nGET / => ok", "no status"),
        ("rules: RT-1", "no exchanges"),
    ] {
        let problem = Case::parse("here".into(), text).err().unwrap_or_default();
        assert!(problem.contains(expected), "{text}: {problem}");
    }
}

/// Every kind of check, against one answer: does it hold?
#[test]
fn wrong_answers_do_not_pass() {
    let bytes = b"HTTP/1.1 200 OK\r\nX-One: a b\r\nSet-Cookie: c=1\r\nSet-Cookie: d=2\r\n\
                  Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let response = parse(bytes, "GET").expect("answer");
    assert_eq!(response.body, b"abcde");
    for (checks, holds) in [
        ("200", true),
        ("404", false),
        ("200 ; x-one: a b", true),
        ("200 ; x-one: a", false),
        ("200 ; x-two: a", false),
        ("200 ; set-cookie: c=1", false),
        ("200 ; set-cookie~ d=2", true),
        ("200 ; set-cookie!~ d=2", false),
        ("200 ; set-cookie~", true),
        ("200 ; x-two~", false),
        ("200 ; !x-two", true),
        ("200 ; !X-One", false),
        ("200 ; body= abcde", true),
        ("200 ; body= abc", false),
        ("200 ; body~ cd", true),
        ("200 ; body~ dc", false),
        ("200 ; body!~ cd", false),
        ("200 ; body-empty", false),
        ("200 ; nonsense", false),
    ] {
        let text = format!("rules: RT-1\n--- exchanges\nGET / => {checks}");
        let case = Case::parse("here".into(), &text).expect("case");
        let outcome = compare(&case.exchanges[0], &response);
        assert_eq!(outcome.is_ok(), holds, "{checks}: {outcome:?}");
    }
    let case = Case::parse("here".into(), "rules: RT-1\n--- exchanges\nHEAD / => 200");
    let head = case.expect("case");
    assert!(compare(&head.exchanges[0], &response).is_err());
    assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "GET").is_err());
}
