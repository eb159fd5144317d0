//! [`serve_tcp`]: a thread for each connection.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::thread;

use super::ServeSettings;
use crate::tcp::{Tcp, TcpServer};
use crate::{Driven, Driver, Instant, Media, MediaError, Session, clock};

/// How often a thread that waits looks whether it shall stop.
const STOP_INTERVAL: Duration = Duration::from_millis(100);
/// How often accepting may fail in a row (no descriptors left, say), a tenth of a second apart,
/// before the server gives up.
const ACCEPT_TRIES: u32 = 100;

/// Serves callers until `stop` is set. `make` gives each caller its session, or `None` to hang
/// up; `tell` hears what the sessions tell. Both are called from the caller's own thread.
///
/// ```no_run
/// # use core::sync::atomic::AtomicBool;
/// # use gurux_media::Session;
/// use gurux_media::serve::{ServeSettings, serve_tcp};
/// use gurux_media::settings::TcpListenSettings;
/// use gurux_media::tcp::TcpServer;
///
/// # fn f<S: Session>(new_session: impl Fn() -> S + Sync) -> Result<(), gurux_media::MediaError> {
/// let mut port = TcpServer::new(TcpListenSettings::new("0.0.0.0", 502));
/// let stop = AtomicBool::new(false);
/// serve_tcp(&mut port, &ServeSettings::default(), &stop, |_| Some(new_session()), |_, _| {})
/// # }
/// ```
///
/// # Errors
/// When the port cannot be bound, or does not accept any more. What goes wrong with one caller
/// ends that caller's connection and nothing else.
pub fn serve_tcp<S: Session>(
    port: &mut TcpServer,
    settings: &ServeSettings,
    stop: &AtomicBool,
    make: impl Fn(SocketAddr) -> Option<S> + Sync,
    tell: impl Fn(SocketAddr, S::Event) + Sync,
) -> Result<(), MediaError> {
    port.bind()?;
    let served = AtomicUsize::new(0);
    let (served, make, tell) = (&served, &make, &tell);
    thread::scope(|scope| {
        let mut failures = 0;
        while !stop.load(Ordering::Relaxed) {
            let caller = match port.accept(clock::now() + STOP_INTERVAL) {
                Ok(caller) => caller,
                Err(error) if failures == ACCEPT_TRIES => {
                    // The threads that serve on stop with the port.
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
                Err(_) => {
                    failures += 1;
                    thread::sleep(STOP_INTERVAL);
                    continue;
                }
            };
            failures = 0;
            let Some(caller) = caller else { continue };
            let Some(peer) = caller.peer() else { continue };
            if served.load(Ordering::Relaxed) >= settings.limit {
                continue;
            }
            served.fetch_add(1, Ordering::Relaxed);
            let work = move || {
                if let Some(session) = make(peer) {
                    serve_one(caller, session, settings, stop, |event| tell(peer, event));
                }
                served.fetch_sub(1, Ordering::Relaxed);
            };
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                served.fetch_sub(1, Ordering::Relaxed);
            }
        }
        Ok(())
    })
}

fn serve_one<S: Session>(
    mut caller: Tcp,
    mut session: S,
    settings: &ServeSettings,
    stop: &AtomicBool,
    tell: impl Fn(S::Event),
) {
    let mut driver = Driver::new();
    let connected_at = clock::now();
    while !stop.load(Ordering::Relaxed) {
        let active_at = driver.active_at().max(connected_at);
        let idle_at = settings.idle.map_or(Instant::FAR_FUTURE, |idle| active_at + idle);
        let now = clock::now();
        let until = idle_at.min(now + STOP_INTERVAL);
        match driver.drive(&mut session, &mut caller, until) {
            Ok(Driven::Event(event)) => tell(event),
            Ok(Driven::Deadline) if now >= idle_at => break,
            Ok(Driven::Deadline) => {}
            Ok(Driven::Closed) | Err(_) => break,
        }
    }
    driver.close(&mut session, &mut caller);
    while let Some(event) = session.poll_event() {
        tell(event);
    }
    caller.close();
}
