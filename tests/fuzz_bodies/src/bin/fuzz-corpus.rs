//! The corpus of a fuzz target: `fuzz-corpus list` names the targets, `fuzz-corpus seed TARGET FOLDER`
//! puts its seeds there, `fuzz-corpus deepest TARGET FOLDER` tells how deep what lies there gets.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use gurux_fuzz_bodies::{BODIES, Body, body};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["list"] => {
            BODIES.iter().for_each(|body| println!("{}", body.name));
            Ok(())
        }
        ["seed", name, folder] => with(name, |body| seed(body, Path::new(folder))),
        ["deepest", name, folder] => with(name, |body| deepest(body, Path::new(folder))),
        _ => Err(io::Error::other("usage: fuzz-corpus list | seed|deepest TARGET FOLDER")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn with(name: &str, work: impl Fn(&Body) -> io::Result<()>) -> io::Result<()> {
    body(name).map_or_else(|| Err(io::Error::other(format!("no target {name}"))), work)
}

fn seed(body: &Body, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (index, octets) in (body.seeds)().iter().enumerate() {
        fs::write(folder.join(format!("seed-{index:04}")), octets)?;
    }
    Ok(())
}

fn deepest(body: &Body, folder: &Path) -> io::Result<()> {
    let mut rung = 0;
    for entry in fs::read_dir(folder)? {
        rung = rung.max((body.run)(&fs::read(entry?.path())?));
    }
    println!("{}", body.rungs.get(rung).copied().unwrap_or("?"));
    Ok(())
}
