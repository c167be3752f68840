//! An embedded gateway and embedded meters: the counterparts of client and decoders.
