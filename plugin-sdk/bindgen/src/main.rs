//! Writes the bindings: what `./x wit` runs.

use yumen_plugin_bindgen::{folder, generate};

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all(folder())?;
    for (name, text) in generate() {
        std::fs::write(folder().join(name), text)?;
    }
    Ok(())
}
