//! The table of frameworks. The first that fits counts: what is built upon others stands before them.
//!
//! Commands, ports and folders are those of each framework's own documentation in its present version.

use super::project::Project;
use Sign::{Dependency, File, Says};

/// One framework.
#[derive(Debug)]
pub(super) struct Framework {
    /// As it calls itself.
    pub(super) name: &'static str,
    /// How it is recognised: all of them.
    signs: &'static [Sign],
    /// What starts its dev server.
    pub(super) dev: Command,
    /// Where that listens.
    pub(super) port: u16,
    /// What builds the app.
    pub(super) build: Command,
    /// Where the build goes, the usual folder first.
    pub(super) outputs: &'static [&'static str],
    /// Files that may name another port or folder; the first that exists counts.
    pub(super) config: &'static [&'static str],
    /// Whether it builds apps made with a library, which its name then mentions.
    with_library: bool,
}

/// One sign of a framework.
#[derive(Debug)]
enum Sign {
    /// One of these packages is among the dependencies of `package.json`.
    Dependency(&'static [&'static str]),
    /// One of these files exists.
    File(&'static [&'static str]),
    /// The file contains the text.
    Says(&'static str, &'static str),
}

/// A command of a project.
#[derive(Debug)]
pub(super) struct Command {
    /// Scripts of `package.json`; the first that exists is run.
    scripts: &'static [&'static str],
    /// Without them.
    words: &'static str,
}

/// Libraries that apps of a bundler are made with.
const LIBRARIES: [(&str, &str); 9] = [
    ("react", "React"),
    ("vue", "Vue"),
    ("svelte", "Svelte"),
    ("preact", "Preact"),
    ("solid-js", "Solid"),
    ("lit", "Lit"),
    ("aurelia", "Aurelia"),
    ("riot", "Riot"),
    ("alpinejs", "Alpine"),
];

impl Framework {
    /// What the project shows of the framework, in words; `None` if that is not enough.
    pub(super) fn recognise(&self, project: &Project) -> Option<String> {
        let mut shown = self.signs.iter().map(|sign| sign.shown(project));
        let first = shown.next()??;
        shown.all(|sign| sign.is_some()).then_some(first)
    }

    /// The name, with the library that the app is made with.
    pub(super) fn full_name(&self, project: &Project) -> String {
        let library = LIBRARIES
            .iter()
            .find(|(package, _)| self.with_library && project.depends_on(package));
        match library {
            Some((_, library)) => format!("{} with {library}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// The package of a Node.js framework that must be installed.
    pub(super) fn package(&self, project: &Project) -> Option<&'static str> {
        self.signs.iter().find_map(|sign| match sign {
            Dependency(packages) => packages
                .iter()
                .find(|package| project.depends_on(package))
                .copied(),
            File(_) | Says(..) => None,
        })
    }
}

impl Sign {
    fn shown(&self, project: &Project) -> Option<String> {
        match self {
            Dependency(packages) => {
                let package = packages
                    .iter()
                    .find(|package| project.depends_on(package))?;
                Some(format!("`{package}` in package.json"))
            }
            File(names) => Some(format!("`{}`", project.first_of(names)?)),
            Says(file, said) => {
                let says = project.text(file)?.contains(said);
                says.then(|| format!("`{said}` in {file}"))
            }
        }
    }
}

impl Command {
    /// The script that is run, if there is one.
    pub(super) fn script(&self, project: &Project) -> Option<&'static str> {
        let mut scripts = self.scripts.iter();
        scripts.find(|name| project.script(name).is_some()).copied()
    }

    /// The command, for a shell.
    pub(super) fn of(&self, project: &Project) -> String {
        match self.script(project) {
            Some(script) => format!("{} run {script}", project.package_manager()),
            None => self.words.to_owned(),
        }
    }
}

/// A framework of Node.js: scripts and the command without them, for the dev server and for the build.
const fn node(
    name: &'static str,
    signs: &'static [Sign],
    (dev_scripts, dev, port): (&'static [&'static str], &'static str, u16),
    (build_scripts, build): (&'static [&'static str], &'static str),
    outputs: &'static [&'static str],
) -> Framework {
    Framework {
        name,
        signs,
        dev: Command {
            scripts: dev_scripts,
            words: dev,
        },
        port,
        build: Command {
            scripts: build_scripts,
            words: build,
        },
        outputs,
        config: &[],
        with_library: false,
    }
}

/// A framework of another language: its commands as they are.
const fn native(
    name: &'static str,
    signs: &'static [Sign],
    (dev, port): (&'static str, u16),
    build: &'static str,
    output: &'static [&'static str],
) -> Framework {
    node(name, signs, (&[], dev, port), (&[], build), output)
}

impl Framework {
    const fn config(mut self, files: &'static [&'static str]) -> Self {
        self.config = files;
        self
    }

    const fn with_library(mut self) -> Self {
        self.with_library = true;
        self
    }
}

const VITE: &[&str] = &[
    "vite.config.ts",
    "vite.config.js",
    "vite.config.mjs",
    "vite.config.mts",
];
const DEV: &[&str] = &["dev", "start", "serve"];
const START: &[&str] = &["start", "dev", "serve", "develop"];
const SERVE: &[&str] = &["serve", "dev", "start"];
const BUILD: &[&str] = &["build"];

#[rustfmt::skip]
pub(super) static FRAMEWORKS: &[Framework] = &[
    node("Next.js", &[Dependency(&["next"])], (DEV, "npx next dev", 3000), (BUILD, "npx next build"), &["out"]),
    node("Nuxt", &[Dependency(&["nuxt", "nuxt3", "nuxt-edge"])], (DEV, "npx nuxt dev", 3000),
        (&["generate"], "npx nuxt generate"), &[".output/public", "dist"]),
    node("SvelteKit", &[Dependency(&["@sveltejs/kit"])], (DEV, "npx vite dev", 5173), (BUILD, "npx vite build"), &["build"])
        .config(VITE),
    node("Astro", &[Dependency(&["astro"])], (DEV, "npx astro dev", 4321), (BUILD, "npx astro build"), &["dist"])
        .config(&["astro.config.mjs", "astro.config.ts", "astro.config.js"]),
    node("React Router", &[Dependency(&["@react-router/dev"])], (DEV, "npx react-router dev", 5173),
        (BUILD, "npx react-router build"), &["build/client"]).config(VITE),
    node("Remix", &[Dependency(&["@remix-run/dev", "@remix-run/node", "@remix-run/server-runtime"])],
        (DEV, "npx remix vite:dev", 5173), (BUILD, "npx remix vite:build"), &["build/client", "public/build"]).config(VITE),
    node("Gatsby", &[Dependency(&["gatsby"])], (&["develop", "dev", "start"], "npx gatsby develop", 8000),
        (BUILD, "npx gatsby build"), &["public"]),
    node("Docusaurus", &[Dependency(&["@docusaurus/core"])], (START, "npx docusaurus start", 3000),
        (BUILD, "npx docusaurus build"), &["build"]),
    node("SolidStart", &[Dependency(&["@solidjs/start"])], (DEV, "npx vinxi dev", 3000), (BUILD, "npx vinxi build"),
        &[".output/public"]),
    node("Qwik", &[Dependency(&["@builder.io/qwik", "@qwik.dev/core"])], (DEV, "npx vite --mode ssr", 5173),
        (BUILD, "npx qwik build"), &["dist"]).config(VITE),
    node("VitePress", &[Dependency(&["vitepress"])], (&["docs:dev", "dev"], "npx vitepress dev docs", 5173),
        (&["docs:build", "build"], "npx vitepress build docs"), &["docs/.vitepress/dist", ".vitepress/dist"]),
    node("VuePress", &[Dependency(&["vuepress"])], (&["docs:dev", "dev"], "npx vuepress dev docs", 8080),
        (&["docs:build", "build"], "npx vuepress build docs"), &["docs/.vuepress/dist", ".vuepress/dist"]),
    node("Gridsome", &[Dependency(&["gridsome"])], (&["develop", "dev", "start"], "npx gridsome develop", 8080),
        (BUILD, "npx gridsome build"), &["dist"]),
    node("Scully", &[Dependency(&["@scullyio/scully"])], (&["start"], "npx ng serve", 4200),
        (&["scully", "build"], "npx scully"), &["dist/static"]),
    node("Angular", &[Dependency(&["@angular/core"]), File(&["angular.json"])], (&["start", "dev"], "npx ng serve", 4200),
        (BUILD, "npx ng build"), &["dist"]).config(&["angular.json"]),
    node("Ember", &[Dependency(&["ember-cli", "ember-source"])], (&["start"], "npx ember serve", 4200),
        (BUILD, "npx ember build --environment=production"), &["dist"]),
    node("Stencil", &[Dependency(&["@stencil/core"])], (&["start", "dev"], "npx stencil build --dev --watch --serve", 3333),
        (BUILD, "npx stencil build"), &["www"]),
    node("Hexo", &[Dependency(&["hexo"])], (&["server", "dev", "start"], "npx hexo server", 4000), (BUILD, "npx hexo generate"),
        &["public"]),
    node("Eleventy", &[Dependency(&["@11ty/eleventy"])], (START, "npx @11ty/eleventy --serve", 8080),
        (BUILD, "npx @11ty/eleventy"), &["_site"]),
    node("Quasar", &[Dependency(&["@quasar/app-vite", "@quasar/app-webpack"])], (DEV, "npx quasar dev", 9000),
        (BUILD, "npx quasar build"), &["dist/spa", "dist/pwa"]),
    node("Preact CLI", &[Dependency(&["preact-cli"])], (DEV, "npx preact watch", 8080), (BUILD, "npx preact build"), &["build"]),
    node("Vue CLI", &[Dependency(&["@vue/cli-service"])], (SERVE, "npx vue-cli-service serve", 8080),
        (BUILD, "npx vue-cli-service build"), &["dist"]).config(&["vue.config.js"]),
    node("Create React App", &[Dependency(&["react-scripts"])], (&["start", "dev"], "npx react-scripts start", 3000),
        (BUILD, "npx react-scripts build"), &["build"]),
    node("React Static", &[Dependency(&["react-static"])], (&["start", "dev"], "npx react-static start", 3000),
        (BUILD, "npx react-static build"), &["dist"]),
    node("Sapper", &[Dependency(&["sapper"])], (DEV, "npx sapper dev", 3000), (&["export"], "npx sapper export"),
        &["__sapper__/export"]),
    node("Brunch", &[Dependency(&["brunch"])], (START, "npx brunch watch --server", 3333), (BUILD, "npx brunch build --production"),
        &["public"]),
    node("Aurelia", &[Dependency(&["aurelia-cli", "aurelia-bootstrapper"])], (&["start"], "npx au run", 8080),
        (BUILD, "npx au build --env prod"), &["dist"]),
    node("Polymer", &[Dependency(&["@polymer/polymer"]), File(&["polymer.json"])], (&["start", "serve"], "npx polymer serve", 8081),
        (BUILD, "npx polymer build --preset es6-bundled"), &["build/es6-bundled", "build/default"]),
    node("Vite", &[Dependency(&["vite"]), File(&["index.html", "vite.config.ts", "vite.config.js", "vite.config.mjs", "vite.config.mts"])],
        (DEV, "npx vite", 5173), (BUILD, "npx vite build"), &["dist"]).config(VITE).with_library(),
    node("Rsbuild", &[Dependency(&["@rsbuild/core"])], (DEV, "npx rsbuild dev", 3000), (BUILD, "npx rsbuild build"), &["dist"])
        .config(&["rsbuild.config.ts", "rsbuild.config.js", "rsbuild.config.mjs"]).with_library(),
    node("Parcel", &[Dependency(&["parcel", "parcel-bundler"])], (START, "npx parcel src/index.html", 1234),
        (BUILD, "npx parcel build src/index.html"), &["dist"]).with_library(),
    node("webpack", &[Dependency(&["webpack-dev-server"])], (START, "npx webpack serve", 8080), (BUILD, "npx webpack --mode production"),
        &["dist", "public", "build"]).config(&["webpack.config.js", "webpack.config.ts", "webpack.config.cjs"]).with_library(),
    node("Svelte", &[Dependency(&["svelte"]), Dependency(&["rollup"])], (DEV, "npx rollup -c -w", 8080), (BUILD, "npx rollup -c"),
        &["public"]),
    node("Metalsmith", &[Dependency(&["metalsmith"])], (SERVE, "npx metalsmith --watch", 3000), (&["build", "start"], "npx metalsmith"),
        &["build"]),
    node("Riot", &[Dependency(&["riot"])], (START, "npx riot-scripts start", 3000), (BUILD, "npx riot-scripts build"), &["dist"]),
    node("Lit", &[Dependency(&["lit", "lit-element"]), Dependency(&["@web/dev-server"])], (START, "npx web-dev-server", 8000),
        (BUILD, "npx rollup -c"), &["dist", "build"]),
    native("Blazor", &[Says("Program.cs", "WebAssemblyHostBuilder"), File(&["*.csproj"]), File(&["wwwroot/"])],
        ("dotnet watch run", 5000), "dotnet publish -c Release -o bin", &["bin/wwwroot"]),
    native("Hugo", &[File(&["hugo.toml", "hugo.yaml", "hugo.json", "config/_default/hugo.toml", "config/_default/config.toml"])],
        ("hugo server -D", 1313), "hugo", &["public"]).config(&["hugo.toml", "hugo.yaml", "hugo.json"]),
    native("Hugo", &[Says("config.toml", "baseURL"), File(&["content/", "themes/", "layouts/"])],
        ("hugo server -D", 1313), "hugo", &["public"]).config(&["config.toml"]),
    native("Zola", &[Says("config.toml", "base_url"), File(&["content/", "templates/"])], ("zola serve", 1111), "zola build", &["public"])
        .config(&["config.toml"]),
    native("Jekyll", &[File(&["_config.yml", "_config.yaml"]), File(&["Gemfile", "_posts/", "_layouts/"])],
        ("bundle exec jekyll serve --livereload", 4000), "bundle exec jekyll build", &["_site"])
        .config(&["_config.yml", "_config.yaml"]),
    native("Middleman", &[File(&["config.rb"]), File(&["source/"]), File(&["Gemfile"])], ("bundle exec middleman server", 4567),
        "bundle exec middleman build", &["build"]),
    native("MkDocs", &[File(&["mkdocs.yml", "mkdocs.yaml"])], ("mkdocs serve", 8000), "mkdocs build", &["site"]),
    native("Pelican", &[File(&["pelicanconf.py"])], ("pelican --autoreload --listen", 8000), "pelican content", &["output"])
        .config(&["pelicanconf.py"]),
    native("Lektor", &[File(&["content/contents.lr"]), File(&["*.lektorproject"])], ("lektor server", 5000), "lektor build --output-path dist", &["dist"]),
    native("mdBook", &[File(&["book.toml"])], ("mdbook serve", 3000), "mdbook build", &["book"]),
    native("Flutter", &[File(&["pubspec.yaml"]), File(&["web/"])], ("flutter run -d web-server --web-port 8080", 8080),
        "flutter build web", &["build/web"]),
    native("Trunk", &[File(&["Trunk.toml"])], ("trunk serve", 8080), "trunk build --release", &["dist"]).config(&["Trunk.toml"]),
    native("Elm", &[File(&["elm.json"])], ("elm reactor", 8000), "elm make src/Main.elm --optimize", &["."]),
];
