//! Between what a gateway has and what is wanted.

use super::number;
use super::table::{FIELDS, Field, Kind, field};
use super::value::{CLEARED_KEY, Value, is_masked, shown};
use super::{Object, Wanted};
use serde_json::Value as Json;

/// One setting that is to change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The field's name.
    pub name: String,
    /// The field, unless this version does not know it.
    pub field: Option<&'static Field>,
    /// What the gateway has; `None` where it does not say.  Never a key.
    pub from: Option<Json>,
    /// What it is to have.
    pub to: To,
    /// True when nobody asked for it: a full replace puts it back to its default.
    pub reset: bool,
}

/// What a field is to become.
#[derive(Debug, Clone, PartialEq)]
pub enum To {
    /// A checked value.
    Value(Value),
    /// A newer firmware's field, unchecked.
    Unchecked(Json),
    /// The default of a field that this version does not know.
    UnknownDefault,
}

impl Change {
    /// The old value for people.
    pub fn from_text(&self) -> String {
        match (&self.from, self.field) {
            (_, Some(f)) if f.is_hidden() => key_state(self.from.as_ref()).text().into(),
            (Some(value), _) => shown(value),
            (None, _) => "(not reported)".into(),
        }
    }

    /// The new value for people.
    pub fn to_text(&self) -> String {
        match &self.to {
            To::Value(value) => value.text(),
            To::Unchecked(json) => shown(json),
            To::UnknownDefault => "(factory default)".into(),
        }
    }

    /// For `wwctl.change.v1`: a key has nulls, and says `hidden` and whether it is `set` or `clear`.
    pub fn to_json(&self) -> Json {
        let to = match &self.to {
            To::Value(value) => value.to_shown(),
            To::Unchecked(json) => json.clone(),
            To::UnknownDefault => Json::Null,
        };
        let hidden = self.field.is_some_and(Field::is_hidden);
        let from = if hidden { Json::Null } else { self.from.clone().unwrap_or(Json::Null) };
        let mut object = serde_json::Map::new();
        object.insert("field".into(), self.name.clone().into());
        object.insert("from".into(), from);
        object.insert("to".into(), to);
        if hidden {
            object.insert("hidden".into(), true.into());
            let action = if self.to == To::Value(Value::ClearKey) { "clear" } else { "set" };
            object.insert("action".into(), action.into());
        }
        if self.reset {
            object.insert("reset".into(), true.into());
        }
        Json::Object(object)
    }
}

/// What the gateway lets see of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Left out: there may be one.
    Unknown,
    /// Empty, or shown as zeros: there is none.
    NotSet,
    /// Masked: there is one.
    Set,
}

impl KeyState {
    /// For people.
    pub const fn text(self) -> &'static str {
        match self {
            KeyState::Unknown => "(hidden)",
            KeyState::NotSet => "(not set)",
            KeyState::Set => "(set, hidden)",
        }
    }
}

/// What a gateway's value for a key gives away.
pub fn key_state(value: Option<&Json>) -> KeyState {
    match value {
        None | Some(Json::Null) => KeyState::Unknown,
        Some(Json::String(text)) if text.is_empty() || text == CLEARED_KEY => KeyState::NotSet,
        Some(_) => KeyState::Set,
    }
}

/// The object with anything in the keys' places masked, should a firmware show them.
#[must_use]
pub fn masked(settings: &Object) -> Object {
    let mut settings = settings.clone();
    for f in FIELDS.iter().filter(|f| f.is_hidden()) {
        if let Some(value) = settings.get_mut(f.name)
            && !value.is_null()
            && !value.as_str().is_some_and(is_masked)
        {
            *value = Json::from("*".repeat(32));
        }
    }
    settings
}

/// What `set` has to change: fields whose value differs, numbers compared by value; a key always.
pub fn changes(current: &Object, wanted: &Wanted) -> Vec<Change> {
    let known = wanted.values.iter().filter_map(|(f, value)| {
        let from = current.get(f.name);
        let same = match value {
            Value::Key(_) => false,
            Value::ClearKey => key_state(from) == KeyState::NotSet,
            value => from.is_some_and(|from| equal(f, from, &value.to_wire())),
        };
        (!same).then(|| change(f, from, value.clone(), false))
    });
    let unchecked = wanted.extra.iter().filter_map(|(name, value)| {
        let from = current.get(name);
        (from != Some(value)).then(|| Change {
            name: name.clone(),
            field: None,
            from: from.cloned(),
            to: To::Unchecked(value.clone()),
            reset: false,
        })
    });
    known.chain(unchecked).collect()
}

/// The body of a PUT with these changes.  **Holds keys in clear.**
pub fn partial_document(changes: &[Change]) -> Object {
    let mut document = Object::new();
    for change in changes {
        match &change.to {
            To::Value(value) => document.insert(change.name.clone(), value.to_wire()),
            To::Unchecked(json) => document.insert(change.name.clone(), json.clone()),
            To::UnknownDefault => None,
        };
    }
    document
}

/// What a full replace does: the complete document (**keys in clear**), defaults filled in and keys that
/// are not given cleared, and every change it makes.
pub fn replacement(current: &Object, wanted: &Wanted) -> (Object, Vec<Change>) {
    let mut document = Object::new();
    let mut list = Vec::new();
    for f in &FIELDS {
        let given = wanted.get(f.name);
        let value = given.cloned().unwrap_or_else(|| f.default_value());
        document.insert(f.name.into(), value.to_wire());
        let all = Wanted { values: vec![(f, value)], ..Wanted::default() };
        list.extend(changes(current, &all).into_iter().map(|c| Change { reset: given.is_none(), ..c }));
    }
    let extra = Wanted { extra: wanted.extra.clone(), ..Wanted::default() };
    list.extend(changes(current, &extra));
    document.extend(wanted.extra.iter().cloned());
    for (name, value) in current {
        if field(name).is_none() && !document.contains_key(name) {
            list.push(Change {
                name: name.clone(),
                field: None,
                from: Some(value.clone()),
                to: To::UnknownDefault,
                reset: true,
            });
        }
    }
    (document, list)
}

fn change(f: &'static Field, from: Option<&Json>, to: Value, reset: bool) -> Change {
    let from = if f.is_hidden() {
        // Whatever the gateway shows there, it is not carried on.
        from.map(|value| match key_state(Some(value)) {
            KeyState::NotSet => Json::from(""),
            KeyState::Set => Json::from("********"),
            KeyState::Unknown => Json::Null,
        })
    } else {
        from.cloned()
    };
    Change { name: f.name.into(), field: Some(f), from, to: To::Value(to), reset }
}

/// Whether two values of a field are the same: numbers by value, whatever their digits.
pub fn equal(f: &Field, a: &Json, b: &Json) -> bool {
    match (f.kind, a, b) {
        (Kind::Integer { .. } | Kind::Decimal { .. }, Json::Number(a), Json::Number(b)) => {
            match (number::parse(&a.to_string()), number::parse(&b.to_string())) {
                (Some(a), Some(b)) => a == b,
                _ => a == b,
            }
        }
        // A firmware that writes stop_bits as a number means the same.
        (Kind::Choice(_), Json::Number(n), Json::String(s))
        | (Kind::Choice(_), Json::String(s), Json::Number(n)) => n.to_string() == *s,
        _ => a == b,
    }
}

/// What a read-back says about one field that was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Readback {
    /// It differs from what was written; `got` is `None` when the gateway does not report it.
    Differs {
        /// The field.
        name: String,
        /// What was written, for people.
        wanted: String,
        /// What the gateway has, for people.
        got: String,
    },
    /// A decimal that the gateway keeps with fewer digits (a 32-bit float).
    Rounded {
        /// The field.
        name: String,
        /// What the gateway keeps.
        got: String,
    },
    /// A key, which cannot be read back.
    Hidden {
        /// The field.
        name: String,
    },
}

/// Compares what was written with what the gateway says afterwards; fields that agree are left out.
pub fn readback(after: &Object, written: &[Change]) -> Vec<Readback> {
    written.iter().filter_map(|change| check(after.get(&change.name), change)).collect()
}

fn check(after: Option<&Json>, change: &Change) -> Option<Readback> {
    let name = change.name.clone();
    let differs = || {
        let got = match (change.field, after) {
            (Some(f), _) if f.is_hidden() => key_state(after).text().to_owned(),
            (_, Some(got)) => shown(got),
            (_, None) => "(not reported)".into(),
        };
        Some(Readback::Differs { name: change.name.clone(), wanted: change.to_text(), got })
    };
    match (&change.to, change.field) {
        (To::UnknownDefault, _) => None,
        (To::Unchecked(wanted), _) => {
            if after == Some(wanted) {
                None
            } else {
                differs()
            }
        }
        (To::Value(Value::Key(_)), _) => match key_state(after) {
            KeyState::NotSet => differs(),
            _ => Some(Readback::Hidden { name }),
        },
        (To::Value(Value::ClearKey), _) => match key_state(after) {
            KeyState::NotSet => None,
            KeyState::Set => differs(),
            KeyState::Unknown => Some(Readback::Hidden { name }),
        },
        (To::Value(wanted), Some(f)) => match after {
            Some(got) if equal(f, got, &wanted.to_wire()) => None,
            Some(got) if same_float(got, wanted) => Some(Readback::Rounded { name, got: shown(got) }),
            _ => differs(),
        },
        (To::Value(_), None) => differs(),
    }
}

fn same_float(got: &Json, wanted: &Value) -> bool {
    let Value::Decimal { text, .. } = wanted else { return false };
    match (got.as_number().map(ToString::to_string).and_then(|t| t.parse::<f32>().ok()), text.parse::<f32>())
    {
        (Some(got), Ok(wanted)) => got == wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::*;
    use serde_json::json;

    const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";

    fn wanted(assignments: &[(&str, &str)]) -> Wanted {
        let mut input = Input::default();
        for (name, value) in assignments {
            input.assign(name, value);
        }
        input.finish().unwrap()
    }

    fn factory() -> Object {
        FIELDS
            .iter()
            .filter(|f| !f.is_hidden())
            .map(|f| (f.name.to_owned(), f.default_value().to_wire()))
            .collect()
    }

    fn object(value: Json) -> Object {
        value.as_object().unwrap().clone()
    }

    fn lines(changes: &[Change]) -> Vec<String> {
        changes.iter().map(|c| format!("{}: {} -> {}", c.name, c.from_text(), c.to_text())).collect()
    }

    #[test]
    fn only_what_differs_and_numbers_by_value() {
        let mut current = factory();
        current.insert("conv_factor".into(), serde_json::from_str("1.50").unwrap());
        current.insert("future".into(), json!({"a": 1}));
        let list = changes(
            &current,
            &wanted(&[
                ("conv_factor", "1.5"),
                ("baudrate", "2400"),
                ("parity", "none"),
                ("time_offset", "-0"),
            ]),
        );
        assert_eq!(lines(&list), ["baudrate: 115200 -> 2400"]);
        assert_eq!(Json::Object(partial_document(&list)).to_string(), r#"{"baudrate":2400}"#);
    }

    #[test]
    fn a_given_key_always_counts_as_different() {
        for (shown, said) in [
            (None, "(hidden)"),
            (Some("*".repeat(32)), "(set, hidden)"),
            (Some(String::new()), "(not set)"),
            (Some(KEY.into()), "(set, hidden)"),
        ] {
            let mut current = factory();
            if let Some(shown) = shown {
                current.insert("encryption_key".into(), shown.into());
            }
            let list = changes(&current, &wanted(&[("encryption_key", KEY)]));
            assert_eq!(lines(&list), [format!("encryption_key: {said} -> (new key)")]);
            assert!(!format!("{list:?} {}", list[0].to_json()).contains("0123456789"));
            assert_eq!(partial_document(&list)["encryption_key"], KEY);
        }
    }

    #[test]
    fn clearing_sends_zeros_unless_there_is_none() {
        let list = changes(&factory(), &wanted(&[("authentication_key", "")]));
        assert_eq!(partial_document(&list)["authentication_key"], CLEARED_KEY);
        let mut current = factory();
        current.insert("authentication_key".into(), "".into());
        assert_eq!(changes(&current, &wanted(&[("authentication_key", "")])), []);
    }

    #[test]
    fn replace_shows_what_falls_back() {
        let mut current = factory();
        current.insert("time_offset".into(), 77.into());
        current.insert("encryption_key".into(), "****".into());
        current.insert("authentication_key".into(), "".into());
        current.insert("future".into(), true.into());
        let (document, list) = replacement(&current, &wanted(&[("baudrate", "9600")]));
        assert_eq!(
            lines(&list),
            [
                "baudrate: 115200 -> 9600",
                "encryption_key: (set, hidden) -> (cleared)",
                "time_offset: 77 -> 0",
                "future: true -> (factory default)",
            ]
        );
        assert_eq!(list.iter().map(|c| c.reset).collect::<Vec<_>>(), [false, true, true, true]);
        assert_eq!(document.len(), 18);
        assert_eq!(document["baudrate"], json!(9600));
        assert_eq!(document["encryption_key"], CLEARED_KEY);
    }

    #[test]
    fn readback_tells_what_is_not_as_asked() {
        let list = changes(
            &factory(),
            &wanted(&[
                ("baudrate", "2400"),
                ("conv_factor", "0.1234567890123"),
                ("encryption_key", KEY),
                ("parity", "odd"),
            ]),
        );
        let after = object(json!({"baudrate": 9600, "conv_factor": 0.12345679}));
        assert_eq!(
            readback(&after, &list),
            [
                Readback::Differs { name: "baudrate".into(), wanted: "2400".into(), got: "9600".into() },
                Readback::Differs {
                    name: "parity".into(),
                    wanted: "odd".into(),
                    got: "(not reported)".into()
                },
                Readback::Hidden { name: "encryption_key".into() },
                Readback::Rounded { name: "conv_factor".into(), got: "0.12345679".into() },
            ]
        );
        let after = object(
            json!({"baudrate": 2400, "conv_factor": 0.1234567890123, "encryption_key": "", "parity": "odd"}),
        );
        assert_eq!(
            readback(&after, &list),
            [Readback::Differs {
                name: "encryption_key".into(),
                wanted: "(new key)".into(),
                got: "(not set)".into()
            }]
        );
    }

    #[test]
    fn keys_a_firmware_should_show_are_masked() {
        let settings = object(json!({"encryption_key": KEY, "authentication_key": "", "baudrate": 300}));
        let hidden = masked(&settings);
        assert_eq!(
            Json::Object(hidden),
            json!({"encryption_key": "*".repeat(32), "authentication_key": "", "baudrate": 300})
        );
    }
}
