//! What the gateway would report of a message: the shape of its `/api/v1/report`.
//!
//! | member | unit | OBIS |
//! |---|---|---|
//! | `instantaneous_power.{active,reactive}.{positive,negative}.{total,l1,l2,l3}` | kW, kvar | 1–4.7.0, 21–24, 41–44, 61–64 |
//! | `voltage.l1…`, `current.l1…` | V, A | 32/52/72.7.0, 31/51/71.7.0 |
//! | `energy.{active,reactive}.{positive,negative}.{total,t1,t2}` | kWh, kvarh | 1–4.8.0, .1, .2 |
//! | `power_factor`, `tariff`, `date_time`, `volume` | | 13.7.0, 96.14.0, the meter's clock, M-Bus devices |
//!
//! `conv_factor` multiplies power, energy and current; `time_offset` is added to the meter's time.  A set of
//! scalers replaces the power of ten that comes with a value, for DLMS registers only: a P1 telegram prints
//! its values in full.  Source: the gateway's public API documentation.

use super::message::{Id, MepId, Message, Protocol, Reading, Value};
use super::{Decimal, Obis, Timestamp};
use serde_json::{Map, Value as Json, json};

/// Which powers of ten the gateway applies (`scalers_set`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scalers {
    /// Those that the message carries, or that are known of its meter.
    #[default]
    Detected,
    /// `(C, D, E, power)` over those detected; E = 255 stands for every E.
    Custom(Vec<(u8, u8, u8, i8)>),
    /// Those of the Landis+Gyr E570, which sends none.
    Lge570,
}

/// Settings of the gateway that change what it reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `scalers_set`, with the custom scalers.
    pub scalers: Scalers,
    /// `conv_factor`.
    pub conv_factor: Decimal,
    /// `time_offset`, in seconds.
    pub time_offset: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { scalers: Scalers::Detected, conv_factor: Decimal::integer(1), time_offset: 0 }
    }
}

/// What a value is, for its unit and for what applies to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Power,
    Energy,
    Current,
    Voltage,
    Factor,
}

/// Where a value stands in the report.
#[derive(Debug, Clone, Copy)]
struct Place {
    quantity: Quantity,
    path: [&'static str; 4],
}

fn place(c: u8, d: u8, e: u8) -> Option<Place> {
    let phase = |c: u8| match c / 20 {
        0 => "total",
        1 => "l1",
        2 => "l2",
        _ => "l3",
    };
    let kind = |c: u8| match c % 20 {
        1 => Some(("active", "positive")),
        2 => Some(("active", "negative")),
        3 => Some(("reactive", "positive")),
        4 => Some(("reactive", "negative")),
        _ => None,
    };
    let (quantity, path) = match (c, d, e) {
        (1..=4 | 21..=24 | 41..=44 | 61..=64, 7, 0) => {
            let (kind, direction) = kind(c)?;
            (Quantity::Power, ["instantaneous_power", kind, direction, phase(c)])
        }
        (1..=4, 8, 0..=2) => {
            let (kind, direction) = kind(c)?;
            let tariff = match e {
                0 => "total",
                1 => "t1",
                _ => "t2",
            };
            (Quantity::Energy, ["energy", kind, direction, tariff])
        }
        (32 | 52 | 72, 7, 0) => (Quantity::Voltage, ["voltage", phase(c), "", ""]),
        (31 | 51 | 71, 7, 0) => (Quantity::Current, ["current", phase(c), "", ""]),
        (13, 7, 0) => (Quantity::Factor, ["power_factor", "", "", ""]),
        _ => return None,
    };
    Some(Place { quantity, path })
}

/// What an element of a MEP table is in terms of OBIS.
fn of_mep(id: MepId) -> Option<Obis> {
    let (c, d, e) = match (id.table, id.tier, id.element) {
        (23, tier, element @ 0..=3) => (element as u8 + 1, 8, tier.map_or(0, |tier| tier.saturating_add(1))),
        (28, None, element @ 0..=3) => (element as u8 + 1, 7, 0),
        (28, None, element @ 4..=6) => (31 + (element as u8 - 4) * 20, 7, 0),
        (28, None, element @ 7..=9) => (32 + (element as u8 - 7) * 20, 7, 0),
        _ => return None,
    };
    Some(Obis::new(1, 0, c, d, e))
}

/// The power of ten that the E570's set applies.
const fn lge570(c: u8, d: u8) -> Option<i16> {
    match (c, d) {
        (1..=4, 8) => Some(3),
        (1 | 2 | 21..=24 | 41..=44 | 61..=64 | 31 | 51 | 71, 7) => Some(-1),
        (32 | 52 | 72, 7) => Some(0),
        _ => None,
    }
}

impl Settings {
    /// The report of a message; `None` when nothing in it goes into one.
    pub fn report(&self, message: &Message) -> Option<Json> {
        let mut report = Map::new();
        let mut volume = Vec::new();
        let mut found = false;
        let dlms = matches!(message.protocol, Protocol::Hdlc | Protocol::Mbtr | Protocol::Dlms);
        for reading in &message.readings {
            let Some(obis) = (match reading.id {
                Id::Obis(obis) => Some(obis),
                Id::Mep(id) => of_mep(id),
                _ => None,
            }) else {
                continue;
            };
            let Obis([_, channel, c, d, e, _]) = obis;
            if (c, d) == (96, 14) {
                if let Some(tariff) = tariff(&reading.value) {
                    report.insert("tariff".into(), tariff);
                }
            } else if c == 24 && matches!(d, 2 | 3) && matches!(reading.value, Value::Number(_)) {
                volume.push(self.device(channel, reading));
                found = true;
            } else if let Some(Place { quantity, path }) = place(c, d, e)
                && let Some(value) = self.value(reading, quantity, (c, d, e), dlms)
            {
                put(&mut report, &path, number(value));
                found = true;
            }
        }
        if !found {
            return None;
        }
        if let Some(time) = message.time {
            report.insert("date_time".into(), moved(time, self.time_offset).to_string().into());
        }
        report.insert("conv_factor".into(), number(self.conv_factor));
        if !volume.is_empty() {
            report.insert("volume".into(), volume.into());
        }
        let meter = &message.meter;
        let mut about = Map::new();
        about.insert("protocol".into(), protocol(message.protocol).into());
        for (name, value) in
            [("id", &meter.id), ("manufacturer", &meter.manufacturer), ("model", &meter.model)]
        {
            if let Some(value) = value {
                about.insert(name.into(), value.as_str().into());
            }
        }
        Some(json!({"report": report, "meter": about}))
    }

    /// The value in the report's unit.
    fn value(
        &self,
        reading: &Reading,
        quantity: Quantity,
        code: (u8, u8, u8),
        dlms: bool,
    ) -> Option<Decimal> {
        let Value::Number(mut value) = reading.value else { return None };
        if dlms && let Some(power) = self.power(code) {
            // The digits as the meter sent them: its scaler is in the exponent.
            value = Decimal::new(value.coefficient(), power)?;
        }
        let to_report = match (quantity, reading.unit.as_deref()) {
            (Quantity::Factor, _) => 0,
            (_, None) => match quantity {
                // A DLMS value without a unit is taken in the unit its code has everywhere.
                Quantity::Power | Quantity::Energy => -3,
                _ => 0,
            },
            (quantity, Some(unit)) => power_of_unit(quantity, unit)?,
        };
        let value = value.scaled(to_report)?;
        match quantity {
            Quantity::Power | Quantity::Energy | Quantity::Current => value.checked_mul(self.conv_factor),
            Quantity::Voltage | Quantity::Factor => Some(value),
        }
    }

    /// The power of ten that the chosen set has for a code.
    fn power(&self, (c, d, e): (u8, u8, u8)) -> Option<i16> {
        match &self.scalers {
            Scalers::Detected => None,
            Scalers::Lge570 => lge570(c, d),
            Scalers::Custom(list) => {
                let fits = |any: bool| {
                    let e = if any { 255 } else { e };
                    list.iter().find(move |entry| (entry.0, entry.1, entry.2) == (c, d, e))
                };
                fits(false).or_else(|| fits(true)).map(|entry| i16::from(entry.3))
            }
        }
    }

    fn device(&self, channel: u8, reading: &Reading) -> Json {
        let value = match reading.value {
            Value::Number(value) => number(value),
            _ => Json::Null,
        };
        let mut device = json!({"channel": channel, "value": value, "unit": reading.unit.as_deref()});
        if let (Some(time), Some(map)) = (reading.time, device.as_object_mut()) {
            map.insert("date_time".into(), moved(time, self.time_offset).to_string().into());
        }
        device
    }
}

/// From a unit on the wire to the report's: the power of ten, if it measures the quantity.
fn power_of_unit(quantity: Quantity, unit: &str) -> Option<i16> {
    let (names, reported): (&[&str], i16) = match quantity {
        Quantity::Power => (&["W", "var", "VAr", "VA"], 3),
        Quantity::Energy => (&["Wh", "varh", "VArh", "VAh"], 3),
        Quantity::Current => (&["A"], 0),
        Quantity::Voltage => (&["V"], 0),
        Quantity::Factor => return Some(0),
    };
    let prefixes = [("", 0), ("k", 3), ("M", 6), ("G", 9), ("m", -3)];
    let fits = |prefix: &str| unit.strip_prefix(prefix).is_some_and(|name| names.contains(&name));
    prefixes.into_iter().find(|(prefix, _)| fits(prefix)).map(|(_, power)| power - reported)
}

/// `0002` is tariff 2.
fn tariff(value: &Value) -> Option<Json> {
    match value {
        Value::Number(number) => Some(self::number(*number)),
        Value::Text(text) => text.parse::<u32>().ok().map(Json::from),
        _ => None,
    }
}

/// The gateway's word for a protocol.
const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Dsmr => "DSMR",
        Protocol::Mbus => "MBUS",
        Protocol::Kmp => "KMP",
        Protocol::Mep => "MEP",
        _ => "DLMS",
    }
}

/// A number with its digits.
fn number(value: Decimal) -> Json {
    serde_json::from_str(&value.to_string()).unwrap_or_default()
}

fn put(into: &mut Map<String, Json>, path: &[&'static str], value: Json) {
    match path {
        [] | ["", ..] => {}
        [last] | [last, "", ..] => {
            into.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = into.entry(*first).or_insert_with(|| Map::new().into());
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

/// `seconds` later.  A time without seconds, or one that leaves the calendar, stays as it is.
fn moved(time: Timestamp, seconds: i64) -> Timestamp {
    let later = || {
        let (year, month, day) = time.ymd();
        let clock = time.time_of_day()?;
        let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        let part = |part: u8| i8::try_from(part).ok();
        let at = date.to_datetime(
            jiff::civil::Time::new(part(clock.hour)?, part(clock.minute)?, part(clock.second?)?, 0).ok()?,
        );
        let at = at.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
        let part = |part: i8| u8::try_from(part).ok();
        let date = Timestamp::date(at.year(), part(at.month())?, part(at.day())?)?;
        let moved = date.hms(part(at.hour())?, part(at.minute())?, part(at.second())?)?;
        match time.offset_minutes() {
            Some(minutes) => moved.offset(minutes),
            None => Some(moved),
        }
    };
    later().unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(obis: &str, digits: i128, exponent: i16, unit: Option<&str>) -> Reading {
        let value = Value::Number(Decimal::new(digits, exponent).unwrap());
        Reading { unit: unit.map(Into::into), ..Reading::new(Id::Obis(Obis::parse(obis).unwrap()), value) }
    }

    fn message(protocol: Protocol, readings: Vec<Reading>) -> Message {
        let mut message = Message::new(protocol);
        message.time =
            Timestamp::date(2025, 12, 31).and_then(|d| d.hms(23, 59, 30)).and_then(|t| t.offset(60));
        message.readings = readings;
        message
    }

    #[test]
    fn the_shape_of_the_gateways_report() {
        let mut gas = reading("0-1:24.2.1", 246_138, -3, Some("m3"));
        gas.time = Timestamp::date(2020, 4, 26).and_then(|d| d.hms(22, 30, 0));
        let mut message = message(
            Protocol::Dsmr,
            vec![
                reading("1-0:1.8.1", 51_775, -3, Some("kWh")),
                reading("1-0:1.7.0", 302, -3, Some("kW")),
                reading("1-0:42.7.0", 5, -3, Some("kW")),
                reading("1-0:32.7.0", 2343, -1, Some("V")),
                reading("1-0:71.7.0", 2, 0, Some("A")),
                gas,
                Reading::new(Id::Obis(Obis::new(0, 0, 96, 14, 0)), Value::Text("0002".into())),
            ],
        );
        message.meter.id = Some("E1".into());
        let report = Settings::default().report(&message).unwrap();
        let want: Json = serde_json::from_str(
            r#"{"report":{"energy":{"active":{"positive":{"t1":51.775}}},
                "instantaneous_power":{"active":{"positive":{"total":0.302},"negative":{"l2":0.005}}},
                "voltage":{"l1":234.3},"current":{"l3":2},"tariff":2,"conv_factor":1,
                "date_time":"2025-12-31T23:59:30+01:00",
                "volume":[{"channel":1,"value":246.138,"unit":"m3","date_time":"2020-04-26T22:30:00"}]},
                "meter":{"protocol":"DSMR","id":"E1"}}"#,
        )
        .unwrap();
        assert_eq!(report, want);
    }

    #[test]
    fn scalers_apply_to_dlms_only() {
        let readings = || {
            vec![
                reading("1-0:1.8.0", 1234, 0, Some("Wh")),
                reading("1-0:1.7.0", 2589, 0, Some("W")),
                reading("1-0:31.7.0", 4000, 0, Some("A")),
                reading("1-0:32.7.0", 231, 0, Some("V")),
            ]
        };
        let values = |scalers: Scalers, protocol: Protocol| {
            let report =
                Settings { scalers, ..Settings::default() }.report(&message(protocol, readings())).unwrap();
            let at = |path: &str| report.pointer(path).unwrap().to_string();
            [
                at("/report/energy/active/positive/total"),
                at("/report/instantaneous_power/active/positive/total"),
                at("/report/current/l1"),
                at("/report/voltage/l1"),
            ]
        };
        assert_eq!(values(Scalers::Lge570, Protocol::Hdlc), ["1234", "0.2589", "400.0", "231"]);
        assert_eq!(values(Scalers::Lge570, Protocol::Dsmr), ["1.234", "2.589", "4000", "231"]);
        let custom = Scalers::Custom(vec![(1, 8, 255, 2), (31, 7, 0, -3)]);
        assert_eq!(values(custom, Protocol::Hdlc), ["123.4", "2.589", "4.000", "231"]);
    }

    #[test]
    fn factor_and_offset() {
        let settings = Settings { conv_factor: Decimal::integer(40), time_offset: 45, ..Settings::default() };
        let readings =
            vec![reading("1-0:1.8.0", 15, -1, Some("kWh")), reading("1-0:32.7.0", 231, 0, Some("V"))];
        let report = settings.report(&message(Protocol::Hdlc, readings)).unwrap();
        assert_eq!(report.pointer("/report/energy/active/positive/total").unwrap().to_string(), "60.0");
        assert_eq!(report.pointer("/report/voltage/l1").unwrap().to_string(), "231");
        assert_eq!(report.pointer("/report/date_time").unwrap(), "2026-01-01T00:00:15+01:00");
        assert_eq!(Settings::default().report(&message(Protocol::Mbus, vec![])), None);
    }
}
