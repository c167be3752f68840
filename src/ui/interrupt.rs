//! Ctrl-C: ends the process with status 130, unless a command wants to stop in its own way.

use crate::Kind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static WAITING: AtomicUsize = AtomicUsize::new(0);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler; once, at the start of the process.
pub fn install() {
    // A process without a handler (it cannot be installed twice) still dies by the signal.
    let _ = ctrlc::set_handler(|| {
        let again = INTERRUPTED.swap(true, Ordering::SeqCst);
        if again || WAITING.load(Ordering::SeqCst) == 0 {
            std::process::exit(i32::from(Kind::Interrupted.exit_status()));
        }
    });
}

/// While this lives, the first Ctrl-C only makes [`interrupted`] true; the second ends the process.
#[derive(Debug)]
#[must_use]
pub struct Cooperative(());

/// From now on the caller asks [`interrupted`] often, and stops in its own way.
pub fn cooperate() -> Cooperative {
    WAITING.fetch_add(1, Ordering::SeqCst);
    Cooperative(())
}

impl Drop for Cooperative {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// True once Ctrl-C was pressed (or the process was asked to terminate).
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}
