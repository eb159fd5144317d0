//! What others' clients are to do, and what they must tell.

use serde_json::{Value as Json, json};

/// One connection of one client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    client: &'static str,
    pub(crate) is_hdlc: bool,
    pub(crate) is_short: bool,
    authentication: &'static str,
    /// 0, 0x10, 0x20, 0x30.
    security: u8,
    pub(crate) suite: u8,
    is_general: bool,
    is_dedicated: bool,
    pub(crate) max_pdu: u16,
    has_gbt: bool,
    pub(crate) max_info: u16,
    pub(crate) window: u8,
    /// The fault of the client that this task meets.
    fault: Option<&'static Fault>,
}

/// What a client cannot do, whatever the meter: it is to fail so, and at nothing before.
#[derive(Debug)]
pub(crate) struct Fault {
    why: &'static str,
    task: Task,
    steps: fn() -> Vec<Step>,
}

/// A step, and what is to come of it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) order: Json,
    pub(crate) told: Told,
}

#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// No error.
    Done,
    /// The objects of the meter.
    Objects,
    Value(Json),
    /// An error that begins so.
    Error(&'static str),
}

const GURUX: Task = Task {
    client: "gurux",
    is_hdlc: false,
    is_short: false,
    authentication: "none",
    security: 0,
    suite: 0,
    is_general: false,
    is_dedicated: false,
    max_pdu: 0xFFFF,
    has_gbt: false,
    max_info: 128,
    window: 1,
    fault: None,
};
/// It protects by general-glo-ciphering, and in no other form.
const COSEM: Task = Task { client: "cosem", is_general: true, ..GURUX };

const REGISTER: &str = "1.0.1.8.0.255";
const LARGE: &str = "0.0.96.52.0.255";
const SCRATCH: &str = "0.0.96.60.0.255";
const SWITCH: &str = "0.0.96.3.10.255";
const PROFILE: &str = "1.0.99.1.0.255";

/// The value of 0.0.96.51.N.255 as each of the clients tells it; dlms-cosem has no reader for some types.
#[rustfmt::skip]
const TYPES: [(&str, &str); 23] = [
    ("null", "null"),
    ("true", "true"),
    ("-128", "-128"),
    ("-32768", "-32768"),
    ("-2147483648", "-2147483648"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("255", "255"),
    ("65535", "65535"),
    ("4294967295", "4294967295"),
    ("18446744073709551615", "18446744073709551615"),
    ("7", "7"),
    ("-1.5", ""),
    ("3.141592653589793", ""),
    (r#""0001feff""#, r#""0001feff""#),
    (r#""visible""#, r#""visible""#),
    (r#""C2 B5 C2 A9""#, ""),
    (r#""1010110011""#, ""),
    ("18", ""),
    (r#""02/11/24 16:32:48""#, r#"["2024-02-11 16:32:48", "ClockStatus(invalid=False, doubtful=False, different_base=False, invalid_status=False, daylight_saving_active=False)"]"#),
    (r#""02/11/24""#, r#""2024-02-11""#),
    (r#""16:32:48:000400""#, r#""16:32:48.400000""#),
    (r#"[[1, "61"], [2, "62"], [3, "63"]]"#, r#"[[1, "61"], [2, "62"], [3, "63"]]"#),
    ("[[1, 1], [2, 2]]", ""),
];

/// What no meter can mend: each client's own faults.
#[rustfmt::skip]
static FAULTS: &[Fault] = &[
    Fault { why: "names in short and a challenge: the answer to it is sent as a write, which has no answer of its own",
        task: Task { is_short: true, authentication: "md5", ..GURUX },
        steps: || vec![order(json!(["connect"]), Told::Error("Exception: parseApplicationAssociationResponse failed"))] },
    Fault { why: "names in short, ciphered: an assertion in getSNPdu",
        task: Task { is_short: true, security: 0x30, ..GURUX },
        steps: || vec![done("connect"), order(json!(["view"]), Told::Error("AssertionError"))] },
    Fault { why: "names in short, a long answer: no blocks are proposed, the meter says that the answer is too long",
        task: Task { is_short: true, max_pdu: 200, ..GURUX },
        steps: || vec![done("connect"), order(json!(["view"]), Told::Error("GXDLMSConfirmedServiceError: ServiceError Read exception"))] },
    Fault { why: "HDLC, a window above one: frames without the final bit are not taken",
        task: Task { is_hdlc: true, window: 3, max_info: 512, ..GURUX },
        steps: || vec![done("connect"), order(json!(["view"]), Told::Error("TimeoutError"))] },
    Fault { why: "HDLC, a frame of 512 octets: the upper bits of its length are taken without the header's octets",
        task: Task { is_hdlc: true, max_info: 512, ..GURUX },
        steps: || vec![done("connect"), order(json!(["write", SCRATCH, "00".repeat(600)]), Told::Error("TimeoutError"))] },
    Fault { why: "general blocks: what is sent in them wants a property that its settings do not have",
        task: Task { max_pdu: 256, has_gbt: true, ..GURUX },
        steps: || vec![done("connect"), order(json!(["write", SCRATCH, "00".repeat(600)]), Told::Error("AttributeError: 'GXDLMSSettings' object has no attribute 'blockNumber'"))] },
    Fault { why: "HDLC: a frame ends for it at the first flag, even within the check sequence",
        task: Task { is_hdlc: true, ..COSEM },
        steps: || vec![done("connect"), order(json!(["whole", PROFILE]), Told::Error("CommunicationError"))] },
    Fault { why: "selection by entry is not written",
        task: COSEM,
        steps: || vec![done("connect"), order(json!(["entries", PROFILE, 3, 5]), Told::Error("NotImplementedError"))] },
    Fault { why: "a list is written wrong",
        task: COSEM,
        steps: || vec![done("connect"), order(json!(["list", [3, REGISTER, 2], [3, REGISTER, 3]]), Told::Error("TypeError"))] },
    Fault { why: "an octet string above 255 octets is written wrong",
        task: COSEM,
        steps: || vec![done("connect"), order(json!(["write", SCRATCH, "00".repeat(256)]), Told::Error("ValueError"))] },
];

fn order(order: Json, told: Told) -> Step {
    Step { order, told }
}

fn done(verb: &str) -> Step {
    order(json!([verb]), Told::Done)
}

fn value(order: Json, value: Json) -> Step {
    Step { order, told: Told::Value(value) }
}

/// Every combination that says something of its own, and the faults.
pub(crate) fn all() -> Vec<Task> {
    let mut tasks = Vec::new();
    for is_hdlc in [false, true] {
        let ln = Task { is_hdlc, ..GURUX };
        for authentication in ["none", "low", "high", "md5", "sha1", "gmac", "sha256"] {
            tasks.push(Task { authentication, ..ln });
        }
        for suite in [0, 1, 2] {
            for security in [0x10, 0x20, 0x30] {
                tasks.push(Task { authentication: "gmac", security, suite, ..ln });
            }
        }
        let sealed = Task { security: 0x30, ..ln };
        tasks.push(Task { authentication: "sha256", suite: 2, ..sealed });
        tasks.push(Task { authentication: "low", ..sealed });
        for (is_general, is_dedicated) in [(true, false), (false, true), (true, true)] {
            tasks.push(Task { is_general, is_dedicated, ..sealed });
            tasks.push(Task { authentication: "gmac", is_general, is_dedicated, ..sealed });
        }
        for base in [ln, Task { authentication: "gmac", ..sealed }] {
            for max_pdu in [128, 200, 1024] {
                tasks.push(Task { max_pdu, ..base });
            }
            tasks.push(Task { max_pdu: 256, has_gbt: true, ..base });
        }
        for authentication in ["none", "low"] {
            tasks.push(Task { authentication, is_short: true, ..ln });
        }
        let cosem = Task { is_hdlc, ..COSEM };
        for authentication in ["none", "low", "high", "gmac"] {
            for security in [0, 0x30] {
                tasks.push(Task { authentication, security, ..cosem });
            }
        }
        for suite in [1, 2] {
            tasks.push(Task { authentication: "gmac", security: 0x30, suite, ..cosem });
        }
        tasks.push(Task { max_pdu: 128, ..cosem });
    }
    for max_info in [64, 400, 2030] {
        tasks.push(Task { is_hdlc: true, max_info, ..GURUX });
    }
    tasks.extend(FAULTS.iter().map(|fault| Task { fault: Some(fault), ..fault.task }));
    tasks
}

impl Task {
    pub(crate) fn name(&self) -> String {
        let carrier = if self.is_hdlc { "hdlc" } else { "wrapper" };
        if let Some(fault) = self.fault {
            return format!("{} cannot, {carrier}: {}", self.client, fault.why);
        }
        let names = if self.is_short { "sn" } else { "ln" };
        let mut name = format!(
            "{} {names} {carrier} {} {:02x} suite {} pdu {} info {}",
            self.client,
            self.authentication,
            self.security,
            self.suite,
            self.max_pdu,
            self.max_info
        );
        for (is_on, word) in [
            (self.is_general, " general"),
            (self.is_dedicated, " dedicated"),
            (self.has_gbt, " gbt"),
        ] {
            if is_on {
                name += word;
            }
        }
        name
    }

    /// A proof of the secret is made of random octets; and see the faults of HDLC.
    pub(crate) fn may_lose_a_frame(&self) -> bool {
        self.client == "cosem" && self.is_hdlc && self.fault.is_none()
    }

    pub(crate) fn json(&self, port: u16, steps: &[Step]) -> Json {
        let orders: Vec<&Json> = steps.iter().map(|step| &step.order).collect();
        json!({
            "client": self.client, "port": port, "hdlc": self.is_hdlc, "short": self.is_short,
            "auth": self.authentication, "security": self.security, "suite": self.suite,
            "general": self.is_general, "dedicated": self.is_dedicated, "max_pdu": self.max_pdu,
            "gbt": if self.has_gbt { 3 } else { 0 }, "max_info": self.max_info,
            "window": self.window, "timeout": 1,
            "patience": if self.fault.is_some() { 2 } else { 20 }, "steps": orders,
        })
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        if let Some(fault) = self.fault {
            return (fault.steps)();
        }
        let is_gurux = self.client == "gurux";
        let mut steps = vec![
            done("connect"),
            order(json!(["view"]), Told::Objects),
            value(json!(["read", 3, REGISTER, 2]), json!(1_249_750)),
            value(json!(["read", 3, REGISTER, 3]), json!([0, 30])),
            value(json!(["read", 8, "0.0.1.0.0.255", 2]), json!("07e8020b0710000000000000")),
        ];
        steps.extend(self.values());
        steps.extend(self.rows());
        if is_gurux && !self.has_gbt {
            let list = json!(["list", [3, REGISTER, 2], [3, REGISTER, 3], [1, SCRATCH, 2]]);
            steps.push(value(list, json!([1_249_750, [0, 30], "73637261746368"])));
            let long = "0102".repeat(1024);
            steps.push(value(json!(["write", SCRATCH, long]), json!(long)));
        }
        if is_gurux && !self.is_short {
            steps.push(value(json!(["access", 3, REGISTER, 2]), json!([1_249_750, 0])));
        }
        steps.push(value(json!(["write", SCRATCH, "c0ffee"]), json!("c0ffee")));
        for (method, is_on) in [(1, false), (2, true)] {
            steps.push(order(json!(["act", 70, SWITCH, method]), Told::Done));
            steps.push(value(json!(["read", 70, SWITCH, 2]), json!(is_on)));
        }
        if !self.is_short {
            let undefined = if is_gurux {
                "GXDLMSException: Access Error : Device reports a undefined object."
            } else {
                "DataResultError: Could not perform GET request: <DataAccessResult.OBJECT_UNDEFINED"
            };
            let nothing = json!(["read", 1, "0.0.99.99.99.255", 2]);
            steps.push(order(nothing, Told::Error(undefined)));
        }
        steps.push(done("release"));
        steps.push(done("disconnect"));
        steps
    }

    /// One of each type, and one that is larger than most messages.
    fn values(&self) -> Vec<Step> {
        let is_gurux = self.client == "gurux";
        let mut steps = Vec::new();
        for (number, (gurux, cosem)) in TYPES.iter().enumerate() {
            let name = format!("0.0.96.51.{number}.255");
            let told = if is_gurux { gurux } else { cosem };
            let Ok(told) = serde_json::from_str(told) else { continue };
            steps.push(value(json!(["read", 1, name, 2]), told));
        }
        let large: String = (0..5000_u32).map(|at| format!("{:02x}", at % 251)).collect();
        steps.push(value(json!(["read", 1, LARGE, 2]), json!(large)));
        steps
    }

    /// The load profile: how many rows, the first and the last of them.
    fn rows(&self) -> Vec<Step> {
        let is_gurux = self.client == "gurux";
        let row = |time: [&str; 2], hour: i64| {
            let status = if hour % 97 == 0 { 8 } else { 0 };
            let time = if is_gurux { time[0] } else { time[1] };
            json!([time, status, 1_000_000 + 250 * hour, 1000 + 37 * hour % 500])
        };
        let first = row(["01/01/24 00:00:00:000000", "07e80101ff00000000000000"], 0);
        let last = row(["02/11/24 15:00:00:000000", "07e8020bff0f000000000000"], 999);
        let from = row(["01/02/24 00:00:00:000000", "07e80102ff00000000000000"], 24);
        let to = row(["01/02/24 23:00:00:000000", "07e80102ff17000000000000"], 47);
        let mut steps = Vec::new();
        if is_gurux {
            let first = row(["01/01/24 02:00:00:000000", ""], 2);
            let last = row(["01/01/24 06:00:00:000000", ""], 6);
            steps.push(value(json!(["entries", PROFILE, 3, 5]), json!([5, first, last])));
        }
        if is_gurux || !self.is_hdlc {
            steps.push(value(json!(["range", PROFILE]), json!([24, from, to])));
            steps.push(value(json!(["whole", PROFILE]), json!([1000, first, last])));
        }
        steps
    }
}
