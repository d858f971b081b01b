use proptest::prelude::*;

use super::super::Template;

fn values(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    Template::parse(template).unwrap().matches(path)
}

fn shown(template: &str, path: &str) -> Option<String> {
    values(template, path).map(|values| {
        let pairs: Vec<String> = values
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join(" ")
    })
}

#[test]
fn matches_what_the_functions_contract_3_1_says() {
    let cases = [
        ("api/Items", "/api/items", Some("")),
        ("api/items", "/API/ITEMS/", Some("")),
        ("api/items", "/api/items/7", None),
        ("api/items/{id}", "/api/items/AbC", Some("id=AbC")),
        ("api/items/{id}", "/api/items", None),
        ("api/items/{id}", "/api/items/", None),
        ("api/items/{id}", "/api//items/7", None),
        ("api/items/{id}", "/api/items/7//", None),
        ("api/items/{id?}", "/api/items", Some("")),
        ("api/items/{id?}", "/api/items/7", Some("id=7")),
        ("api/items/{id=5}", "/api/items", Some("id=5")),
        ("api/{a?}/{b?}", "/api/x", Some("a=x")),
        ("api/{*rest}", "/api/", Some("")),
        ("api/{*rest}", "/api/a/b//c/", Some("rest=a/b//c/")),
        ("api/{**rest}", "/api/a", Some("rest=a")),
        ("api/{name}.{ext?}", "/api/a.b.c", Some("name=a.b ext=c")),
        ("api/{name}.{ext?}", "/api/a", Some("name=a")),
        ("api/{name}.{ext?}", "/api/a.", None),
        ("api/{name}.{ext}", "/api/a", None),
        (
            "api/v{major}-{minor}x",
            "/api/V1-2X",
            Some("major=1 minor=2"),
        ),
        ("api/v{major}-{minor}x", "/api/v1-x", None),
        ("api/{a}-{b}", "/api/1-2-3", Some("a=1-2 b=3")),
        ("api/{id:int}", "/api/-12", Some("id=-12")),
        ("api/{id:int}", "/api/3000000000", None),
        ("api/{id:long}", "/api/3000000000", Some("id=3000000000")),
        ("api/{id:int:min(5)}", "/api/4", None),
        ("api/{id:range(1,3)?}", "/api/3", Some("id=3")),
        ("api/{id:int=1}", "/api", Some("id=1")),
        ("api/{id:bool}", "/api/TRUE", Some("id=TRUE")),
        (
            "api/{id:guid}",
            "/api/6F1F3C1E5D0A4C539D8E2F4B7C1A9E60",
            Some("id=6F1F3C1E5D0A4C539D8E2F4B7C1A9E60"),
        ),
        ("api/{id:guid}", "/api/6f1f", None),
        ("api/{id:length(2,3)}", "/api/abcd", None),
        ("api/{id:alpha}", "/api/aBc", Some("id=aBc")),
        ("api/{id:alpha}", "/api/a1", None),
        ("api/{id:regex(^\\d{{2}}$)}", "/api/12", Some("id=12")),
        ("api/{id:regex(^\\d{{2}}$)}", "/api/123", None),
        ("api/{id:regex(a/b|c)}", "/api/c", Some("id=c")),
        (
            "api/{id:datetime}",
            "/api/2024-02-29",
            Some("id=2024-02-29"),
        ),
        ("api/{id:datetime}", "/api/2023-02-29", None),
        (
            "api/{id:datetime}",
            "/api/2023-02-28T10:11:12.5Z",
            Some("id=2023-02-28T10:11:12.5Z"),
        ),
        ("api/{id:decimal}", "/api/1.5", Some("id=1.5")),
        ("api/{id:decimal}", "/api/1e5", None),
        ("api/{id:double}", "/api/1e5", Some("id=1e5")),
        ("api/{id:nonfile}", "/api/a.txt", None),
    ];
    for (template, path, expected) in cases {
        assert_eq!(
            shown(template, path).as_deref(),
            expected,
            "{template} on {path}"
        );
    }
}

#[test]
fn refuses_what_cannot_be_a_template() {
    let bad = [
        "a/{",
        "a/}",
        "a/{}",
        "a/{x}{y}",
        "a/{x}/{X}",
        "a/{*x}/b",
        "a/{*x?}",
        "a/{x=1?}",
        "a/{x:nosuch}",
        "a/b?c",
        "~a",
        "a/{x:min(z)}",
        "a/b{x?}",
        "a/{x:regex(a}",
    ];
    for text in bad {
        assert!(Template::parse(text).is_err(), "{text} was accepted");
    }
}

#[test]
fn a_pattern_of_dotnet_only_is_named_and_holds() {
    let template = Template::parse("a/{x:regex(^(?=b).*$)}").unwrap();
    assert_eq!(template.unchecked_constraints(), ["^(?=b).*$"]);
    assert!(template.matches("/a/zzz").is_some());
}

proptest! {
    #[test]
    fn parsing_and_matching_never_panic(template in "[a-c{}*?=:./()é]{0,24}", path in "[a-cé./%-]{0,24}") {
        if let Ok(template) = Template::parse(&template) {
            template.matches(&path);
            template.samples();
        }
    }

    #[test]
    fn a_template_matches_its_own_sample(text in "(/?([a-c]{1,3}|\\{[x]\\}|\\{[y]:int\\}|\\{[z]\\}\\.k)){0,4}(/\\{\\*r\\})?") {
        if let Ok(template) = Template::parse(&text) {
            let samples = template.samples();
            prop_assert!(!samples.is_empty());
            for sample in samples {
                prop_assert!(template.matches(&sample).is_some(), "{} on {}", text, sample);
            }
        }
    }

    #[test]
    fn plain_segments_agree_with_a_naive_reference(
        template in prop::collection::vec(prop_oneof!["[ab]{1,2}".prop_map(Some), Just(None)], 0..4),
        path in prop::collection::vec("[abAB]{1,2}", 0..4),
    ) {
        let text: Vec<String> = template.iter().enumerate()
            .map(|(index, part)| part.clone().unwrap_or(format!("{{p{index}}}"))).collect();
        let expected = template.len() == path.len()
            && template.iter().zip(&path).all(|(part, piece)| part.as_ref().is_none_or(|part| part.eq_ignore_ascii_case(piece)));
        let found = values(&text.join("/"), &format!("/{}", path.join("/")));
        prop_assert_eq!(found.is_some(), expected);
        if let Some(found) = found {
            let wanted: Vec<String> = template.iter().zip(&path).filter(|(part, _)| part.is_none()).map(|(_, piece)| piece.clone()).collect();
            let got: Vec<String> = found.into_iter().map(|(_, value)| value).collect();
            prop_assert_eq!(got, wanted);
        }
    }
}
