//! Real dev servers from npm behind the real binary, which starts them with `--run`: Vite with React, webpack, Astro.
//!
//! Needs Node.js with npm, and the npm registry. Versions are pinned; each test installs into a folder of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::walk::walk;
use crate::emulator::{Emulator, Response, cookie, free_port, write};

/// Installs and first compilations on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// A project with its packages installed, and the emulator that runs its dev server.
struct Project {
    // First, so that the dev server ends before its files do.
    emulator: Emulator,
    folder: tempfile::TempDir,
}

impl Project {
    fn start(files: &[(&str, &str)], command: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            write(folder.path(), name, content);
        }
        npm(
            folder.path(),
            &["install", "--no-audit", "--no-fund", "--loglevel=error"],
        );
        let emulator = run(folder.path(), command);
        Self { emulator, folder }
    }

    /// The same project by another command.
    fn by(self, command: &str) -> Self {
        let Self { emulator, folder } = self;
        drop(emulator);
        let emulator = run(folder.path(), command);
        Self { emulator, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The first 200 for a path; a dev server may listen before it can serve.
    fn page(&self, path: &str) -> Response {
        let start = Instant::now();
        loop {
            let answer = self
                .emulator
                .send("GET", path, &[("Accept", "text/html")], b"");
            if answer.status == 200 {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "{path}: {}", answer.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Opens a WebSocket as this origin's page does.
    fn socket(&self, path: &str, protocol: Option<&str>) -> (TcpStream, String) {
        let mut stream = self.emulator.connect();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let protocol = protocol.map_or(String::new(), |name| {
            format!("Sec-WebSocket-Protocol: {name}\r\n")
        });
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: {}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n",
            self.emulator.port,
            self.emulator.url()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut byte = [0];
        while !answer.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        (stream, answer)
    }
}

/// Starts the emulator, and by it the dev server, on the port that `{port}` stands for.
fn run(folder: &Path, command: &str) -> Emulator {
    let port = free_port();
    let url = format!("http://localhost:{port}");
    let command = command.replace("{port}", &port.to_string());
    let emulator = Emulator::start(folder, &[&url, "--run", &command]);
    emulator.wait_for_output_within("answers after", PATIENCE);
    emulator
}

/// Reads messages until one contains `part`.
fn message(socket: &mut TcpStream, part: &str) -> String {
    loop {
        let text = frame(socket);
        if text.contains(part) {
            return text;
        }
    }
}

/// One unmasked frame of a server (RFC 6455, 5.2).
fn frame(socket: &mut TcpStream) -> String {
    let mut head = [0; 2];
    socket.read_exact(&mut head).unwrap();
    let length = match head[1] & 0x7f {
        126 => {
            let mut length = [0; 2];
            socket.read_exact(&mut length).unwrap();
            u16::from_be_bytes(length).into()
        }
        127 => {
            let mut length = [0; 8];
            socket.read_exact(&mut length).unwrap();
            usize::try_from(u64::from_be_bytes(length)).unwrap()
        }
        length => length.into(),
    };
    let mut payload = vec![0; length];
    socket.read_exact(&mut payload).unwrap();
    assert_ne!(
        head[0] & 0x0f,
        8,
        "the server closed the socket: {payload:?}"
    );
    String::from_utf8_lossy(&payload).into_owned()
}

#[test]
fn vite_with_react_serves_and_tells_its_updates() {
    let app = "export default function App() { return <h1>before</h1> }\n";
    let project = Project::start(
        &[
            (
                "package.json",
                r#"{ "private": true, "type": "module",
                "dependencies": { "react": "19.1.0", "react-dom": "19.1.0" },
                "devDependencies": { "vite": "7.1.5", "@vitejs/plugin-react": "5.0.2" } }"#,
            ),
            (
                "vite.config.js",
                "import react from '@vitejs/plugin-react'\nexport default { plugins: [react()], server: { strictPort: true } }\n",
            ),
            (
                "index.html",
                "<!doctype html><div id=\"root\"></div><script type=\"module\" src=\"/src/main.jsx\"></script>\n",
            ),
            (
                "src/main.jsx",
                "import { createRoot } from 'react-dom/client'\nimport App from './App.jsx'\ncreateRoot(document.getElementById('root')).render(<App />)\n",
            ),
            ("src/App.jsx", app),
            (
                "staticwebapp.config.json",
                r#"{
                "globalHeaders": { "X-App": "yes" },
                "routes": [{ "route": "/admin/*", "allowedRoles": ["admin"] }] }"#,
            ),
        ],
        "npx:vite --port {port}",
    );
    let page = project.page("/");
    assert!(page.text().contains("/@vite/client"), "{}", page.text());
    assert_eq!(page.header("x-app"), Some("yes"));
    assert_eq!(project.emulator.get("/admin/users").status, 401);

    let client = project.emulator.get("/@vite/client").text();
    let token = client
        .split_once("const wsToken = \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .expect("Vite's client has a token")
        .0;
    let (mut socket, head) = project.socket(&format!("/?token={token}"), Some("vite-hmr"));
    assert!(
        head.to_lowercase()
            .contains("sec-websocket-protocol: vite-hmr"),
        "{head}"
    );
    message(&mut socket, "\"connected\"");
    // The browser asks for the modules, and so Vite knows that somebody holds them.
    for module in ["/src/main.jsx", "/src/App.jsx"] {
        let answer = project.emulator.get(module);
        assert_eq!(answer.header("content-type"), Some("text/javascript"));
    }
    write(
        project.path(),
        "src/App.jsx",
        app.replace("before", "after"),
    );
    let update = message(&mut socket, "\"update\"");
    assert!(update.contains("/src/App.jsx"), "{update}");
    let module = project.emulator.get("/src/App.jsx?t=1").text();
    assert!(module.contains("after"), "{module}");

    // The same in a real browser, where React keeps the state of an edited component.
    let counting = "import { useState } from 'react'\nexport default function App() {\n  const [count, add] = useState(0)\n  return <><h1>now</h1><button onClick={() => add(count + 1)}>{count}</button></>\n}\n";
    let file = write(project.path(), "src/App.jsx", counting);
    crate::emulator::eventually("the new component", || {
        let module = project.emulator.get("/src/App.jsx").text();
        module.contains("useState")
    });
    walk("hmr.mjs", &[Path::new(&project.emulator.url()), &file]);
}

/// What `npm create vite` makes, and nothing that says how it is served.
const VITE_REACT: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{ "private": true, "type": "module", "scripts": { "dev": "vite", "build": "vite build" },
        "dependencies": { "react": "19.1.0", "react-dom": "19.1.0" },
        "devDependencies": { "vite": "7.1.5", "@vitejs/plugin-react": "5.0.2" } }"#,
    ),
    (
        "vite.config.js",
        "import react from '@vitejs/plugin-react'\nexport default { plugins: [react()] }\n",
    ),
    (
        "index.html",
        "<!doctype html><div id=\"root\"></div><script type=\"module\" src=\"/src/main.jsx\"></script>\n",
    ),
    (
        "src/main.jsx",
        "import { createRoot } from 'react-dom/client'\ncreateRoot(document.getElementById('root')).render(<h1>unconfigured</h1>)\n",
    ),
];

#[test]
fn vite_with_react_needs_no_configuration_at_all() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in VITE_REACT {
        write(folder.path(), name, content);
    }
    // Before anything is installed: what to type.
    let emulator = Emulator::start(folder.path(), &["--yes"]);
    emulator.wait_for_output("Vite with React was found here (`vite` in package.json)");
    emulator.wait_for_output("npm install && cygnet --run \"npm run dev\"");
    drop(emulator);
    npm(
        folder.path(),
        &["install", "--no-audit", "--no-fund", "--loglevel=error"],
    );

    let emulator = Emulator::start(folder.path(), &["--yes"]);
    emulator.wait_for_output_within("npm run dev listens at http://localhost:", PATIENCE);
    emulator.wait_for_output_within("ready in ", PATIENCE);
    let page = emulator.get("/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("/@vite/client"), "{}", page.text());
    let module = emulator.get("/src/main.jsx");
    assert!(module.text().contains("unconfigured"), "{}", module.text());
    assert_eq!(module.header("content-type"), Some("text/javascript"));
    drop(emulator);

    npm(folder.path(), &["run", "build"]);
    let emulator = Emulator::start(folder.path(), &[]);
    emulator.wait_for_output("serving its built output, dist");
    let page = emulator.get("/").text();
    let script = page
        .split("src=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a script");
    assert!(script.starts_with("/assets/"), "{page}");
    assert!(emulator.get(script).text().contains("unconfigured"));
}

fn npm(folder: &Path, args: &[&str]) {
    let ran = Command::new("npm").args(args).current_dir(folder).output();
    let ran = ran.expect("npm runs; install Node.js with npm");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "npm {args:?}: {said}");
}

#[test]
fn webpack_serves_falls_back_and_tells_its_updates() {
    let project = Project::start(
        &[
            (
                "package.json",
                r#"{ "private": true, "scripts": { "dev": "webpack serve --mode development --no-open" },
                "devDependencies": { "webpack": "5.101.3", "webpack-cli": "6.0.1", "webpack-dev-server": "5.2.2" } }"#,
            ),
            ("src/index.js", "document.title = 'before'\n"),
            (
                "public/index.html",
                "<!doctype html><title>webpack</title><script src=\"/main.js\"></script>\n",
            ),
            (
                "staticwebapp.config.json",
                r#"{ "navigationFallback": { "rewrite": "/index.html", "exclude": ["*.js"] } }"#,
            ),
        ],
        "npm run dev -- --port {port}",
    );
    assert!(project.page("/").text().contains("<title>webpack</title>"));
    let deep = project.page("/deep/link");
    assert!(deep.text().contains("<title>webpack</title>"), "NF-1");
    assert_eq!(project.emulator.get("/missing.js").status, 404);
    assert!(project.page("/main.js").text().contains("before"));

    let (mut socket, _) = project.socket("/ws", None);
    message(&mut socket, "\"hot\"");
    message(&mut socket, "\"ok\"");
    write(project.path(), "src/index.js", "document.title = 'after'\n");
    message(&mut socket, "\"hash\"");
    message(&mut socket, "\"ok\"");
    assert!(project.page("/main.js").text().contains("after"));
}

#[test]
fn astro_renders_takes_forms_and_knows_who_is_signed_in() {
    let project = Project::start(
        &[
            (
                "package.json",
                r#"{ "private": true, "type": "module",
                "dependencies": { "astro": "5.13.5", "@astrojs/node": "9.4.3" } }"#,
            ),
            (
                "astro.config.mjs",
                "import { defineConfig } from 'astro/config'\nimport node from '@astrojs/node'\nexport default defineConfig({ output: 'server', adapter: node({ mode: 'standalone' }), devToolbar: { enabled: false } })\n",
            ),
            (
                "src/pages/index.astro",
                "---\nlet name = 'nobody'\nif (Astro.request.method === 'POST') {\n  name = (await Astro.request.formData()).get('name')\n}\nconst user = Astro.request.headers.get('x-ms-client-principal-id') ?? 'anonymous'\n---\n<html><body><p>hello {name} by {user} at {Astro.url.origin}</p><form method=\"post\"><input name=\"name\"></form></body></html>\n",
            ),
            (
                "src/pages/old.ts",
                "export const GET = ({ redirect }) => redirect('/?moved')\n",
            ),
        ],
        "ASTRO_TELEMETRY_DISABLED=1 npx astro dev --port {port}",
    );
    let page = project.page("/").text();
    let hello = format!("hello nobody by anonymous at {}", project.emulator.url());
    assert!(page.contains(&hello), "{page}");
    let own = form(&project, &project.emulator.url());
    assert!(own.text().contains("hello ines by u1"), "{}", own.text());
    let moved = project.emulator.get("/old");
    assert_eq!(
        (moved.status, moved.header("location")),
        (302, Some("/?moved"))
    );
    // The built server compares `Origin` with `Host`; the dev server does not.
    let built =
        project.by("npx astro build && HOST=localhost PORT={port} node dist/server/entry.mjs");
    let own = form(&built, &built.emulator.url());
    assert!(own.text().contains("hello ines by u1"), "{}", own.text());
    assert_eq!(form(&built, "http://evil.example").status, 403);
}

/// The page's form, signed in, as a page of the origin `from` sends it.
fn form(project: &Project, from: &str) -> Response {
    let user = cookie(&["anonymous", "authenticated"]);
    let headers = [
        ("Origin", from),
        ("Cookie", user.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    project.emulator.send("POST", "/", &headers, b"name=ines")
}
