//! The same work on many gateways, some at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How often a caller that waits for results gets a chance to show that it is alive.
const TICK: Duration = Duration::from_millis(250);

/// Does `work` on every item, at most `jobs` at a time, and hands each result to `done` as it comes, on the calling
/// thread; while none comes, it gets `None` a few times a second.  Before each further item `more` is asked, by the
/// threads; once it says no, nothing new is begun, and what is under way is still waited for.
///
/// A slow item holds up nobody but itself.
pub fn run<T, R>(
    items: &[T],
    jobs: usize,
    more: impl Fn() -> bool + Sync,
    work: impl Fn(usize, &T) -> R + Sync,
    mut done: impl FnMut(Option<(usize, R)>),
) where
    T: Sync,
    R: Send,
{
    #[cfg(unix)]
    if items.len() > 256 {
        // Connections stay open for a moment after their gateway is done, and many systems allow 1024 files.  Where
        // more is not to be had, what is there has to do.
        let _ = rlimit::increase_nofile_limit(16_384);
    }
    let next = AtomicUsize::new(0);
    let (results, received) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            let results = results.clone();
            let (next, more, work) = (&next, &more, &work);
            // Half a megabyte is plenty for one exchange, and keeps a thousand threads small.
            let spawned = thread::Builder::new().stack_size(512 * 1024).spawn_scoped(scope, move || {
                while more() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    if results.send((index, work(index, item))).is_err() {
                        break;
                    }
                }
            });
            if spawned.is_err() {
                // The system has no more threads: those that run do the rest.
                break;
            }
        }
        drop(results);
        loop {
            match received.recv_timeout(TICK) {
                Ok(result) => done(Some(result)),
                Err(mpsc::RecvTimeoutError::Timeout) => done(None),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn every_item_once_and_never_more_than_asked_at_a_time() {
        let items: Vec<usize> = (0..200).collect();
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut seen = vec![0; items.len()];
        run(
            &items,
            7,
            || true,
            |_, item| {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::sleep(Duration::from_micros(200));
                running.fetch_sub(1, Ordering::SeqCst);
                *item
            },
            |result| {
                let Some((index, item)) = result else { return };
                assert_eq!(index, item);
                seen[index] += 1;
            },
        );
        assert!(seen.iter().all(|n| *n == 1));
        assert!(most.load(Ordering::SeqCst) <= 7);
    }

    #[test]
    fn nothing_new_is_begun_after_a_stop() {
        let items = [(); 100];
        let stop = AtomicBool::new(false);
        let mut count = 0;
        run(
            &items,
            2,
            || !stop.load(Ordering::SeqCst),
            |index, ()| {
                if index == 3 {
                    stop.store(true, Ordering::SeqCst);
                }
            },
            |result| count += usize::from(result.is_some()),
        );
        assert!((4..=6).contains(&count), "{count}");
    }

    #[test]
    fn no_items_no_work() {
        run(&[] as &[u8], 4, || true, |_, _| panic!("work"), |_| panic!("result"));
    }
}
