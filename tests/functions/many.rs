//! Apps with very many functions.

use crate::emulator::write;
use crate::support::{App, packages, run, venv};

const COUNT: usize = 1_000;
const LAST: &str = "/api/function-with-a-long-name-999";

async fn answers(app: App) {
    assert_eq!(
        app.call("GET", LAST).await.text(),
        "999",
        "{}",
        app.terminal()
    );
    let functions = app.settled().await.functions().map(|all| all.len());
    assert_eq!(functions, Some(COUNT));
    app.host.stop().await;
}

#[test]
fn a_thousand_functions_are_listed_whatever_describes_them() {
    run(async {
        // Together they are longer than a variable of the environment may be.
        let dir = tempfile::tempdir().unwrap();
        for number in 0..COUNT {
            let name = format!("function-with-a-long-name-{number}");
            write(
                dir.path(),
                &format!("{name}/function.json"),
                r#"{"bindings": [{"type": "httpTrigger", "direction": "in", "name": "req"}, {"type": "http", "direction": "out", "name": "res"}]}"#,
            );
            let code = format!(
                "module.exports = async (context) => {{ context.res = {{ body: '{number}' }}; }};"
            );
            write(dir.path(), &format!("{name}/index.js"), code);
        }
        answers(App::start_in(dir, |_| {})).await;

        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "package.json", r#"{"main": "src/**/*.js"}"#);
        for number in 0..COUNT {
            let name = format!("function-with-a-long-name-{number}");
            let code = format!(
                "require('@azure/functions').app.http('{name}', {{ handler: async () => ({{ body: '{number}' }}) }});"
            );
            write(
                dir.path(),
                &format!("src/{}/{name}/{name}.js", "deep/".repeat(10)),
                code,
            );
        }
        std::os::unix::fs::symlink(packages(), dir.path().join("node_modules")).unwrap();
        answers(App::start_in(dir, |_| {})).await;

        let dir = tempfile::tempdir().unwrap();
        let mut code = String::from("import azure.functions as func\n\napp = func.FunctionApp()\n");
        for number in 0..COUNT {
            code.push_str(&format!(
                "\n@app.route(route='function-with-a-long-name-{number}')\ndef f{number}(req: func.HttpRequest) -> func.HttpResponse:\n    return func.HttpResponse('{number}')\n"
            ));
        }
        write(dir.path(), "function_app.py", code);
        std::os::unix::fs::symlink(venv(), dir.path().join(".venv")).unwrap();
        answers(App::start_in(dir, |_| {})).await;
    });
}
