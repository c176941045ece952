//! `yumen plugin new`: a folder with a plugin that works.

use std::{path::Path, process::ExitCode};

use serde_json::json;
use yumen_workshop::{Trouble, scaffold, world};

use super::{Global, NewArgs, show};

pub(super) fn run(global: &Global, args: &NewArgs) -> Result<ExitCode, Trouble> {
    let world = world(&args.world).ok_or_else(|| Trouble::new(format!("there is no world {:?}", args.world)))?;
    let made = scaffold(Path::new(""), &args.name, args.lang, world)?;
    let text =
        format!("created {}/ ({})\nnext: cd {} && yumen plugin test\n", args.name, made.files.join(", "), args.name);
    let json = json!({ "folder": made.folder, "files": made.files });
    Ok(show(global, &text, &json))
}
