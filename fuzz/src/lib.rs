//! What must hold for any input of the decoder.

use wwctl::decode::{Decoder, Key, Keys, Message, Options, Protocol};

/// Decodes `data` whole and in pieces, with a key and without: the messages must be the same, and lie within the input.
pub fn check(data: &[u8], protocol: Option<Protocol>) {
    for keys in [Keys::default(), Keys { encryption: Some(Key::new([1; 16])), authentication: None }] {
        let options = Options { protocol, keys };
        let whole = decode(&[data], &options);
        for message in &whole {
            assert!(message.offset + message.length <= data.len() as u64);
        }
        // The first byte says how long the pieces are.
        let size = data.first().map_or(1, |b| usize::from(*b) % 16 + 1);
        let pieces: Vec<&[u8]> = data.chunks(size).collect();
        assert_eq!(whole, decode(&pieces, &options));
    }
}

fn decode(pieces: &[&[u8]], options: &Options) -> Vec<Message> {
    let mut decoder = Decoder::new(options);
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(message) = decoder.next() {
            messages.push(message.clone());
        }
    }
    decoder.finish();
    while let Some(message) = decoder.next() {
        messages.push(message.clone());
    }
    messages
}
