//! Settings with one key of the plugin's own.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::Settings;

impl Settings {
    /// Reads settings with one key more, which is the plugin's own, and returns its value beside them; none if the key
    /// is not there. A plugin that needs several values gives the key a type with fields.
    ///
    /// ```
    /// use autotag_plugin_sdk::Settings;
    /// use serde::{Deserialize, Deserializer};
    ///
    /// struct VolumeSettings {
    ///     settings: Settings,
    ///     max_volumes: u32,
    /// }
    ///
    /// impl<'de> Deserialize<'de> for VolumeSettings {
    ///     fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    ///         let (settings, max_volumes) = Settings::with_plugin_settings(deserializer, "max_volumes")?;
    ///         Ok(Self { settings, max_volumes: max_volumes.unwrap_or(10) })
    ///     }
    /// }
    ///
    /// let written = r#"{"owner_key": "CreatedBy", "max_volumes": 3}"#;
    /// let read: VolumeSettings = serde_json::from_str(written).unwrap();
    /// assert_eq!((read.settings.tag_keys()[0].as_str(), read.max_volumes), ("CreatedBy", 3));
    /// ```
    ///
    /// # Errors
    /// As when [`Settings`] are read. The error of an unknown key lists the plugin's own, too.
    pub fn with_plugin_settings<'de, D, T>(deserializer: D, key: &'static str) -> Result<(Self, Option<T>), D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        let mut own = None;
        let settings = Self::deserialize(Without { inner: deserializer, key, own: &mut own })?;
        Ok((settings, own))
    }
}

/// A deserializer of the settings that takes out the plugin's own key: its value goes to `own`.
struct Without<'o, D, T> {
    inner: D,
    key: &'static str,
    own: &'o mut Option<T>,
}

impl<'de, D: Deserializer<'de>, T: Deserialize<'de>> Deserializer<'de> for Without<'_, D, T> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let Self { inner, key, own } = self;
        inner.deserialize_map(SettingsVisitor { inner: visitor, known, key, own })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

/// The visitor of the settings, and then the map of their fields, without the plugin's own key. `known` are the other
/// keys.
struct SettingsVisitor<'o, I, T> {
    inner: I,
    known: &'static [&'static str],
    key: &'static str,
    own: &'o mut Option<T>,
}

impl<'de, V: Visitor<'de>, T: Deserialize<'de>> Visitor<'de> for SettingsVisitor<'_, V, T> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Self { inner, known, key, own } = self;
        inner.visit_map(SettingsVisitor { inner: map, known, key, own })
    }
}

impl<'de, A: MapAccess<'de>, T: Deserialize<'de>> MapAccess<'de> for SettingsVisitor<'_, A, T> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.inner.next_key::<String>()? {
            if key != self.key {
                if !self.known.contains(&key.as_str()) {
                    let known: Vec<_> =
                        self.known.iter().chain([&self.key]).map(|known| format!("`{known}`")).collect();
                    let known = known.join(", ");
                    return Err(A::Error::custom(format_args!("unknown field `{key}`, expected one of {known}")));
                }
                return seed.deserialize(serde::de::value::StringDeserializer::new(key)).map(Some);
            }
            if self.own.is_some() {
                return Err(A::Error::duplicate_field(self.key));
            }
            *self.own = Some(self.inner.next_value()?);
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}
