//! What a gateway holds: settings, keys, scalers, and the meter that it reads.

use crate::settings::{FIELDS, Field, FromJson, Value as Setting};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// How GET hides the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyMask {
    /// They are left out.
    #[default]
    Omit,
    /// They are starred when set, and empty when not.
    Stars,
}

/// The meter behind the gateway.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    /// The settings, keys included, under which it is read; `None`: it is read under any.
    pub truth: Option<Map<String, Value>>,
    /// How long it takes, after the settings match, until its status is OK.
    pub ok_after: Duration,
}

/// The state of one gateway.
pub(super) struct Device {
    pub id: String,
    /// All fields but the keys, in the order of the API document.
    pub settings: Map<String, Value>,
    /// The keys that are set.
    pub keys: Map<String, Value>,
    pub scalers: Vec<Value>,
    pub mask: KeyMask,
    pub meter: Meter,
    pub started: Instant,
    pub changed: Instant,
    /// Documents that were written, in their order.
    pub writes: Vec<(bool, Map<String, Value>)>,
}

/// The factory settings, without keys.
pub(super) fn factory() -> Map<String, Value> {
    let plain = FIELDS.iter().filter(|f| !f.is_hidden());
    plain.map(|f| (f.name.to_owned(), f.default_value().to_wire())).collect()
}

impl Device {
    pub fn new(id: String, mask: KeyMask, meter: Meter) -> Self {
        let now = Instant::now();
        Device {
            id,
            settings: factory(),
            keys: Map::new(),
            scalers: Vec::new(),
            mask,
            meter,
            started: now,
            changed: now,
            writes: Vec::new(),
        }
    }

    /// What GET shows.
    pub fn visible(&self) -> Map<String, Value> {
        let mut shown = self.settings.clone();
        if self.mask == KeyMask::Stars {
            for field in FIELDS.iter().filter(|f| f.is_hidden()) {
                let stars = if self.keys.contains_key(field.name) { "*".repeat(32) } else { String::new() };
                shown.insert(field.name.into(), stars.into());
            }
        }
        shown
    }

    /// Checks a document and takes it over: the whole or nothing.  The error is the device's message.
    pub fn write(&mut self, document: &Value, replace: bool, clamp: bool) -> Result<(), String> {
        let Some(document) = document.as_object() else { return Err("invalid JSON: not an object".into()) };
        let mut settings = if replace { factory() } else { self.settings.clone() };
        let mut keys = if replace { Map::new() } else { self.keys.clone() };
        for (name, value) in document {
            let field = crate::settings::field(name).ok_or_else(|| format!("unknown field {name}"))?;
            match checked(field, value) {
                Some(Setting::ClearKey) => drop(keys.shift_remove(name)),
                Some(key) if field.is_hidden() => drop(keys.insert(name.clone(), upper(&key.to_wire()))),
                Some(_) => drop(settings.insert(name.clone(), value.clone())),
                None => return Err(format!("invalid value: {name}")),
            }
        }
        if clamp {
            settings.insert("baudrate".into(), json!(9600));
        }
        (self.settings, self.keys) = (settings, keys);
        self.changed = Instant::now();
        self.writes.push((replace, document.clone()));
        Ok(())
    }

    /// Checks and takes over the custom scalers.
    pub fn write_scalers(&mut self, document: &Value) -> Result<(), String> {
        let list = document.as_array().ok_or("invalid JSON: not an array")?;
        for entry in list {
            let obis = entry.get("obis").and_then(Value::as_str).unwrap_or_default();
            let groups: Vec<Option<u16>> = obis.split('.').map(|g| g.parse().ok()).collect();
            let fits = matches!(groups.as_slice(), [Some(0..=254), Some(0..=254), Some(0..=255)]);
            let scaler = entry.get("scaler").and_then(Value::as_i64);
            if !fits || !scaler.is_some_and(|s| (-6..=6).contains(&s)) {
                return Err("invalid scaler".into());
            }
        }
        self.scalers.clone_from(list);
        Ok(())
    }

    /// The scalers in force: those detected, with the chosen set over them.
    pub fn scalers_current(&self) -> Vec<Value> {
        // A Landis+Gyr E450: currents in hundredths, all else as it is.
        let detected =
            [("1.8.0", 0), ("2.8.0", 0), ("1.7.0", 0), ("2.7.0", 0), ("31.7.0", -2), ("32.7.0", 0)];
        let set = self.settings.get("scalers_set").and_then(Value::as_str).unwrap_or_default();
        let apply = |(obis, scaler): (&str, i64)| {
            let scaler = match set {
                "custom" => self.custom(obis).unwrap_or(scaler),
                "lge570" => match obis {
                    "1.8.0" | "2.8.0" => 3,
                    "1.7.0" | "2.7.0" | "31.7.0" => -1,
                    _ => 0,
                },
                _ => scaler,
            };
            json!({"obis": obis, "scaler": scaler})
        };
        detected.into_iter().map(apply).collect()
    }

    fn custom(&self, obis: &str) -> Option<i64> {
        let (quantity, _) = obis.rsplit_once('.')?;
        let any = format!("{quantity}.255");
        let named = |name: &str| {
            self.scalers.iter().rev().find(|s| s.get("obis").and_then(Value::as_str) == Some(name))
        };
        named(obis).or_else(|| named(&any))?.get("scaler")?.as_i64()
    }

    /// The state of the meter under these settings.
    pub fn meter_status(&self, now: Instant) -> &'static str {
        let Some(truth) = &self.meter.truth else { return "OK" };
        for (name, wanted) in truth.iter().filter(|(name, _)| !self.is_key(name)) {
            if self.settings.get(name.as_str()).map(Value::to_string) != Some(wanted.to_string()) {
                return "NOT RECOGNIZED";
            }
        }
        for (name, wanted) in truth.iter().filter(|(name, _)| self.is_key(name)) {
            match self.keys.get(name.as_str()) {
                None => return "KEY REQUIRED",
                Some(key) if *key != upper(wanted) => return "ENCRYPTION KEY",
                Some(_) => {}
            }
        }
        let settled = now.duration_since(self.changed) >= self.meter.ok_after;
        if settled { "OK" } else { "RECOGNITION" }
    }

    fn is_key(&self, name: &str) -> bool {
        crate::settings::field(name).is_some_and(Field::is_hidden)
    }
}

/// The value as the gateway takes it; `None` for one that it refuses.  A mask is no key to a device.
fn checked(field: &Field, value: &Value) -> Option<Setting> {
    match field.from_json(value) {
        Ok(FromJson::Value(value)) => Some(value),
        Ok(FromJson::HiddenKey) | Err(_) => None,
    }
}

fn upper(key: &Value) -> Value {
    key.as_str().unwrap_or_default().to_ascii_uppercase().into()
}
