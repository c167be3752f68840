//! What is decoded: what the simulated meters send, and recordings where there are any.

use std::path::Path;
use wwctl::decode::crypt::{Header, Opener};
use wwctl::decode::mep::tables::{
    CLOCK, DIMENSIONS, ENERGIES, IDENTITY, PRESENT, PRESENT_SELECTION, SELECTION, SERIAL,
};
use wwctl::decode::{Key, Keys, Protocol};
use wwctl::line::random::Random;
use wwctl::probe::ask::mep::Client;
use wwctl::simulate::meter::dlms::{Division, DlmsMeter, Shape};
use wwctl::simulate::meter::dsmr::DsmrMeter;
use wwctl::simulate::meter::kmp::{self, KmpMeter};
use wwctl::simulate::meter::mbus::{Kind, MbusMeter};
use wwctl::simulate::meter::mep::MepMeter;

/// Bytes of each input: a turn then takes some milliseconds, which other programs seldom cut in two.
const INPUT: usize = 1 << 20;

/// The keys of all ciphered inputs.
pub const KEYS: Keys =
    Keys { encryption: Some(Key::new([0x11; 16])), authentication: Some(Key::new([0x22; 16])) };

const PLAIN: Keys = Keys { encryption: None, authentication: None };

/// What these senders send in turn, as often as it takes.
fn take_turns(senders: &mut [impl FnMut() -> Vec<u8>]) -> Vec<u8> {
    let mut input = Vec::with_capacity(INPUT + (1 << 16));
    while input.len() < INPUT {
        for sender in senders.iter_mut() {
            input.extend(sender());
        }
    }
    input
}

/// Dutch telegrams of version 5.
pub fn dsmr() -> Vec<u8> {
    let Some(mut meter) = DsmrMeter::new(Some("nl5"), 1) else { return Vec::new() };
    take_turns(&mut [|| meter.telegram()])
}

/// Telegrams of Luxembourg.
pub fn dsmr_ciphered() -> Vec<u8> {
    let Some(meter) = DsmrMeter::new(Some("lu"), 1) else { return Vec::new() };
    let mut meter = meter.ciphered(&KEYS);
    take_turns(&mut [|| meter.telegram()])
}

fn dlms(shapes: &[Shape], keys: &Keys, protocol: Protocol) -> Vec<u8> {
    let sender = |shape: &Shape| {
        let mut meter = DlmsMeter::new(*shape, keys, 1);
        move || meter.push(protocol)
    };
    take_turns(&mut shapes.iter().map(sender).collect::<Vec<_>>())
}

const MAKERS: [Shape; 6] =
    [Shape::Aidon, Shape::Kamstrup, Shape::Kaifa, Shape::Iskra, Shape::LandisGyr, Shape::Austria];

/// The one list that the peer reads too: OBIS code, value, scaler and unit without inner structures, as in
/// Austria, but without the time and the meter number that have no OBIS code there.
fn named_list(meter: &mut DlmsMeter) -> Vec<u8> {
    let mut apdu = meter.apdu();
    let (list, text) = (18, 14);
    apdu.truncate(apdu.len() - text);
    apdu.drain(list + 2..list + 2 + text);
    apdu[list + 1] -= 2;
    apdu
}

/// That list in HDLC frames.
pub fn hdlc() -> Vec<u8> {
    let mut meter = DlmsMeter::new(Shape::Austria, &PLAIN, 1);
    take_turns(&mut [|| {
        let apdu = named_list(&mut meter);
        meter.hdlc(&apdu, Division::Whole)
    }])
}

/// The same, ciphered and with a tag.
pub fn hdlc_ciphered() -> Vec<u8> {
    let mut meter = DlmsMeter::new(Shape::Austria, &PLAIN, 1);
    let Some(opener) = Opener::new(&KEYS) else { return Vec::new() };
    let mut header = Header { control: 0x30, title: *b"KFMg0001", counter: 0 };
    take_turns(&mut [|| {
        header.counter += 1;
        let mut content = Vec::new();
        opener.seal(&header, &named_list(&mut meter), &mut content);
        let length = (content.len() + 5) as u16;
        let mut apdu = vec![0xDB, 8];
        apdu.extend(header.title);
        apdu.push(0x82);
        apdu.extend(length.to_be_bytes());
        apdu.push(header.control);
        apdu.extend(header.counter.to_be_bytes());
        apdu.extend(content);
        meter.hdlc(&apdu, Division::Whole)
    }])
}

/// Lists of all makers in turn, also in segments and blocks.
pub fn hdlc_makers() -> Vec<u8> {
    dlms(&MAKERS, &PLAIN, Protocol::Hdlc)
}

/// The same, ciphered and with a tag.
pub fn hdlc_makers_ciphered() -> Vec<u8> {
    dlms(&MAKERS, &KEYS, Protocol::Hdlc)
}

/// DLMS on the M-Bus transport.
pub fn mbtr() -> Vec<u8> {
    dlms(&[Shape::Austria], &KEYS, Protocol::Mbtr)
}

/// Answers of heat, water and electricity meters in turn.
pub fn mbus() -> Vec<u8> {
    let sender = |kind: Kind| {
        let mut meter = MbusMeter::of_kind(kind, Random::part(1, 5), None);
        move || meter.telegram()
    };
    take_turns(&mut [Kind::Heat, Kind::Water, Kind::Electricity].map(sender))
}

/// Requests for eight registers, and their answers.
pub fn kmp() -> Vec<u8> {
    let wanted = [60u16, 68, 74, 80, 86, 87, 89, 1004];
    let mut request = vec![0x3F, 0x10, wanted.len() as u8];
    request.extend(wanted.iter().flat_map(|register| register.to_be_bytes()));
    let request = kmp::frame(0x80, &request);
    let mut seed = 0;
    take_turns(&mut [|| {
        seed += 1;
        let answer = KmpMeter::new(seed).answer(&request).unwrap_or_default();
        [&request[..], &answer].concat()
    }])
}

/// Reads of all tables of a meter, with their answers.
pub fn mep() -> Vec<u8> {
    const TABLES: [u16; 8] =
        [DIMENSIONS, IDENTITY, SERIAL, SELECTION, PRESENT_SELECTION, ENERGIES, PRESENT, CLOCK];
    let Some(key) = KEYS.encryption else { return Vec::new() };
    let mut meter = MepMeter::new(key, 1);
    let mut client = Client::new(Some(key), false);
    client.present_sequence(meter.sequence);
    let mut tables = TABLES.into_iter().cycle();
    take_turns(&mut [|| {
        let request = client.read(tables.next().unwrap_or(ENERGIES));
        // The meter is given a request without its length field.
        let answer = request.get(2..).and_then(|request| meter.answer(request)).unwrap_or_default();
        [request, answer].concat()
    }])
}

/// Bytes without meaning.
pub fn noise() -> Vec<u8> {
    let mut random = Random::part(1, 99);
    (0..INPUT).map(|_| random.byte()).collect()
}

/// The recordings of a protocol, one behind the other, as often as it takes; nothing where there are none.
pub fn captures(protocol: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures").join(protocol);
    let mut folders: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    folders.sort();
    let all: Vec<u8> = folders
        .iter()
        .flat_map(|folder| std::fs::read(folder.join("capture.bin")).unwrap_or_default())
        .collect();
    if all.is_empty() {
        all
    } else {
        all.iter().copied().cycle().take(INPUT / all.len() * all.len()).collect()
    }
}
