//! Tests of the route table.

use super::*;
use crate::functions::app::function::Binding;

fn function(name: &str, route: Option<&str>, methods: &[&str]) -> Function {
    let trigger = Binding {
        kind: "httpTrigger".to_owned(),
        route: route.map(str::to_owned),
        methods: Some(methods.iter().map(|each| (*each).to_owned()).collect()),
        ..Binding::default()
    };
    Function {
        name: name.to_owned(),
        bindings: vec![trigger],
        ..Function::default()
    }
}

#[test]
fn the_alphabet_decides_and_the_hidden_route_is_said() {
    let all = [
        function("zed", Some("items/special"), &["get"]),
        function("Abc", Some("items/{id}"), &["get"]),
        function("mid", Some("items/{id}/x"), &["get"]),
    ];
    let (table, notices) = RouteTable::build(&all, None);
    assert_eq!(table.find("GET", "/api/items/special").unwrap().name, "Abc");
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("'zed' (api/items/special) is never reached: 'Abc'"));
    // What the earlier one's constraint refuses reaches the later one.
    for (constraint, hidden) in [
        ("alpha", 0),
        ("int", 0),
        ("length(6)", 0),
        ("minlength(1)", 1),
    ] {
        let earlier = format!("items/{{id:{constraint}}}");
        let all = [
            function("a", Some(&earlier), &["get"]),
            function("b", Some("items/{name}"), &["get"]),
        ];
        let (_, notices) = RouteTable::build(&all, None);
        assert_eq!(notices.len(), hidden, "{constraint}: {notices:?}");
    }
}

#[test]
fn words_and_patterns_are_tried_in_one_order() {
    let all = [
        function("a", Some("ITEMS/one"), &[]),
        function("b", Some("{kind}/{id?}"), &["get"]),
        function("c", Some("items/two"), &[]),
        function("d", Some("{*rest}"), &[]),
        function("e", Some("straße"), &["post"]),
    ];
    let (table, notices) = RouteTable::build(&all, None);
    for (method, path, expected) in [
        ("GET", "/api/items/ONE", "a"),
        ("GET", "/api/Items/two", "b"),
        ("POST", "/api/items/two", "c"),
        ("POST", "/api/items/two/", "c"),
        ("GET", "/api/x", "b"),
        ("POST", "/api/x/y/z", "d"),
        ("POST", "/api", "d"),
        ("POST", "api/STRAßE", "d"),
    ] {
        let found = table.find(method, path).unwrap();
        assert_eq!(found.name, expected, "{method} {path}");
    }
    assert_eq!(notices.len(), 1, "{notices:?}");
}

#[test]
fn a_wrong_method_goes_to_the_next_function_and_then_nowhere() {
    let all = [
        function("a", Some("x"), &["get"]),
        function("b", Some("x"), &["POST"]),
    ];
    let (table, notices) = RouteTable::build(&all, None);
    assert_eq!(table.find("post", "/api/X").unwrap().name, "b");
    assert_eq!(table.find("HEAD", "/api/x"), None);
    assert_eq!(table.find("DELETE", "/api/x"), None);
    assert!(notices.is_empty());
}

#[test]
fn no_methods_means_all_and_no_route_means_the_name() {
    let (table, _) = RouteTable::build(&[function("Hello", None, &[])], None);
    assert_eq!(table.find("PROPFIND", "/api/hello").unwrap().name, "Hello");
    assert_eq!(table.find("GET", "/hello"), None);
}

#[test]
fn conflicts_reserved_routes_and_names_are_left_out() {
    let all = [
        function("a", Some("same"), &["get", "post"]),
        function("b", Some("same"), &["post"]),
        function("c", Some("admin/x"), &[]),
        function("host", None, &[]),
        function("d", Some("{oops"), &[]),
        function("e", Some("/abs"), &[]),
    ];
    let (table, notices) = RouteTable::build(&all, None);
    let names: Vec<String> = table.infos().into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["a", "e"]);
    assert_eq!(notices.len(), 5, "{notices:?}");
    assert!(notices[0].contains("conflicts with the route defined by function 'a'"));
    assert_eq!(table.find("GET", "/api/abs").unwrap().name, "e");
}

#[test]
fn ap_65_a_level_that_azure_refuses_is_said() {
    let at = |level: &str| {
        let mut function = function("a", None, &[]);
        for binding in &mut function.bindings {
            binding.auth_level = Some(level.to_owned());
        }
        RouteTable::build(&[function], None).1
    };
    assert!(at("Admin")[0].contains("authLevel 'admin', with which Azure refuses"));
    assert!(at("function").is_empty());
}

#[test]
fn host_json_can_name_the_only_functions() {
    let all = [function("a", None, &[]), function("b", None, &[])];
    let (table, _) = RouteTable::build(&all, Some(&["B".to_owned()]));
    assert_eq!(table.infos().len(), 1);
}
