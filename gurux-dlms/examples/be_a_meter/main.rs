//! A meter on TCP that any DLMS/COSEM client reads:
//!
//! ```sh
//! cargo run --example be_a_meter -- --port 4059 --framing wrapper --referencing ln --suite 0
//! ```
//!
//! It takes every mechanism from 0 to 6, in clear and ciphered, from any client. What it is, and what it
//! holds, is in `meter.rs`.

mod meter;

use std::error::Error;
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Instant;

use gurux_dlms::session::Referencing;
use meter::Options;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, default: &str| {
        let place = arguments.iter().position(|argument| argument == name);
        let value = place.and_then(|place| arguments.get(place + 1));
        value.map_or_else(|| default.to_owned(), String::clone)
    };
    let options = Options {
        is_hdlc: option("--framing", "wrapper") == "hdlc",
        referencing: match option("--referencing", "ln").as_str() {
            "sn" => Referencing::ShortNames,
            _ => Referencing::LogicalNames,
        },
        suite: option("--suite", "0").parse()?,
        max_pdu: option("--max-pdu", "65535").parse()?,
        max_info: option("--max-info", "512").parse()?,
        window: option("--window", "3").parse()?,
    };
    let mut meter = meter::meter(&options)?;

    let listener = TcpListener::bind(("127.0.0.1", option("--port", "0").parse()?))?;
    println!("listening on {}", listener.local_addr()?);
    let begin = Instant::now();
    for stream in listener.incoming() {
        let ended = meter::serve(&mut meter, stream?, begin, |event| println!("{event:?}"));
        if let Err(error) = ended {
            eprintln!("the connection ended: {error}");
        }
    }
    Ok(())
}
