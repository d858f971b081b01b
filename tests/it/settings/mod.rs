//! Settings: where values come from and what they mean.
//!
//! | file | what |
//! |---|---|
//! | `precedence` | every option in every layer |
//! | `file` | `swa-cli.config.json`: which configuration, positions, types, near misses |
//! | `drop_in` | HTTPS, the Data API, and options that are only accepted |
//! | `folders` | the chdir rule, content root, API folder or URL |
//! | `generated` | the table of options, and what is made from it |
//! | `schema` | that of `swa-cli.config.json` |
//! | `words` | booleans, numbers, `.env`, two-letter flags |

mod drop_in;
mod file;
mod folders;
mod generated;
mod precedence;
mod project;
mod schema;
mod words;
