//! The shape of the code: sizes, module docs, names of types and files.

use proc_macro2::{Delimiter, TokenTree};

use crate::source::{Breach, Source};

/// No source file is longer, inline tests included.
const FILE_LINES: usize = 600;
/// A file of more shipped lines is on its way to be split.
const FILE_LINES_WISHED: usize = 400;
/// No shipped function is longer, from `fn` to its closing brace.
const FUNCTION_LINES: usize = 70;

/// Name parts that say nothing, and `Kind` or a verb of the domain says it better.
const BANNED: [&str; 14] = [
    "Manager",
    "Helper",
    "Helpers",
    "Util",
    "Utils",
    "Common",
    "Base",
    "Abstract",
    "Impl",
    "Factory",
    "Info",
    "Data",
    "Processor",
    "Misc",
];

/// Files that are too long.
pub fn long_files(sources: &[Source]) -> Vec<Breach> {
    let long = |source: &&Source| source.text.lines().count() > FILE_LINES;
    let breach =
        |source: &Source| source.breach(0, format!("has more than {FILE_LINES} lines: split it by what it knows"));
    sources.iter().filter(long).map(breach).collect()
}

/// Files whose shipped part is longer than it should be; a warning.
pub fn growing_files(sources: &[Source]) -> Vec<Breach> {
    let mut found = Vec::new();
    for source in sources {
        let lines = source.shipped.last().map_or(0, |token| token.span().end().line);
        if lines > FILE_LINES_WISHED {
            found.push(source.breach(0, format!("{lines} lines before its tests; {FILE_LINES_WISHED} are the aim")));
        }
    }
    found
}

/// Files without a module doc.
pub fn undocumented(sources: &[Source]) -> Vec<Breach> {
    let bare = |source: &&Source| !has_module_doc(&source.all);
    sources.iter().filter(bare).map(|source| source.breach(1, "starts without a module doc (`//!`)")).collect()
}

fn has_module_doc(tokens: &[TokenTree]) -> bool {
    let mut rest = tokens;
    while let [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(attribute), after @ ..] = rest {
        if hash.as_char() != '#' || bang.as_char() != '!' {
            return false;
        }
        if attribute.stream().into_iter().next().is_some_and(|word| word.to_string() == "doc") {
            return true;
        }
        rest = after;
    }
    false
}

/// `mod.rs` files, and files named after nothing.
pub fn misnamed_files(sources: &[Source]) -> Vec<Breach> {
    let mut found = Vec::new();
    for source in sources {
        let stem = source.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        if stem == "mod" {
            found.push(source.breach(0, "`foo/mod.rs` is written `foo.rs` here"));
        }
        let mut capital = stem.to_owned();
        capital[..1].make_ascii_uppercase();
        if BANNED.contains(&capital.as_str()) {
            found.push(source.breach(0, format!("`{stem}` says nothing; name the file after what it knows")));
        }
    }
    found
}

/// Types whose name holds a banned part. Associated types are named by their traits and left alone.
pub fn banned_names(sources: &[Source]) -> Vec<Breach> {
    let mut found = Vec::new();
    for source in sources {
        found.extend(banned_among(source, &source.all, &["type"]));
        each_level(&source.all, &mut |tokens| {
            found.extend(banned_among(source, tokens, &["struct", "enum", "trait", "union"]));
        });
    }
    found
}

fn banned_among(source: &Source, tokens: &[TokenTree], keywords: &[&str]) -> Vec<Breach> {
    let mut found = Vec::new();
    for pair in tokens.windows(2) {
        let [TokenTree::Ident(keyword), TokenTree::Ident(name)] = pair else {
            continue;
        };
        let declares = keywords.iter().any(|word| keyword == word);
        let banned = camel_words(&name.to_string()).into_iter().find(|word| BANNED.contains(&word.as_str()));
        if let (true, Some(word)) = (declares, banned) {
            found.push(source.breach(name.span().start().line, format!("`{name}`: \"{word}\" says nothing")));
        }
    }
    found
}

fn camel_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_uppercase() => word.push(letter),
            _ => words.push(letter.to_string()),
        }
    }
    words
}

/// Shipped functions that are too long.
pub fn long_functions(sources: &[Source]) -> Vec<Breach> {
    let mut found = Vec::new();
    for source in sources {
        each_level(&source.shipped, &mut |tokens| {
            for at in 0..tokens.len() {
                if let Some((name, first, last)) = function(&tokens[at..])
                    && last - first >= FUNCTION_LINES
                {
                    let what = format!("`{name}` has {} lines, {FUNCTION_LINES} are allowed", last - first + 1);
                    found.push(source.breach(first, what));
                }
            }
        });
    }
    found
}

/// The name, first and last line of the function that `tokens` start with.
fn function(tokens: &[TokenTree]) -> Option<(String, usize, usize)> {
    let [TokenTree::Ident(keyword), TokenTree::Ident(name), rest @ ..] = tokens else {
        return None;
    };
    if keyword != "fn" {
        return None;
    }
    for token in rest {
        match token {
            TokenTree::Punct(end) if end.as_char() == ';' => return None,
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                return Some((name.to_string(), keyword.span().start().line, body.span_close().end().line));
            }
            _ => {}
        }
    }
    None
}

/// Calls `look` on `tokens` and on the inside of every group in them.
pub fn each_level(tokens: &[TokenTree], look: &mut impl FnMut(&[TokenTree])) {
    look(tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            each_level(&group.stream().into_iter().collect::<Vec<_>>(), look);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(text: &str) -> [Source; 1] {
        [Source::parse("gateway/dubbo/src/a.rs", text)]
    }

    #[test]
    fn a_long_file_is_found() {
        assert!(long_files(&planted(&"\n".repeat(600))).is_empty());
        assert_eq!(long_files(&planted(&"\n".repeat(601))).len(), 1);
    }

    #[test]
    fn a_file_grows_by_its_shipped_lines_only() {
        let tests = format!("#[cfg(test)] mod tests {{ {} }}", "\n".repeat(500));
        assert!(growing_files(&planted(&tests)).is_empty());
        assert_eq!(growing_files(&planted(&format!("{}fn f() {{}}", "\n".repeat(400)))).len(), 1);
    }

    #[test]
    fn a_missing_module_doc_is_found() {
        assert!(undocumented(&planted("#![allow(x)]\n//! What it is.\nfn f() {}")).is_empty());
        assert_eq!(undocumented(&planted("/// Of f only.\nfn f() {}")).len(), 1);
        assert_eq!(undocumented(&planted("// no doc\nfn f() {}")).len(), 1);
    }

    #[test]
    fn a_long_function_is_found_also_inside_an_impl() {
        let body = |lines| format!("impl A {{ fn f() {{ {} }} }}", "\n".repeat(lines));
        assert!(long_functions(&planted(&body(69))).is_empty());
        assert_eq!(long_functions(&planted(&body(70))).len(), 1);
        assert!(long_functions(&planted(&format!("#[cfg(test)] mod tests {{ {} }}", body(70)))).is_empty());
    }

    #[test]
    fn a_banned_word_is_found_as_a_word_only() {
        let good = "struct Metadata; struct Base64; enum Database {} impl Body for A { type Data = Bytes; }";
        assert_eq!(banned_names(&planted(good)), []);
        assert_eq!(
            banned_names(&planted("struct RouteManager; mod m { trait BaseRoute {} } type Info = u8;")).len(),
            3
        );
    }

    #[test]
    fn a_file_named_mod_or_util_is_found() {
        let files = ["gateway/dubbo/src/a/mod.rs", "gateway/dubbo/src/util.rs", "gateway/dubbo/src/model.rs"];
        let sources = files.map(|file| Source::parse(file, ""));
        assert_eq!(misnamed_files(&sources).len(), 2);
    }
}
