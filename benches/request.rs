//! `cargo bench`: the decision about a request with 10, 100 and 1,000 rules. The figures of one path should be flat.

#![allow(missing_docs, clippy::unwrap_used, reason = "a program for developers")]

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use cygnet::config;
use cygnet::finding::Source;
use cygnet::routing::{RequestFacts, Rules, decide};

/// A configuration like those of real apps: redirects, wildcards with headers, roles, rewrites, extension filters.
fn rules(count: usize) -> Rules {
    let mut text = String::from(
        r#"{"navigationFallback":{"rewrite":"/index.html","exclude":["/img/*.{png,jpg}"]},"routes":["#,
    );
    for n in 0..count - 1 {
        let rule = match n % 5 {
            0 => format!(r#"{{"route":"/old-{n}","redirect":"/new-{n}","statusCode":301}}"#),
            1 => format!(r#"{{"route":"/docs/v{n}/*","headers":{{"x-doc":"{n}"}}}}"#),
            2 => format!(r#"{{"route":"/secure-{n}/*","allowedRoles":["admin"]}}"#),
            3 => format!(r#"{{"route":"/r/{n}","rewrite":"/index.html"}}"#),
            _ => format!(r#"{{"route":"/assets{n}/*.{{css,js}}","headers":{{"x-asset":"{n}"}}}}"#),
        };
        write!(text, "{rule},").unwrap();
    }
    text.push_str(r#"{"route":"/last/*","headers":{"x-last":"1"}}]}"#);
    let outcome = config::read(&Source::new("staticwebapp.config.json", text));
    Rules::new(Arc::new(outcome.config.unwrap()))
}

fn bench(criterion: &mut Criterion) {
    for (name, path) in [
        ("no rule", "/some/page/of/the/app"),
        ("last rule", "/last/page"),
        ("exact rule", "/old-0"),
        ("extension filter", "/assets4/deep/app.js"),
    ] {
        let mut group = criterion.benchmark_group(name);
        for count in [10, 100, 1000] {
            let rules = rules(count);
            let facts = RequestFacts::of_get(path);
            group.bench_with_input(
                BenchmarkId::from_parameter(count),
                &rules,
                |bencher, rules| {
                    bencher.iter(|| black_box(decide(black_box(rules), black_box(&facts))));
                },
            );
        }
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
