//! A draft from what a Modbus device says of itself: the objects of its identification, and the models of
//! SunSpec that it has.

use std::time::Duration;

use gurux_device::profile::{
    AllowedMedia, Category, Detect, Located, Match, MatchTest, NullMark, Parameter, ParameterType,
    Property, Role, Settings, Subject,
};
use gurux_modbus::session::Framing;
use gurux_modbus::sunspec::{COMMON_ID, Model};
use gurux_modbus::wire::UnitId;

use super::{Draft, New};
use crate::cli::Common;
use crate::connection;
use crate::exit::{Exit, Failure};
use crate::scan::modbus::{Found, Manner, Scan};

/// So long for each answer, if nothing else is said.
const PATIENCE: Duration = Duration::from_secs(1);

impl New {
    pub(super) fn modbus(&self, common: &Common) -> Result<Draft, Failure> {
        if let Some((name, _)) = self.set.iter().find(|(name, _)| name != "unit") {
            return Err(Failure::usage(format!(
                "a Modbus device has no {name} to set; it has unit"
            )));
        }
        let unit = match self.set_to("unit") {
            None => 1,
            Some(text) => text.parse::<u8>().map_err(|_| {
                Failure::usage(format!("--set unit={text}: write a number from 0 to 255"))
            })?,
        };
        let media = self.media()?;
        let framing: Framing = media
            .transport("modbus")
            .parse()
            .map_err(|error| Failure::usage(format!("{}: {error}", media.transport("modbus"))))?;
        let manner = Manner {
            framing,
            line: media.link("modbus").line,
            timeout: self.patience.timeout.unwrap_or(PATIENCE),
            resends: self.patience.resend.unwrap_or(1),
            is_thorough: true,
            is_verbose: common.verbose > 0,
        };
        let failed = |error| connection::unreachable(&media.media, &error);
        let open = connection::open(&media.media, common)?;
        let mut scan = Scan::new(open, manner);
        let unit = UnitId::new(unit);
        let Some(found) = scan.look(unit, &[]).map_err(failed)? else {
            let sentence = format!("unit {}: nobody answers", unit.code());
            return Err(Failure::new(Exit::Unreachable, sentence));
        };
        let models = scan.models(unit).map_err(failed)?;
        Ok(draft_of(&found, &models))
    }
}

/// A device as it tells itself.
fn draft_of(found: &Found, models: &[Model]) -> Draft {
    let mut draft = Draft::new("modbus");
    let profile = &mut draft.profile;
    profile.source = Some("What one device said of itself".to_owned());
    profile.media = ["net", "serial"]
        .map(|kind| AllowedMedia { kind: kind.to_owned(), ..AllowedMedia::default() })
        .into();
    let unit = found.unit.code().to_string();
    profile.parameters = vec![number("unit", &unit)];
    profile.settings = Settings {
        element: "Modbus".to_owned(),
        attributes: vec![("UnitId".to_owned(), Located::from("{unit}"))],
        ..Settings::default()
    };
    let objects = found.identification.iter().flat_map(|all| &all.objects);
    let mut marks = Vec::new();
    for object in objects {
        let text = String::from_utf8_lossy(&object.value);
        let text: String =
            text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned();
        if text.is_empty() {
            continue;
        }
        let is_kind = match object.id.code() {
            0 => profile.manufacturer.replace(text.clone()).is_none(),
            1 => profile.model.replace(text.clone()).is_none(),
            2 => {
                profile.device_version = Some(text.clone());
                false
            }
            // What the maker calls the product and the model.
            4 | 5 => true,
            _ => false,
        };
        if is_kind {
            let subject = Subject::Object(object.id.code().to_string().into());
            marks.push(Match { subject, test: Some(MatchTest::Equals(text.clone())) });
        }
        draft.head.push(format!(
            "It says as its object {} ({}): {text}",
            object.id.code(),
            object.id
        ));
    }
    let words = [profile.manufacturer.as_deref(), profile.model.as_deref()];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    profile.name = if words.is_empty() { "Modbus device".to_owned() } else { words.join(" ") };
    if let Some(id) = &found.server_id {
        draft.head.push(format!("It says to function 11: {}", crate::capture::to_hex(id)));
    }
    draft.head.push(
        "Name, AllowedMedia, and whether Detect is all that tells this kind from others."
            .to_owned(),
    );
    if models.is_empty() {
        draft.head.push(
            "It has no models of SunSpec, and a Modbus device does not tell which registers it has: they are to be \
             written from its manual, as <Property Name=\"import\" Unit=\"Wh\" Address=\"input:0x0048\" Type=\"U32\"/> \
             in a Category."
                .to_owned(),
        );
    } else {
        sunspec(&mut draft, models, &mut marks);
    }
    if !marks.is_empty() {
        draft.profile.detections = vec![Detect { matches: marks }];
    }
    draft
}

/// The models, each with its address as a parameter; of the common model also its texts.
fn sunspec(draft: &mut Draft, models: &[Model], marks: &mut Vec<Match>) {
    let mut seen = std::collections::BTreeSet::new();
    for model in models {
        let first = seen.insert(model.id);
        let base = match (model.id, first) {
            (COMMON_ID, true) => "common".to_owned(),
            (id, true) => format!("model_{id}"),
            (id, false) => format!("model_{id}_at_{}", model.address),
        };
        let mut parameter = number(&base, &model.address.to_string());
        parameter.advanced = true;
        draft.profile.parameters.push(parameter);
        if first {
            let subject = Subject::Model { id: model.id.into(), base: Some(base.as_str().into()) };
            marks.push(Match { subject, test: None });
        }
        let mut properties = Vec::new();
        for (title, offset, value) in [("id", 0, model.id), ("length", 1, model.len)] {
            properties.push(Property {
                name: draft.name(&format!("{base}_{title}")),
                address: format!("holding:{{{base}}}+{offset}").into(),
                kind: "U16".into(),
                is_static: true,
                access_level: Role::Developer,
                default_value: Some(value.to_string().into()),
                ..Property::default()
            });
        }
        if model.id == COMMON_ID {
            for (title, quantity, offset, len) in COMMON {
                properties.push(Property {
                    name: draft.name(title),
                    quantity: Some(quantity.into()),
                    address: format!("holding:{{{base}}}+{offset}").into(),
                    kind: "String".into(),
                    length: Some(len.into()),
                    null: vec![NullMark::Empty],
                    is_static: true,
                    ..Property::default()
                });
            }
        } else {
            draft.head.push(format!(
                "Model {} at {}, {} registers: its points come of its definition, by gurux-ami profile import \
                 --from sunspec model_{}.json",
                model.id, model.address, model.len, model.id
            ));
        }
        let category = Category {
            name: draft.name(&format!("{base}_model")),
            properties,
            ..Category::default()
        };
        draft.profile.categories.push(category);
    }
}

/// The texts of the common model: name, quantity, offset, octets.
#[rustfmt::skip]
const COMMON: [(&str, &str, u16, u16); 5] = [
    ("manufacturer", "manufacturer",       2,  32),
    ("model",        "model",              18, 32),
    ("options",      "options",            34, 16),
    ("version",      "firmware.version",   42, 16),
    ("serial",       "fabrication.number", 50, 32),
];

fn number(name: &str, default: &str) -> Parameter {
    Parameter {
        name: name.into(),
        kind: ParameterType::Int,
        default: Some(default.into()),
        ..Parameter::default()
    }
}
