//! tokio-modbus: a client over any stream; here over a device in memory that answers at once, so
//! that a call never waits and costs no runtime.

use std::hint::black_box;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use gurux_benches::{Contender, frames, names};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_modbus::{Slave, client::Reader, client::tcp};

const NAME: &str = "tokio-modbus";

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    if workload != names::TCP_CALL {
        return None;
    }
    let answer = frames::modbus_tcp(&frames::registers(frames::REGISTERS));
    let mut client = tcp::attach_slave(Device { read: answer.len(), answer }, Slave(frames::UNIT));
    Some(Contender::new(NAME, move |_| {
        let (address, quantity) = black_box((frames::ADDRESS, frames::REGISTERS as u16));
        let call = pin!(client.read_holding_registers(address, quantity));
        match call.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(Ok(registers))) => frames::sum(&registers),
            _ => panic!("the device answers every request at once"),
        }
    }))
}

/// Answers each request with the same registers, under the request's transaction.
#[derive(Debug)]
struct Device {
    answer: Vec<u8>,
    /// Octets of the answer that have been read.
    read: usize,
}

impl AsyncWrite for Device {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        request: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.answer[..2].copy_from_slice(&request[..2]);
        self.read = 0;
        Poll::Ready(Ok(request.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Device {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        received: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = &self.answer[self.read..];
        if left.is_empty() {
            return Poll::Pending;
        }
        let taken = left.len().min(received.remaining());
        received.put_slice(black_box(&left[..taken]));
        self.read += taken;
        Poll::Ready(Ok(()))
    }
}
