use std::collections::BTreeSet;
use std::vec::Vec;

use gurux_framing::Wire;

use super::*;
use crate::wire::{DataRef, DataType};

/// Names of the standard, as a program can have them: words of small letters and digits.
fn is_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('_').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

fn check_type(data_type: &Type, place: &str) {
    match data_type {
        Type::Choice(types) => {
            assert!(types.len() > 1, "{place}: a choice of one");
            types.iter().for_each(|choice| check_type(choice, place));
        }
        Type::Array(element) => check_type(element, place),
        Type::Structure(fields) => {
            assert!(!fields.is_empty(), "{place}: a structure of nothing");
            let names: BTreeSet<_> = fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.len(), "{place}: a name twice");
            for field in *fields {
                assert!(is_snake(field.name), "{place}: {}", field.name);
                check_type(&field.data_type, place);
            }
        }
        Type::Is(data_type) => assert!(data_type.name().is_some(), "{place}"),
        Type::Any | Type::LogicalName | Type::DateTime | Type::Date | Type::Time => {}
    }
}

#[test]
fn every_row_holds_the_laws() {
    for class in classes() {
        let place = std::format!("{} {}", class.id, class.version);
        assert!(class.id.name().is_some(), "{place}");
        assert!(!class.source.is_empty(), "{place}");
        assert_eq!(class.attributes.first(), Some(&LOGICAL_NAME), "{place}");
        assert!(class.attributes.windows(2).all(|two| two[0].index < two[1].index), "{place}");
        assert!(class.methods.iter().all(|method| method.index > 0), "{place}");
        assert!(class.methods.windows(2).all(|two| two[0].index < two[1].index), "{place}");
        let names: BTreeSet<_> = class.attributes.iter().map(|a| a.name).collect();
        assert_eq!(names.len(), class.attributes.len(), "{place}: a name twice");
        let names: BTreeSet<_> = class.methods.iter().map(|m| m.name).collect();
        assert_eq!(names.len(), class.methods.len(), "{place}: a name twice");
        for attribute in class.attributes {
            assert!(is_snake(attribute.name), "{place}: {}", attribute.name);
            check_type(&attribute.data_type, &std::format!("{place} {}", attribute.name));
        }
        assert!(class.methods.iter().all(|method| is_snake(method.name)), "{place}");
    }
}

#[test]
fn rows_are_sorted_and_each_is_found() {
    let keys: Vec<_> = classes().iter().map(|class| (class.id, class.version)).collect();
    assert!(keys.windows(2).all(|two| two[0] < two[1]));
    for class in classes() {
        assert_eq!(lookup_class(class.id, class.version), Some(*class));
    }
    assert!(ClassId::ALL.windows(2).all(|two| two[0] < two[1]));
    let found: usize = (0..=u16::MAX).map(|id| versions(ClassId::new(id)).len()).sum();
    assert_eq!(found, classes().len());
}

#[test]
fn classes_without_attributes_are_those_that_the_module_lists() {
    let without = ClassId::ALL.iter().filter(|id| versions(**id).is_empty()).map(|id| id.code());
    let listed = [55, 66, 73, 76, 77, 96, 98, 100, 127, 128, 129, 132, 133, 160, 161, 162, 8192];
    assert_eq!(without.collect::<Vec<_>>(), listed);
}

#[test]
fn what_a_version_adds_is_missing_in_the_one_before() {
    let secure = |version| {
        lookup_class(ClassId::ASSOCIATION_LN, version)
            .and_then(|class| class.attribute_named("security_setup_reference"))
            .map(|attribute| attribute.index)
    };
    assert_eq!((secure(0), secure(1), secure(3)), (None, Some(9), Some(9)));
    assert_eq!(lookup_class(ClassId::ASSOCIATION_LN, 4), None);
    assert_eq!(lookup_class(ClassId::new(2), 0), None);
    let versions: Vec<_> =
        versions(ClassId::PROFILE_GENERIC).iter().map(|class| class.version).collect();
    assert_eq!(versions, [0, 1]);
}

#[track_caller]
fn fits(data_type: &Type, octets: &[u8]) -> bool {
    data_type.fits(&DataRef::from_bytes(octets).expect("a value"))
}

#[test]
fn times_fit_as_octets_and_as_themselves() {
    let octets = [9, 12, 7, 0xE8, 2, 11, 7, 16, 0, 0, 0xFF, 0xFF, 0xC4, 0];
    assert!(fits(&Type::DateTime, &octets));
    let mut tagged = [25; 13];
    tagged[1..].copy_from_slice(&octets[2..]);
    assert!(fits(&Type::DateTime, &tagged));
    assert!(!fits(&Type::Date, &octets));
    assert!(!fits(&Type::LogicalName, &octets));
    assert!(fits(&Type::Time, &[9, 4, 16, 0, 0, 0]));
    assert!(fits(&Type::Date, &[9, 5, 7, 0xE8, 2, 11, 7]));
    assert!(fits(&Type::LogicalName, &[9, 6, 1, 0, 1, 8, 0, 255]));
}

#[test]
fn what_is_nested_must_fit_too() {
    let profile = lookup_class(ClassId::PROFILE_GENERIC, 1).expect("a class");
    let columns = profile.attribute(3).expect("an attribute").data_type;
    let column = [2, 4, 18, 0, 8, 9, 6, 0, 0, 1, 0, 0, 255, 15, 2, 18, 0, 0];
    let mut list = std::vec![1, 2];
    list.extend(column);
    list.extend(column);
    assert!(fits(&columns, &list));
    // The number of an attribute is an integer, not an unsigned.
    *list.iter_mut().rev().nth(4).expect("the tag") = 17;
    assert!(!fits(&columns, &list));
    // A member is missing.
    let short = [1, 1, 2, 3, 18, 0, 8, 9, 6, 0, 0, 1, 0, 0, 255, 15, 2];
    assert!(!fits(&columns, &short));
    let old = lookup_class(ClassId::PROFILE_GENERIC, 0).expect("a class");
    assert!(fits(&old.attribute(3).expect("an attribute").data_type, &short));
}

#[test]
fn a_choice_takes_any_of_its_types() {
    let choice = Type::Choice(&[Type::Is(DataType::ENUM), Type::Is(DataType::BOOLEAN)]);
    assert!(fits(&choice, &[22, 1]));
    assert!(fits(&choice, &[3, 1]));
    assert!(!fits(&choice, &[17, 1]));
}

#[test]
fn a_packed_array_fits_like_another() {
    let packed = [19, 18, 4, 0, 1, 0, 2];
    assert!(fits(&Type::Array(&Type::Is(DataType::LONG_UNSIGNED)), &packed));
    assert!(!fits(&Type::Array(&Type::Is(DataType::UNSIGNED)), &packed));
}
