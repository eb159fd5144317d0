//! Waiting for a descriptor until a deadline on the monotonic clock.

use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;

use crate::{Instant, clock};

/// Is there something to read (or an error, or the end) before `deadline`?
pub(crate) fn readable(fd: &impl AsFd, deadline: Instant) -> io::Result<bool> {
    wait(fd, PollFlags::IN, deadline)
}

/// Is there room to write (or an error) before `deadline`?
#[cfg(any(feature = "tcp", feature = "pty"))]
pub(crate) fn writable(fd: &impl AsFd, deadline: Instant) -> io::Result<bool> {
    wait(fd, PollFlags::OUT, deadline)
}

fn wait(fd: &impl AsFd, what: PollFlags, deadline: Instant) -> io::Result<bool> {
    loop {
        let left = deadline.since(clock::now());
        let timeout = if deadline == Instant::FAR_FUTURE {
            None
        } else {
            // A span that the system cannot hold is centuries long: waited for without end.
            Timespec::try_from(left).ok()
        };
        match poll(&mut [PollFd::new(fd, what)], timeout.as_ref()) {
            Ok(0) if deadline > clock::now() => {}
            Ok(count) => return Ok(count > 0),
            // A signal: the deadline still holds.
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
