//! Others' clients, gurux-dlms and dlms-cosem for Python, read the meter of the example `be_a_meter`.
//!
//! They run in one process, `tests/interop/dlms_clients.py`, which does one task after the other; each task
//! has a meter of its own. What a client says of each step is held against what the meter has.

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use gurux_dlms::session::Referencing;
use gurux_dlms::session::meter::Model;
use libtest_mimic::Trial;
use serde_json::{Value as Json, json};

#[path = "../../examples/be_a_meter/meter.rs"]
mod meter;
mod tasks;

use meter::Options;
use tasks::{Step, Task, Told};

/// The trials of this file; the meters are ours, so that only the python is needed.
pub(crate) fn trials(python: &Path) -> Vec<Trial> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/interop/dlms_clients.py");
    let desk = Arc::new(Mutex::new(Desk { python: python.to_owned(), script, process: None }));
    tasks::all()
        .into_iter()
        .map(|task| {
            let desk = Arc::clone(&desk);
            Trial::test(format!("others::{}", task.name()), move || {
                let mut desk = desk.lock().map_err(|_| "another task panicked")?;
                run(&mut desk, &task).map_err(Into::into)
            })
        })
        .collect()
}

/// The process that others' clients are in.
struct Desk {
    python: PathBuf,
    script: PathBuf,
    process: Option<Process>,
}

struct Process {
    child: Child,
    tasks: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Desk {
    fn process(&mut self) -> Result<&mut Process, String> {
        if self.process.is_none() {
            let mut command = Command::new(&self.python);
            command.arg(&self.script).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
            let tasks = child.stdin.take().ok_or("no standard input")?;
            let answers = child.stdout.take().ok_or("no standard output")?;
            let answers = BufReader::new(answers).lines();
            self.process = Some(Process { child, tasks, answers });
        }
        self.process.as_mut().ok_or_else(|| "no process".to_owned())
    }

    /// What the client tells of each step.
    fn ask(&mut self, task: &Json) -> Result<Vec<Json>, String> {
        let process = self.process()?;
        let answer = writeln!(process.tasks, "{task}").ok().and_then(|()| process.answers.next());
        let Some(Ok(answer)) = answer else {
            self.process = None;
            return Err("the process with the clients ended".into());
        };
        let answer: Json = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        Ok(answer["results"].as_array().cloned().unwrap_or_default())
    }
}

/// Serves one connection.
fn serve(options: &Options) -> Result<(u16, Vec<Json>), String> {
    let mut meter = meter::meter(options).map_err(|error| error.to_string())?;
    let objects = (0..).map_while(|number| meter.model().object(number));
    let objects = objects
        .map(|object| {
            let name = object.logical_name.groups().map(|group| group.to_string()).join(".");
            json!([object.class_id.code(), name, object.version])
        })
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    std::thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            let _ = meter::serve(&mut meter, stream, Instant::now(), drop);
        }
    });
    Ok((port, objects))
}

/// How often a task is done that its client may fail at by chance.
const ATTEMPTS: u32 = 5;

fn run(desk: &mut Desk, task: &Task) -> Result<(), String> {
    let mut outcome = attempt(desk, task);
    for _ in 1..ATTEMPTS {
        match &outcome {
            Err(error) if task.may_lose_a_frame() && error.contains("CommunicationError") => {
                outcome = attempt(desk, task);
            }
            _ => break,
        }
    }
    outcome
}

fn attempt(desk: &mut Desk, task: &Task) -> Result<(), String> {
    let options = Options {
        is_hdlc: task.is_hdlc,
        referencing: if task.is_short {
            Referencing::ShortNames
        } else {
            Referencing::LogicalNames
        },
        suite: task.suite,
        max_pdu: task.max_pdu,
        max_info: task.max_info,
        window: task.window,
    };
    let (port, objects) = serve(&options)?;
    let steps = task.steps();
    let results = desk.ask(&task.json(port, &steps))?;
    for (number, step) in steps.iter().enumerate() {
        let found = results.get(number).unwrap_or(&Json::Null);
        check(step, found, &objects).map_err(|error| format!("{}: {error}", step.order))?;
    }
    Ok(())
}

fn check(step: &Step, found: &Json, objects: &[Json]) -> Result<(), String> {
    let (value, error) = (&found["value"], found["error"].as_str());
    let is_right = match &step.told {
        Told::Done => error.is_none() && !found.is_null(),
        // The association lists itself; it is no object of the model.
        Told::Objects => value.as_array().is_some_and(|told| told.iter().skip(1).eq(objects)),
        Told::Value(expected) => error.is_none() && value == expected,
        Told::Error(begin) => error.is_some_and(|error| error.starts_with(begin)),
    };
    if is_right {
        return Ok(());
    }
    Err(format!("{found} instead of {:?}", step.told))
}
