//! The endpoints, after the login.

use super::device::Device;
use super::fault::{Fault, Faults, spend};
use super::http::{Request, Response};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The largest body that the device takes.
const MAX_BODY: usize = 8192;

/// What the gateway does with a request.
pub(super) enum Deed {
    Answer(Response),
    /// Closes the connection without a word.
    Drop,
    /// Sends events from now on.
    Live,
    /// Answers, then is away for a while.
    Reboot,
}

pub(super) fn answer(device: &mut Device, faults: &mut Faults, request: &Request, now: Instant) -> Deed {
    let method = request.method.as_str();
    let reading = matches!(method, "GET" | "HEAD");
    let licensed = || match faults.has(&Fault::License) {
        true => Err(Response::error(404, "License required")),
        false => Ok(()),
    };
    Deed::Answer(match (request.path(), reading) {
        ("/api/v1/meter/settings", _) => return settings(device, faults, request),
        ("/api/v1/meter/scalers/custom", true) => Response::json(200, &json!(device.scalers)),
        ("/api/v1/meter/scalers/custom", false) if method == "POST" => {
            written(body(request).and_then(|document| {
                device.write_scalers(&document).map_err(|why| Response::error(400, &why))
            }))
        }
        ("/api/v1/meter/scalers/current", true) => Response::json(200, &json!(device.scalers_current())),
        ("/api/v1/system", true) => Response::json(200, &system(device, now)),
        ("/api/v1/report", true) => match licensed() {
            Ok(()) => Response::json(200, &report(device, now)),
            Err(refusal) => refusal,
        },
        ("/api/v1/report/objects", true) => match licensed() {
            Ok(()) => Response::json(200, &objects(device, now)),
            Err(refusal) => refusal,
        },
        ("/api/v1/live", true) => match licensed() {
            Ok(()) => return Deed::Live,
            Err(refusal) => refusal,
        },
        ("/api/v1/reboot", false) if method == "POST" => return Deed::Reboot,
        (path, _) if KNOWN.contains(&path) => Response::error(405, "method not allowed"),
        _ => Response::error(404, "not found"),
    })
}

const KNOWN: [&str; 6] = [
    "/api/v1/meter/scalers/custom",
    "/api/v1/meter/scalers/current",
    "/api/v1/system",
    "/api/v1/report",
    "/api/v1/report/objects",
    "/api/v1/reboot",
];

fn settings(device: &mut Device, faults: &mut Faults, request: &Request) -> Deed {
    if spend!(faults, Busy) {
        return Deed::Answer(Response::error(503, "try later"));
    }
    if spend!(faults, Failing) {
        return Deed::Answer(Response::error(500, "internal error"));
    }
    match request.method.as_str() {
        "GET" | "HEAD" => {
            let mut response = Response::json(200, &Value::Object(device.visible()));
            let half = response.body.len() / 2;
            if spend!(faults, Truncate) {
                response.cut = Some(response.body.len());
                response.body.truncate(half);
                response.close = true;
            } else if spend!(faults, HalfJson) {
                response.body.truncate(half);
            } else if spend!(faults, Html) {
                response.content_type = "text/html";
                response.body = b"<!doctype html><title>Log in</title>\n".to_vec();
            } else if spend!(faults, NotAnObject) {
                response.body = b"[1,2]\n".to_vec();
            } else if spend!(faults, Redirect) {
                response = Response::empty(302);
                response.headers.push(("Location", "http://portal.invalid/login".into()));
            }
            Deed::Answer(response)
        }
        "PUT" | "POST" => {
            let document = match body(request) {
                Ok(document) => document,
                Err(refusal) => return Deed::Answer(refusal),
            };
            if spend!(faults, Refuse) {
                return Deed::Answer(Response::error(400, "invalid value: not accepted by this device"));
            }
            if spend!(faults, IgnoreWrite) {
                return Deed::Answer(Response::empty(204));
            }
            let done = device.write(&document, request.method == "POST", faults.has(&Fault::Clamp));
            if done.is_ok() && spend!(faults, DropAfterWrite) {
                return Deed::Drop;
            }
            Deed::Answer(written(done.map_err(|why| Response::error(400, &why))))
        }
        _ => Deed::Answer(Response::error(405, "method not allowed")),
    }
}

fn body(request: &Request) -> Result<Value, Response> {
    if request.body.len() > MAX_BODY {
        return Err(Response::error(413, "too large"));
    }
    serde_json::from_slice(&request.body).map_err(|_| Response::error(400, "invalid JSON"))
}

fn written(done: Result<(), Response>) -> Response {
    match done {
        Ok(()) => Response::empty(204),
        Err(refusal) => refusal,
    }
}

fn system(device: &Device, now: Instant) -> Value {
    let status = device.meter_status(now);
    let known = status == "OK";
    let digits = device.id.get(6..).unwrap_or_default();
    let since = now.duration_since(device.started).as_secs();
    json!({
        "device": {
            "name": "", "id": device.id, "model": "WW_Go_1.2", "firmware": "1.10.0", "build": "simulated",
            "time_since_boot": since,
            "plug": {"v_usb": 5.02, "v_mbus": 0.0, "v_p1": 0.0, "v_scap": 4.92},
            "license": {"type": "PLUS"},
        },
        "meter": {
            "status": status,
            "interface": if known { "MBUS" } else { "NONE" },
            "protocol": if known { "DLMS" } else { "" },
            "protocol_version": "",
            "id": if known { "SIM00000001" } else { "" },
            "manufacturer": if known { "wwctl simulation" } else { "" },
            "report_interval": 5.0,
            "enc_en": device.settings.get("encryption").cloned().unwrap_or_default(),
            "auth_en": device.keys.contains_key("authentication_key"),
        },
        "wifi": {"ssid": "simulated", "rssi": -52, "signal": 96, "ip": "127.0.0.1"},
        "ethernet": {"state": 0},
        "sd_card": {"installed": false},
        "hostname": format!("whatwatt-{digits}"),
    })
}

/// Watts drawn now: they go up and down by a fixed pattern, so that something is to be seen.
fn power(since: Duration) -> i64 {
    const PATTERN: [i64; 8] = [412, 437, 1289, 1304, 1297, 655, 430, 409];
    let step = usize::try_from(since.as_secs() / 5).unwrap_or_default() % PATTERN.len();
    PATTERN.get(step).copied().unwrap_or_default()
}

fn thousandths(value: i64) -> Value {
    let text = format!("{}.{:03}", value / 1000, value % 1000);
    serde_json::from_str(&text).unwrap_or_default()
}

pub(super) fn report(device: &Device, now: Instant) -> Value {
    let since = now.duration_since(device.started);
    let status = device.meter_status(now);
    let watts = power(since);
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    let energy = 4_408_736 + seconds * watts / 3600;
    json!({
        "report": {
            "id": seconds / 5 + 1, "interval": 5.0, "tariff": 1,
            "instantaneous_power": {"active": {
                "positive": {"total": thousandths(watts)}, "negative": {"total": thousandths(0)},
            }},
            "voltage": {"l1": 231, "l2": 230, "l3": 232},
            "energy": {"active": {
                "positive": {"total": thousandths(energy)}, "negative": {"total": thousandths(0)},
            }},
            "conv_factor": device.settings.get("conv_factor").cloned().unwrap_or_default(),
        },
        "meter": {"status": status, "protocol": "DLMS"},
        "system": {"id": device.id},
    })
}

fn objects(device: &Device, now: Instant) -> Value {
    let since = now.duration_since(device.started);
    // COSEM unit codes: 27 W, 30 Wh, 35 V (IEC 62056-6-2, table of units).
    json!([
        {"logical_name": "1-0:1.7.0", "class": 3, "tag": 6, "size": 4, "value": power(since), "unit": 27, "scaler": 0},
        {"logical_name": "1-0:1.8.0", "class": 3, "tag": 6, "size": 4, "value": 4_408_736, "unit": 30, "scaler": 0},
        {"logical_name": "1-0:32.7.0", "class": 3, "tag": 18, "size": 2, "value": 231, "unit": 35, "scaler": 0},
    ])
}
