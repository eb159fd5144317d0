//! A register read with our client of DLMS and with gurux-dlms', in one run: `benches/clients/figures.sh`
//! gives the Python that has gurux-dlms, and the program `be_a_meter`.

use std::error::Error;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

use gurux_benches::dlms_client::{contender, sealed_answer};
use gurux_benches::names;
use gurux_dlms::security::Software;
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, ClientEvent, Guard, Seed, Stores,
    WrapperConfig, WrapperLink,
};
use gurux_dlms::wire::AttributeDescriptor;
use gurux_media::Media;
use gurux_media::drive::{Driven, Driver};
use gurux_media::settings::TcpSettings;
use gurux_media::tcp::Tcp;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Each is timed so often, in turn.
const ROUNDS: usize = 15;
const OURS_A_ROUND: u64 = 20_000;
const THEIRS_A_ROUND: u64 = 100;
const READS_OF_LOOPBACK: u64 = 2000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [python, meter] = arguments.as_slice() else {
        eprintln!("Usage: clients PYTHON BE_A_METER");
        return ExitCode::FAILURE;
    };
    match run(python, meter) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(python: &str, meter: &str) -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/gurux_dlms_client.py");
    let sealed: String = sealed_answer().iter().map(|octet| format!("{octet:02X}")).collect();
    let mut theirs = Program::start(Command::new(python).arg(script).arg(sealed))?;
    println!("| a register is read | gurux | gurux-dlms | ratio |");
    println!("|---|---:|---:|---:|");
    for (what, workload) in
        [("plain", names::DLMS_CLIENT_REGISTER), ("sealed", names::DLMS_CLIENT_REGISTER_SEALED)]
    {
        let mut ours = contender(workload).ok_or("no such work")?;
        let value = ours.deliver().0;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let begun = std::time::Instant::now();
            ours.run(OURS_A_ROUND);
            let own = begun.elapsed().as_nanos() as f64 / OURS_A_ROUND as f64;
            rounds.push((own, theirs.time(&format!("{what} {THEIRS_A_ROUND}"), value)?));
        }
        row(&format!("without a line, {what}"), rounds);
    }
    let mut meter = Program::start(&mut Command::new(meter))?;
    let place = meter.line()?;
    meter.ignore();
    let port: u16 = place.rsplit(':').next().unwrap_or_default().parse()?;
    let (own, value) = loopback(port)?;
    let other = theirs.time(&format!("loopback {port} {READS_OF_LOOPBACK}"), value)?;
    row("from a meter on the same machine, plain", vec![(own, other)]);
    Ok(())
}

/// The median of the rounds, by their ratios.
fn row(what: &str, mut rounds: Vec<(f64, f64)>) {
    rounds.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (own, other) = rounds.get(rounds.len() / 2).copied().unwrap_or_default();
    println!("| {what} | {:.2} µs | {:.1} µs | {:.0} |", own / 1e3, other / 1e3, other / own);
}

/// Nanoseconds of one read over TCP with our client, and the value.
fn loopback(port: u16) -> Result<(f64, u64)> {
    let link = WrapperLink::new(WrapperConfig::default(), Owned::new(4096), Owned::new(4096));
    let mut client = Client::new(
        ClientConfig::default(),
        Authentication::Lowest,
        ClientCarrier::wrapper(link),
        Guard::open(Software),
        Seed::new([0; 32]),
        Stores::owned(1024, 1024),
    );
    let instance_id = "1.0.1.8.0.255".parse()?;
    let register = AttributeDescriptor { class_id: 3, instance_id, attribute_id: 2 };
    let (mut driver, mut tcp) = (Driver::new(), Tcp::new(TcpSettings::new("127.0.0.1", port)));
    tcp.open()?;
    let mut value = 0;
    let mut begun = std::time::Instant::now();
    for read in 0..=READS_OF_LOOPBACK {
        if read == 1 {
            // The first has paid for the association.
            begun = std::time::Instant::now();
        }
        client.get(register)?;
        let until = tcp.now() + Duration::from_secs(10);
        loop {
            match driver.drive(&mut client, &mut tcp, until)? {
                Driven::Event(ClientEvent::Value { .. }) => {
                    value = client.value()?.as_integer().unwrap_or_default() as u64;
                }
                Driven::Event(ClientEvent::Done { .. }) => break,
                Driven::Event(ClientEvent::Failed { failure, .. }) => return Err(failure.into()),
                Driven::Event(_) => {}
                Driven::Deadline | Driven::Closed => return Err("no answer".into()),
            }
        }
    }
    Ok((begun.elapsed().as_nanos() as f64 / READS_OF_LOOPBACK as f64, value))
}

/// A program that is asked in lines; it ends with this one.
struct Program {
    child: Child,
    input: ChildStdin,
    output: Option<Lines<BufReader<ChildStdout>>>,
}

impl Program {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("no pipe")?;
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?).lines();
        Ok(Self { child, input, output: Some(output) })
    }

    fn line(&mut self) -> Result<String> {
        Ok(self.output.as_mut().and_then(Iterator::next).ok_or("it has ended")??)
    }

    /// What else it says is read, and nothing more: a full pipe would stop it.
    fn ignore(&mut self) {
        let output = self.output.take();
        std::thread::spawn(move || output.into_iter().flatten().for_each(drop));
    }

    /// The nanoseconds that it says, if it came to the same value.
    fn time(&mut self, question: &str, value: u64) -> Result<f64> {
        writeln!(self.input, "{question}")?;
        let answer = self.line()?;
        let (time, found) = answer.split_once(' ').ok_or("no answer")?;
        if found != value.to_string() {
            return Err(format!("{question}: ours is {value}, theirs {found}").into());
        }
        Ok(time.parse()?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
