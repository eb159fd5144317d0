//! The lists of a user's own, for pushes that do not say what their values are.

use std::path::Path;

use gurux_dlms::push::{LAYOUTS, Layout, Place, Scale};
use gurux_dlms::wire::DataType;
use gurux_value::{Obis, Unit};
use serde::Deserialize;

use crate::capture;
use crate::exit::Failure;

/// A list as a file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    /// A text, or octets behind `0x`.
    #[serde(default)]
    list_id: String,
    count: Option<usize>,
    #[serde(default)]
    places: Vec<WrittenPlace>,
    #[serde(default)]
    objects: Vec<Obis>,
    #[serde(default)]
    unnamed: Vec<Obis>,
    #[serde(default)]
    scales: Vec<WrittenScale>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPlace {
    at: usize,
    r#type: String,
    octets: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenScale {
    c: Vec<u8>,
    d: u8,
    #[serde(default)]
    exponent: i8,
    unit: Option<Unit>,
}

impl Written {
    /// Kept until the program ends, as the lists are that it knows by itself.
    fn into_layout(self) -> Result<Layout<'static>, String> {
        let list_id = match self.list_id.strip_prefix("0x") {
            Some(hex) => capture::hex_line(hex).map_err(|slip| format!("list_id: {slip}"))?,
            None => self.list_id.into_bytes(),
        };
        if list_id.is_empty() && self.count.is_none() && self.places.is_empty() {
            return Err("nothing tells this list from others: list_id, count or places".to_owned());
        }
        let places = self.places.into_iter().map(WrittenPlace::into_place);
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let scales = self.scales.into_iter().map(|scale| Scale {
            c: scale.c.leak(),
            d: scale.d,
            exponent: scale.exponent,
            unit: scale.unit,
        });
        Ok(Layout {
            name: self.name.leak(),
            list_id: list_id.leak(),
            count: self.count,
            places: places.leak(),
            objects: self.objects.leak(),
            unnamed: self.unnamed.leak(),
            scales: scales.collect::<Vec<_>>().leak(),
        })
    }
}

impl WrittenPlace {
    fn into_place(self) -> Result<Place, String> {
        let known = DataType::ALL.iter().find(|known| known.name() == Some(&self.r#type));
        let data_type = known.ok_or_else(|| {
            let names: Vec<_> = DataType::ALL.iter().filter_map(|known| known.name()).collect();
            format!("`{}` is the name of no type: {}", self.r#type, names.join(", "))
        })?;
        Ok(Place { octets: self.octets, ..Place::of(self.at, *data_type) })
    }
}

/// The lists in a file, and behind them those that are known anyway.
pub(crate) fn layouts_in(path: &Path) -> Result<&'static [Layout<'static>], Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::invalid(format!("{name} cannot be read: {error}")))?;
    let written: Vec<Written> = serde_json::from_str(&text).map_err(|error| {
        Failure::invalid(format!("{name} holds no lists of pushed values: {error}"))
    })?;
    let mut layouts = Vec::new();
    for list in written {
        let of = list.name.clone();
        let layout = list.into_layout();
        layouts.push(layout.map_err(|why| Failure::invalid(format!("{name}: {of}: {why}")))?);
    }
    layouts.extend_from_slice(LAYOUTS);
    Ok(layouts.leak())
}
