//! `yumen plugin rollback`: back to what served before.

use std::process::ExitCode;

use serde_json::json;

use super::{
    Global, Remote, RollbackArgs,
    remote::{Failure, block_on},
};
use crate::cli::{Output, output};

pub(super) fn run(global: &Global, args: &RollbackArgs) -> Result<ExitCode, Failure> {
    let remote = Remote::find(global, &args.admin)?;
    let verb = if args.dry_run { "rollback?dry_run=true" } else { "rollback" };
    let change = block_on(async {
        let now = remote.plugin(&args.name).await?;
        remote.change(&args.name, verb, &json!({}), now.tag.as_deref()).await
    })?
    .body;
    if global.output == Output::Json {
        return Ok(output::print(&format!("{change:#}\n")));
    }
    let word = |key: &str| change[key].as_str().unwrap_or("nothing").to_owned();
    let would = if args.dry_run { "would go" } else { "went" };
    Ok(output::print(&format!("{} {would} from {} to {}\n", args.name, word("from"), word("to"))))
}
