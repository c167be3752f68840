//! The gateway's meter-communication settings.
