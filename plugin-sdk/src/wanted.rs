//! The values that a plugin asked for in its manifest, by name and by place.

/// What came for the names in `request_wants`, `call_wants` or `response_wants`.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    names: &'a [String],
    values: &'a [Option<String>],
}

impl<'a> Wanted<'a> {
    pub(crate) fn new(names: &'a [String], values: &'a [Option<String>]) -> Wanted<'a> {
        Wanted { names, values }
    }

    /// The value of `name`; `None` when the exchange has none.
    ///
    /// A name that the manifest does not want has no value either. In native tests that is a panic, since it is a mistake.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let place = self.names.iter().position(|wanted| wanted == name);
        #[cfg(not(target_arch = "wasm32"))]
        assert!(place.is_some(), "`{name}` is not among the names that the manifest wants: {:?}", self.names);
        self.at(place?)
    }

    /// The value of the name at `place` of the manifest's list, without a search.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&'a str> {
        self.values.get(place)?.as_deref()
    }

    /// Names and values, in the manifest's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.names.iter().map(String::as_str).zip(self.values.iter().map(Option::as_deref))
    }
}
