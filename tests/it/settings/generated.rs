//! `docs/options.md` is made from the table of options; `CYGNET_UPDATE_GENERATED=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use cygnet::settings::descriptor::{DefaultValue, Descriptor, JsonType, Visibility};
use cygnet::settings::options;

const PAGE: &str = "docs/options.md";

const TOP: &str = "\
<!-- Made from src/settings/options.rs: CYGNET_UPDATE_GENERATED=1 cargo test generated -->

# Options of `cygnet start`

Each option is a flag, a key of `swa-cli.config.json` and an environment variable. Flags win over
`configurations.NAME.start` of the file, that over `configurations.NAME`, that over environment variables, those over the
`.env` file of the current folder, and that over defaults. `cygnet --print-config` shows each value and where it came from.

The argument `[CONFIG-NAME | FOLDER | URL]` is a configuration of the file, the folder to serve, or the URL of the app's dev
server. Switches stand alone (`--open`) or with a value (`--open=false`); an empty text (`\"apiLocation\": \"\"`) takes away
what a weaker layer has. Relative paths start at the folder of `swa-cli.config.json`, unless the option says otherwise.
";

fn page() -> String {
    let mut page = TOP.to_owned();
    let mut heading = "";
    let shown = |option: &&&Descriptor| option.visibility != Visibility::Compat;
    for option in options::ALL.iter().filter(shown) {
        if option.heading != heading {
            heading = option.heading;
            let _ = write!(
                page,
                "\n## {heading}\n\n| option | default | key | variable | |\n|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            flags(option),
            default(option),
            code(option.is_read_from_file.then_some(option.key)),
            code(option.env),
            sentence(option)
        );
    }
    let compat = options::ALL
        .iter()
        .filter(|option| option.visibility == Visibility::Compat);
    let names: Vec<String> = compat.map(|option| code(option.flag)).collect();
    let _ = write!(
        page,
        "\nAccepted without effect, for scripts written for `swa`: {}, and the keys of its other commands.\n",
        names.join(", ")
    );
    page
}

fn flags(option: &Descriptor) -> String {
    let short = option.short.map(|letter| format!("-{letter}"));
    let short = short.or(option.two_letters.map(str::to_owned));
    let alias = option.alias.map(|name| format!("--{name}"));
    let long = option.flag.map(|flag| match option.json {
        JsonType::Boolean => flag.to_owned(),
        _ => format!("{flag} {}", option.value_name.replace('|', "\\|")),
    });
    let names = [short, long, alias].into_iter().flatten();
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn default(option: &Descriptor) -> String {
    let shown = option.shown_default();
    match option.default {
        DefaultValue::Text(_) => code(shown),
        _ => shown.unwrap_or_default().to_owned(),
    }
}

fn code(text: Option<&str>) -> String {
    text.map(|text| format!("`{text}`")).unwrap_or_default()
}

fn sentence(option: &Descriptor) -> String {
    let mut sentence = option.help.trim().to_owned();
    if let Some(words) = option.words {
        let words = words().into_iter();
        let words: Vec<String> = words.map(|word| format!("`{}`", word.get_name())).collect();
        let _ = write!(sentence, ": {}", words.join(", "));
    }
    if *option == options::CONFIG.descriptor {
        sentence += " (the path starts at the current folder)";
    }
    sentence.replace('|', "\\|")
}

#[test]
fn generated_options_page_is_that_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if std::env::var_os("CYGNET_UPDATE_GENERATED").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page() == checked_in,
        "{PAGE} is not what the table of options makes: CYGNET_UPDATE_GENERATED=1 cargo test generated"
    );
}

/// A default is read like any other text, so it has to be one; names are used once.
#[test]
fn the_table_of_options_is_consistent() {
    let mut names: Vec<String> = Vec::new();
    for option in options::ALL {
        let default = match option.default {
            DefaultValue::Text(text) | DefaultValue::Shown(text, _) => text,
            DefaultValue::None | DefaultValue::Described(_) => continue,
        };
        assert_eq!((option.check)(default), Ok(()), "{}", option.key);
    }
    for option in options::ALL {
        names.push(option.key.to_owned());
        names.extend(option.flag.map(str::to_owned));
        names.extend(option.env.map(str::to_owned));
        names.extend(option.two_letters.map(str::to_owned));
        names.extend(option.alias.map(|alias| format!("--{alias}")));
        let others = options::ALL.iter();
        let conflict = option.conflicts_with;
        assert!(conflict.is_none_or(|key| others.clone().any(|other| other.key == key)));
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    for key in options::KEYS_OF_OTHER_COMMANDS {
        assert!(!names.contains(&(*key).to_owned()), "{key}");
    }
}
