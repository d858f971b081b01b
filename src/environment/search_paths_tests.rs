//! Which file is found, in folders made for it.

use super::*;

/// A folder with a configuration in each of these folders, and what is searched in it.
struct App {
    root: tempfile::TempDir,
    search_paths: ConfigSearchPaths,
}

/// An app in the current folder whose content is `output`.
fn app(output: &str, files: &[&str]) -> App {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "{}").unwrap();
    }
    let search_paths = ConfigSearchPaths {
        app_is_named: false,
        output_location: root.path().join(output),
        ..ConfigSearchPaths::of_folder(root.path().to_path_buf())
    };
    std::fs::create_dir_all(&search_paths.output_location).unwrap();
    App { root, search_paths }
}

impl App {
    /// A path below the root, with `/`.
    fn short(&self, file: Option<PathBuf>) -> String {
        let file = file.unwrap_or_default();
        let short = file.strip_prefix(self.root.path()).unwrap_or(&file);
        let short = short.display().to_string().replace(FILE_NAME, "*");
        short.replace(std::path::MAIN_SEPARATOR, "/")
    }

    fn found(&self) -> String {
        self.short(self.search_paths.find().file)
    }

    fn outside(&self) -> String {
        self.short(self.search_paths.find().outside)
    }
}

#[test]
fn cf_1_3_roots_first_then_the_nearest() {
    let mut files = vec!["node_modules/x/staticwebapp.config.json"];
    let mut found = |file: &'static str| {
        files.push(file);
        let mut app = app("dist", &files);
        app.search_paths.app_is_named = true;
        app.found()
    };
    assert_eq!(found("node_modules/y/z"), "", "packages are not searched");
    assert_eq!(found("a/b/staticwebapp.config.json"), "a/b/*");
    assert_eq!(found("z/staticwebapp.config.json"), "z/*", "the nearest");
    assert_eq!(found("dist/staticwebapp.config.json"), "dist/*", "a root");
    assert_eq!(found("staticwebapp.config.json"), "*", "the first root");
}

#[test]
fn cf_3_others_are_named() {
    let files = ["staticwebapp.config.json", "dist/staticwebapp.config.json"];
    let app = app("dist", &files);
    let others = app.search_paths.find().others;
    assert_eq!(others, [app.root.path().join(files[1])]);
}

#[test]
fn cf_1_rules_of_another_app_are_not_taken() {
    let admin = "packages/admin/public/staticwebapp.config.json";
    let mut app = app(
        "packages/site/dist",
        &[admin, "packages/admin/package.json"],
    );
    assert_eq!((app.found(), app.outside()), (String::new(), String::new()));
    app.search_paths.config_location = Some(app.root.path().join("packages/site"));
    assert_eq!(app.found(), "", "nor beside the folder that was named");
    // Not even below an app location that was named: it is a project of its own.
    app.search_paths.app_is_named = true;
    assert_eq!(app.found(), "");
    let own = app.root.path().join("packages/site/dist/sub");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join(FILE_NAME), "{}").unwrap();
    assert_eq!(app.found(), "packages/site/dist/sub/*");
}

#[test]
fn cf_1_with_a_dev_server_the_source_comes_before_the_built_copy() {
    let source = "public/staticwebapp.config.json";
    let built = "dist/staticwebapp.config.json";
    let mut app = app("dist", &[source, built]);
    assert_eq!(app.found(), "dist/*");
    app.search_paths.has_dev_server = true;
    assert_eq!(app.found(), "public/*");
    assert_eq!(app.search_paths.find().others, [] as [PathBuf; 0]);
    app.search_paths.config_location = Some(app.root.path().join("dist"));
    assert_eq!(app.found(), "dist/*", "the folder that was named");
}

#[test]
fn cf_1_a_file_just_outside_is_named() {
    let served = |output: &str, file: &str| {
        let mut app = app(output, &[file]);
        app.search_paths.app_location = app.search_paths.output_location.clone();
        (app.found(), app.outside())
    };
    let none = |outside: &str| (String::new(), outside.to_owned());
    assert_eq!(served("src", "staticwebapp.config.json"), none("*"));
    assert_eq!(served("a/b/c", "staticwebapp.config.json"), none(""));
    let app = app("dist", &["public/staticwebapp.config.json"]);
    assert_eq!((app.found(), app.outside()), none("public/*"));
}
