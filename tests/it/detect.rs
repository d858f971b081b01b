//! Which framework a project is made with, seen through `cygnet init`: a fixture for each.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::emulator::write;

fn init(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cygnet"))
        .arg("init")
        .args(args)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn written(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("swa-cli.config.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A `package.json` with dependencies and scripts, each a list of names.
fn package(dependencies: &[&str], scripts: &[&str]) -> String {
    let object = |names: &[&str], value: &str| -> Value {
        names
            .iter()
            .map(|name| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    json!({ "devDependencies": object(dependencies, "*"), "scripts": object(scripts, "true") })
        .to_string()
}

/// Name, dependencies, scripts, other files; then what is found: dev command, port, build command, output folder.
#[rustfmt::skip]
const NODE: &[(&str, &[&str], &[&str], &[(&str, &str)], (&str, u16, &str, &str))] = &[
    ("Vite with React", &["vite", "react"], &["dev", "build"], &[("index.html", "")], ("npm run dev", 5173, "npm run build", "dist")),
    ("Vite with Vue", &["vite", "vue"], &[], &[("vite.config.ts", "export default { server: { port: 3001 }, build: { outDir: './www/' } }")],
        ("npx vite", 3001, "npx vite build", "www")),
    ("Vite with Svelte", &["vite", "svelte"], &["dev", "build"], &[("index.html", "")], ("npm run dev", 5173, "npm run build", "dist")),
    ("Vite", &["vite"], &["dev"], &[("index.html", "")], ("npm run dev", 5173, "npx vite build", "dist")),
    ("Next.js", &["next", "react"], &["dev", "build"], &[], ("npm run dev", 3000, "npm run build", "out")),
    ("Nuxt", &["nuxt", "vue"], &["dev", "build", "generate"], &[], ("npm run dev", 3000, "npm run generate", ".output/public")),
    ("SvelteKit", &["@sveltejs/kit", "svelte", "vite"], &["dev", "build"], &[("vite.config.js", "")], ("npm run dev", 5173, "npm run build", "build")),
    ("Astro", &["astro", "react"], &["dev", "build"], &[("astro.config.mjs", "export default { outDir: 'site' }")], ("npm run dev", 4321, "npm run build", "site")),
    ("React Router", &["@react-router/dev", "react", "vite"], &["dev", "build"], &[("vite.config.ts", "")], ("npm run dev", 5173, "npm run build", "build/client")),
    ("Remix", &["@remix-run/dev", "react", "vite"], &["dev", "build"], &[("vite.config.ts", "")], ("npm run dev", 5173, "npm run build", "build/client")),
    ("Gatsby", &["gatsby", "react"], &["develop", "start", "build"], &[], ("npm run develop", 8000, "npm run build", "public")),
    ("Docusaurus", &["@docusaurus/core", "react"], &["start", "build"], &[], ("npm run start", 3000, "npm run build", "build")),
    ("SolidStart", &["@solidjs/start", "solid-js"], &["dev", "build"], &[], ("npm run dev", 3000, "npm run build", ".output/public")),
    ("Qwik", &["@builder.io/qwik", "vite"], &["dev", "build"], &[("vite.config.ts", "")], ("npm run dev", 5173, "npm run build", "dist")),
    ("VitePress", &["vitepress", "vue"], &["docs:dev", "docs:build"], &[("docs/index.md", "")], ("npm run docs:dev", 5173, "npm run docs:build", "docs/.vitepress/dist")),
    ("VuePress", &["vuepress", "vue"], &["docs:dev", "docs:build"], &[], ("npm run docs:dev", 8080, "npm run docs:build", "docs/.vuepress/dist")),
    ("Gridsome", &["gridsome"], &["develop", "build"], &[], ("npm run develop", 8080, "npm run build", "dist")),
    ("Scully", &["@scullyio/scully", "@angular/core"], &["start", "scully"], &[("angular.json", "{}")], ("npm run start", 4200, "npm run scully", "dist/static")),
    ("Angular", &["@angular/core"], &["start", "build"],
        &[("angular.json", r#"{"projects": {"shop": {"architect": {"build": {"builder": "@angular/build:application", "options": {"outputPath": "dist/shop"}}}}}}"#)],
        ("npm run start", 4200, "npm run build", "dist/shop/browser")),
    ("Angular", &["@angular/core"], &["start", "build"],
        &[("angular.json", r#"{"projects": {"shop": {"architect": {"build": {"builder": "@angular-devkit/build-angular:browser", "options": {"outputPath": "out"}}}}}}"#)],
        ("npm run start", 4200, "npm run build", "out")),
    ("Ember", &["ember-cli", "ember-source"], &["start", "build"], &[], ("npm run start", 4200, "npm run build", "dist")),
    ("Stencil", &["@stencil/core"], &["start", "build"], &[], ("npm run start", 3333, "npm run build", "www")),
    ("Hexo", &["hexo"], &["server", "build"], &[], ("npm run server", 4000, "npm run build", "public")),
    ("Eleventy", &["@11ty/eleventy"], &[], &[], ("npx @11ty/eleventy --serve", 8080, "npx @11ty/eleventy", "_site")),
    ("Quasar", &["@quasar/app-vite", "vue"], &["dev", "build"], &[], ("npm run dev", 9000, "npm run build", "dist/spa")),
    ("Preact CLI", &["preact-cli", "preact"], &["dev", "build"], &[], ("npm run dev", 8080, "npm run build", "build")),
    ("Vue CLI", &["@vue/cli-service", "vue"], &["serve", "build"], &[("vue.config.js", "module.exports = { outputDir: \"web\" }")], ("npm run serve", 8080, "npm run build", "web")),
    ("Create React App", &["react-scripts", "react"], &["start", "build"], &[("public/index.html", "%PUBLIC_URL%")], ("npm run start", 3000, "npm run build", "build")),
    ("React Static", &["react-static", "react"], &["start", "build"], &[], ("npm run start", 3000, "npm run build", "dist")),
    ("Sapper", &["sapper", "svelte"], &["dev", "export"], &[], ("npm run dev", 3000, "npm run export", "__sapper__/export")),
    ("Brunch", &["brunch"], &["start", "build"], &[], ("npm run start", 3333, "npm run build", "public")),
    ("Aurelia", &["aurelia-cli"], &["start", "build"], &[], ("npm run start", 8080, "npm run build", "dist")),
    ("Polymer", &["@polymer/polymer"], &[], &[("polymer.json", "{}")], ("npx polymer serve", 8081, "npx polymer build --preset es6-bundled", "build/es6-bundled")),
    ("Rsbuild with React", &["@rsbuild/core", "react"], &["dev", "build"], &[], ("npm run dev", 3000, "npm run build", "dist")),
    ("Parcel", &["parcel"], &["start", "build"], &[], ("npm run start", 1234, "npm run build", "dist")),
    ("webpack with React", &["webpack-dev-server", "react"], &["start", "build"], &[], ("npm run start", 8080, "npm run build", "dist")),
    ("Svelte", &["svelte", "rollup"], &["dev", "build"], &[], ("npm run dev", 8080, "npm run build", "public")),
    ("Metalsmith", &["metalsmith"], &["serve", "start"], &[], ("npm run serve", 3000, "npm run start", "build")),
    ("Riot", &["riot"], &["start", "build"], &[], ("npm run start", 3000, "npm run build", "dist")),
    ("Lit", &["lit", "@web/dev-server"], &["start", "build"], &[], ("npm run start", 8000, "npm run build", "dist")),
];

/// Name and files; then what is found.
#[rustfmt::skip]
const OTHERS: &[(&str, &[(&str, &str)], (&str, u16, &str, &str))] = &[
    ("Blazor", &[("App.csproj", ""), ("Program.cs", "WebAssemblyHostBuilder.CreateDefault(args)"), ("wwwroot/index.html", "")],
        ("dotnet watch run", 5000, "dotnet publish -c Release -o bin", "bin/wwwroot")),
    ("Hugo", &[("hugo.toml", "publishDir = \"web\"")], ("hugo server -D", 1313, "hugo", "web")),
    ("Hugo", &[("config.toml", "baseURL = '/'"), ("content/_index.md", "")], ("hugo server -D", 1313, "hugo", "public")),
    ("Zola", &[("config.toml", "base_url = '/'"), ("content/_index.md", "")], ("zola serve", 1111, "zola build", "public")),
    ("Jekyll", &[("_config.yml", "port: 4001"), ("Gemfile", "")], ("bundle exec jekyll serve --livereload", 4001, "bundle exec jekyll build", "_site")),
    ("Middleman", &[("config.rb", ""), ("Gemfile", ""), ("source/index.html.erb", "")], ("bundle exec middleman server", 4567, "bundle exec middleman build", "build")),
    ("MkDocs", &[("mkdocs.yml", "")], ("mkdocs serve", 8000, "mkdocs build", "site")),
    ("Pelican", &[("pelicanconf.py", "OUTPUT_PATH = 'html'")], ("pelican --autoreload --listen", 8000, "pelican content", "html")),
    ("Lektor", &[("my.lektorproject", ""), ("content/contents.lr", "")], ("lektor server", 5000, "lektor build --output-path dist", "dist")),
    ("mdBook", &[("book.toml", "")], ("mdbook serve", 3000, "mdbook build", "book")),
    ("Flutter", &[("pubspec.yaml", ""), ("web/index.html", "")], ("flutter run -d web-server --web-port 8080", 8080, "flutter build web", "build/web")),
    ("Trunk", &[("Trunk.toml", "[serve]\nport = 8081")], ("trunk serve", 8081, "trunk build --release", "dist")),
    ("Elm", &[("elm.json", "{}")], ("elm reactor", 8000, "elm make src/Main.elm --optimize", ".")),
];

fn found(files: &[(&str, &str)], name: &str, (dev, port, build, output): (&str, u16, &str, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("My App");
    for (path, content) in files {
        write(&app, path, content);
    }
    let ended = init(&app, &["--yes"]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{name}: {said}");
    assert!(
        said.starts_with(&format!("{name} was found here (`")),
        "{name}: {said}"
    );
    let expected = json!({
        "appLocation": ".",
        "outputLocation": output,
        "appBuildCommand": build,
        "run": dev,
        "appDevserverUrl": format!("http://localhost:{port}"),
    });
    assert_eq!(
        written(&app)["configurations"]["my-app"],
        expected,
        "{name}"
    );
}

#[test]
fn each_framework_is_known_by_its_files() {
    for (name, dependencies, scripts, files, expected) in NODE {
        let package = package(dependencies, scripts);
        let files = [&[("package.json", package.as_str())], *files].concat();
        found(&files, name, *expected);
    }
    for (name, files, expected) in OTHERS {
        found(files, name, *expected);
    }
}

#[test]
fn what_only_resembles_a_framework_is_none() {
    for files in [
        // A library that is built with Vite, and a workspace that only has it.
        &[("package.json", r#"{"devDependencies": {"vite": "*"}}"#)][..],
        &[("package.json", r#"{"dependencies": ["next"]}"#)],
        &[("package.json", "not json")],
        &[("config.toml", "base_url = '/'")],
        &[("_config.yml", "")],
        &[
            ("app.csproj", ""),
            ("Program.cs", "WebApplication.CreateBuilder(args)"),
        ],
        &[("pubspec.yaml", "")],
        &[("src/main.js", "")],
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            write(folder.path(), path, content);
        }
        let ended = init(folder.path(), &["--yes"]);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{files:?}: {said}");
        assert!(
            said.contains("no app of a framework was found") && said.contains("hint: "),
            "{said}"
        );
    }
}

#[test]
fn the_lock_file_says_who_runs_the_scripts() {
    for (lock, command) in [
        ("pnpm-lock.yaml", "pnpm run dev"),
        ("yarn.lock", "yarn run dev"),
        ("package-lock.json", "npm run dev"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        // Of a workspace: the lock file lies above the app.
        write(folder.path(), lock, "");
        write(
            folder.path(),
            "apps/web/package.json",
            package(&["vite"], &["dev"]),
        );
        write(folder.path(), "apps/web/index.html", "");
        assert!(
            init(&folder.path().join("apps/web"), &["--yes"])
                .status
                .success()
        );
        let written = written(&folder.path().join("apps/web"));
        assert_eq!(written["configurations"]["web"]["run"], command);
    }
}

#[test]
fn init_names_the_functions_and_what_it_wrote_is_served() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "index.html", "<h1>plain</h1>");
    write(folder.path(), "api/host.json", "{}");
    let ended = init(folder.path(), &["site"]);
    assert!(ended.status.success());
    let written = written(folder.path());
    assert_eq!(
        written["$schema"],
        "https://aka.ms/azure/static-web-apps-cli/schema"
    );
    let expected = json!({ "appLocation": ".", "outputLocation": ".", "apiLocation": "api" });
    assert_eq!(written["configurations"]["site"], expected);
    let shown: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(shown, written, "it shows what it writes");
    let emulator = crate::emulator::Emulator::start(folder.path(), &["--api-location="]);
    assert_eq!(emulator.get("/").text(), "<h1>plain</h1>");
}

#[test]
fn init_writes_over_nothing_unless_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "index.html", "");
    write(folder.path(), "swa-cli.config.json", "mine");
    let refused = init(folder.path(), &["--yes"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains("swa-cli.config.json is there already") && said.contains("--force"),
        "{said}"
    );
    let file = folder.path().join("swa-cli.config.json");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert!(init(folder.path(), &["--yes", "--force"]).status.success());
    assert!(written(folder.path())["configurations"].is_object());
}

#[test]
fn each_app_of_a_monorepo_is_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "package.json",
        r#"{"workspaces": ["apps/*"], "devDependencies": {"vite": "*"}}"#,
    );
    for app in ["shop", "Admin Area"] {
        write(
            folder.path(),
            &format!("apps/{app}/package.json"),
            package(&["vite"], &["dev"]),
        );
        write(folder.path(), &format!("apps/{app}/index.html"), "");
        // What it was built into, and an example inside of it, are no apps.
        write(
            folder.path(),
            &format!("apps/{app}/dist/package.json"),
            package(&["next"], &[]),
        );
        write(
            folder.path(),
            &format!("apps/{app}/examples/package.json"),
            package(&["next"], &[]),
        );
    }
    write(folder.path(), "apps/shop/api/host.json", "{}");
    write(folder.path(), "apps/Admin Area/api/host.json", "{}");
    write(
        folder.path(),
        "node_modules/astro/package.json",
        package(&["astro"], &[]),
    );
    let ended = init(folder.path(), &["--yes"]);
    let said = String::from_utf8_lossy(&ended.stderr);
    for line in [
        "Vite was found in apps/Admin Area",
        "Vite was found in apps/shop",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let configurations = &written(folder.path())["configurations"];
    assert_eq!(
        configurations.as_object().unwrap().len(),
        2,
        "{configurations}"
    );
    let shop = &configurations["apps-shop"];
    assert_eq!(
        (&shop["appLocation"], &shop["apiLocation"]),
        (&json!("apps/shop"), &json!("apps/shop/api"))
    );
    let admin = &configurations["apps-admin-area"];
    assert_eq!(admin["apiLocation"], "apps/Admin Area/api");
}
