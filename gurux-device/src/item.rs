//! [`Item`]: one property of one meter, with repeated categories written out.

use crate::parameters::Parameters;
use crate::profile::{
    Category, DeviceProfile, Fault, FaultKind, Faults, Located, MAX_PROPERTIES, Property, Role,
    Selector, View, number,
};

/// One property of a meter.
///
/// A property of a repeated category is as many items, each with its number in place of the
/// category's `{index}`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Item {
    /// The property, its address filled in from the parameters.
    pub property: Property,
    /// Its category.
    pub category: String,
    /// How many addresses it lies beyond the one stated, in a repeated category.
    pub shift: u32,
}

/// All items of a meter of this kind, in the order of the profile.
pub(crate) fn items(profile: &DeviceProfile, parameters: &Parameters) -> Result<Vec<Item>, Faults> {
    let mut items = Vec::new();
    let mut faults = Vec::new();
    for category in &profile.categories {
        let count = match count(category, parameters) {
            Ok(count) => count,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let total = category.properties.len().saturating_mul(usize::from(count));
        if total.saturating_add(items.len()) > MAX_PROPERTIES {
            let what = "properties, with repeated categories written out";
            let kind = FaultKind::Limit { what, max: MAX_PROPERTIES };
            return Err(Fault::new(category.name.place, kind).into());
        }
        for number in 1..=count {
            for property in &category.properties {
                match item(category, property, number, parameters) {
                    Ok(item) => items.push(item),
                    Err(fault) => faults.push(fault),
                }
            }
        }
    }
    Faults::check(items, faults)
}

/// How often the category stands.
fn count(category: &Category, parameters: &Parameters) -> Result<u16, Fault> {
    let Some(repeat) = &category.repeat else { return Ok(1) };
    let count = parameters.fill("Count", &repeat.count)?;
    number(&count).ok_or_else(|| Fault::value(count.place, "Count", &*count, "a number"))
}

fn item(
    category: &Category,
    property: &Property,
    number: u16,
    parameters: &Parameters,
) -> Result<Item, Fault> {
    let mut property = property.clone();
    let mut shift = 0;
    if let Some(repeat) = &category.repeat {
        let index = format!("{{{}}}", repeat.index);
        let numbered = |text: &mut Located<String>| {
            text.value = text.value.replace(&index, &number.to_string());
        };
        numbered(&mut property.name);
        numbered(&mut property.address);
        property.quantity.iter_mut().for_each(numbered);
        property.scale_by.iter_mut().for_each(numbered);
        let name = property.display_name.take();
        property.display_name = name.map(|name| name.replace(&index, &number.to_string()));
        shift = repeat.stride.saturating_mul(u32::from(number.saturating_sub(1)));
    }
    property.address = parameters.fill("Address", &property.address)?;
    Ok(Item { property, category: category.name.value.clone(), shift })
}

impl View {
    /// Is this item in the view?
    #[must_use]
    pub fn shows(&self, item: &Item) -> bool {
        let property = &item.property;
        let named = |selector: &Selector| match selector {
            Selector::Property(name) => *name == property.name,
            Selector::Category(name) => **name == item.category,
            Selector::Group(name) => property.group.as_ref() == Some(&name.value),
        };
        let visible = self.role == Role::Developer || property.access_level == Role::User;
        let included = self.include.is_empty() || self.include.iter().any(named);
        visible && property.access_mode.is_readable() && included && !self.exclude.iter().any(named)
    }
}
