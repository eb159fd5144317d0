//! `gurux-ami health`: how a poller is doing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::Value as Json;

use super::Common;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Record};
use crate::site::Site;

/// How a poller is doing
///
/// Asks a poller that is running, where its site file says `Metrics`.
///
/// Exits with 0 if all is well, 2 if it is not, 3 if no poller answers.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gurux-ami health north.xml
  gurux-ami health 127.0.0.1:9187")]
pub(super) struct Health {
    /// The site file of the poller, or the address and port on which it tells
    #[arg(value_name = "SITE.xml|ADDRESS:PORT")]
    poller: String,
}

/// It answers at once, or is not well.
const PATIENCE: Duration = Duration::from_secs(5);
/// What it says is short.
const LONGEST: u64 = 1 << 20;

const COLUMNS: &[&str] = &["what", "how"];

impl Health {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let address = self.address()?;
        let answer = ask(address)
            .map_err(|why| Failure::new(Exit::Unreachable, format!("{address}: {why}")))?;
        let health: Json = serde_json::from_str(&answer).map_err(|_| {
            Failure::new(Exit::Unreachable, format!("{address}: who answers there is no poller"))
        })?;
        let mut output = Output::stdout(common.format, COLUMNS);
        for (what, how) in health.as_object().into_iter().flatten() {
            let text = how.as_str().map_or_else(|| how.to_string(), str::to_owned);
            output.record(Record {
                json: serde_json::json!({"what": what, "how": how}),
                cells: vec![what.clone(), text],
            })?;
        }
        output.finish()?;
        Ok(if health.get("status").is_some_and(|status| status == "ok") {
            Exit::Ok
        } else {
            Exit::Partial
        })
    }

    fn address(&self) -> Result<SocketAddr, Failure> {
        if let Ok(address) = self.poller.parse() {
            return Ok(address);
        }
        let site = Site::load(Path::new(&self.poller))?;
        site.metrics.ok_or_else(|| {
            let sentence =
                format!("{}: the site has no Metrics, so its poller tells nobody", self.poller);
            Failure::usage(sentence)
        })
    }
}

/// What is said at `/health`.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer)?;
    Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}
