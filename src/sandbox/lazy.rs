//! A part of a file that stays text until somebody looks into it: a cluster of 100,000 addresses is opened without reading them.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON text, read when it is looked into; what was not changed is written back as the text it came from.
#[derive(Clone, Debug, Default)]
pub struct Lazy<T> {
    /// What it came from, as long as nothing was changed.
    text: Option<Box<RawValue>>,
    /// What the text says, once somebody asked.
    read: OnceCell<T>,
    /// The value, where there is no text.
    own: T,
}

impl<T> From<T> for Lazy<T> {
    fn from(own: T) -> Self {
        Self { text: None, read: OnceCell::new(), own }
    }
}

impl<T> Lazy<T> {
    /// The text it came from; `None` once it was changed, or when it never had one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref().map(RawValue::get)
    }
}

impl<T: DeserializeOwned + Default> Lazy<T> {
    /// The value, read from its text the first time. A text of another form is the default.
    pub fn get(&self) -> &T {
        match &self.text {
            Some(text) => self.read.get_or_init(|| serde_json::from_str(text.get()).unwrap_or_default()),
            None => &self.own,
        }
    }

    /// The value, of which nothing is kept when it had to be read from its text: for a look at very many.
    pub fn peek(&self) -> Cow<'_, T>
    where
        T: Clone,
    {
        match (&self.text, self.read.get()) {
            (Some(text), None) => Cow::Owned(serde_json::from_str(text.get()).unwrap_or_default()),
            _ => Cow::Borrowed(self.get()),
        }
    }

    /// The value to change; its text is forgotten.
    pub fn get_mut(&mut self) -> &mut T {
        if let Some(text) = self.text.take() {
            let read = self.read.take();
            self.own = read.unwrap_or_else(|| serde_json::from_str(text.get()).unwrap_or_default());
        }
        &mut self.own
    }
}

impl<T: Serialize> Serialize for Lazy<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.text {
            Some(text) => text.serialize(serializer),
            None => self.own.serialize(serializer),
        }
    }
}

impl<'de, T: Default> Deserialize<'de> for Lazy<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { text: Some(Box::deserialize(deserializer)?), read: OnceCell::new(), own: T::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_changed_is_written_as_it_was_read() {
        let text = r#"[ 1,2.50, {"b":1,"a":2} ]"#;
        let mut list: Lazy<Vec<serde_json::Value>> = serde_json::from_str(text).unwrap();
        assert_eq!(list.get().len(), 3);
        assert_eq!(serde_json::to_string(&list).unwrap(), text);
        list.get_mut().truncate(1);
        assert_eq!(serde_json::to_string(&list).unwrap(), "[1]");
    }

    #[test]
    fn a_text_of_another_form_is_nothing() {
        let list: Lazy<Vec<serde_json::Value>> = serde_json::from_str("7").unwrap();
        assert_eq!(list.get().len(), 0);
    }
}
