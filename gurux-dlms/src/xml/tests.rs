use std::string::ToString;
use std::vec::Vec;

use super::{from_xml, to_xml};
use crate::wire::tests::{MESSAGES, octets};

#[test]
fn each_message_comes_back_from_its_xml() {
    for hex in MESSAGES {
        // What the standard writes otherwise is written so.
        let standard = hex.replace("090C 07E1", "0C 07E1").replace("5F0400", "5F1F0400");
        let xml = to_xml(&octets(hex)).unwrap_or_else(|e| panic!("{hex}: {e}"));
        let back = from_xml(&xml).unwrap_or_else(|e| panic!("{hex}: {e}\n{xml}"));
        assert_eq!(back, octets(&standard), "{hex}\n{xml}");
    }
}

#[test]
fn each_type_of_value_comes_back_from_its_xml() {
    let values = [
        "00",
        "FF",
        "0301",
        "0405A8",
        "04080F",
        "0400",
        "05FFFFFFFE",
        "06FFFFFFFF",
        "0900",
        "0A0461262F3C",
        "0A01FF",
        "0A020D00",
        "0A02200A",
        "0C02C3A4",
        "0D42",
        "0FFF",
        "108000",
        "11FF",
        "12FFFF",
        "14FFFFFFFFFFFFFFFF",
        "15FFFFFFFFFFFFFFFF",
        "16FF",
        "1742280000",
        "184045000000000000",
        "1907E8020B07100000FFFFC400",
        "1A07E8020B07",
        "1B10000000",
        "1CFF",
        "1D8000",
        "1E80000000",
        "1FFF",
        "20FFFF",
        "21FFFFFFFF",
        "01020201110100",
        "13020212090801020161 03040162",
    ];
    for value in values {
        let octets = octets(&std::format!("C4 01 C1 00 {value}"));
        let xml = to_xml(&octets).unwrap_or_else(|e| panic!("{value}: {e}"));
        assert_eq!(from_xml(&xml), Ok(octets), "{value}\n{xml}");
    }
}

#[test]
fn acse_goes_both_ways() {
    for hex in [
        "60 1D A109060760857405080101 BE10040E 01000000065F1F040000 7E1F04B0",
        "60 36 A109060760857405080101 8A020780 8B0760857405080201 AC0A80083132333435363738 \
         BE10040E 01000000065F1F040000 7E1F04B0",
        "61 29 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007",
        "62 03 800100",
        "63 03 800100",
        "62 00",
    ] {
        let octets = octets(hex);
        let xml = to_xml(&octets).unwrap_or_else(|e| panic!("{hex}: {e}"));
        assert_eq!(from_xml(&xml), Ok(octets), "{xml}");
    }
    let xml = to_xml(&octets("61 29 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007")).unwrap();
    assert!(
        xml.contains("<application-context-name>2.16.756.5.8.1.1</application-context-name>"),
        "{xml}"
    );
    assert!(xml.contains("<acse-service-user>0</acse-service-user>"), "{xml}");
}

#[test]
fn foreign_xml_is_read_and_faults_are_placed() {
    let xml = "<?xml version='1.0'?><!-- a register -->\n<x:get-request xmlns:x='u'><x:get-request-normal>\
        <invoke-id-and-priority> 193 </invoke-id-and-priority><cosem-attribute-descriptor>\
        <class-id>3</class-id><instance-id>01 00 01 08 00 ff</instance-id><attribute-id>2</attribute-id>\
        </cosem-attribute-descriptor></x:get-request-normal></x:get-request>";
    assert_eq!(from_xml(xml), Ok(octets("C0 01 C1 0003 0100010800FF 02 00")));
    for (xml, said) in [
        ("", "octet 0 of the XML: an element is expected here"),
        ("<a/>", "octet 0 of the XML: the name of a message is expected here"),
        ("<get-request>", "octet 13 of the XML: an element is expected here"),
        (
            "<get-request></a>",
            "octet 16 of the XML: the end of the element that began last is expected here",
        ),
        (
            "<exception-response><state-error>1</state-error><service-error>no</service-error></exception-response>",
            "octet 48 of the XML: a name of the standard, or a number is expected here",
        ),
        ("<rlrq>&x;</rlrq>", "octet 7 of the XML: an entity of XML is expected here"),
    ] {
        assert_eq!(from_xml(xml).unwrap_err().to_string(), said);
    }
    let deep = "<a>".repeat(100_000);
    assert!(from_xml(&deep).is_err());
}

#[test]
fn names_stand_for_codes() {
    let xml = to_xml(&octets("0E 01 06 01")).unwrap();
    assert!(xml.contains("<initiate>dlms-version-too-low</initiate>"), "{xml}");
    let xml = to_xml(&octets("C4 01 C1 01 03")).unwrap();
    assert!(xml.contains("<data-access-result>read-write-denied</data-access-result>"), "{xml}");
    let xml = to_xml(&octets("C4 01 C1 01 7B")).unwrap();
    assert!(xml.contains("<data-access-result>123</data-access-result>"), "{xml}");
    let lists: Vec<_> = xml.lines().collect();
    assert_eq!(lists.first(), Some(&"<get-response>"));
}
