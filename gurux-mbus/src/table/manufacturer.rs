//! Names behind the three letters.

use crate::wire::Manufacturer;

/// A company and its letters.
struct Row {
    letters: [u8; 3],
    name: &'static str,
}

const fn row(letters: &[u8; 3], name: &'static str) -> Row {
    Row { letters: *letters, name }
}

/// Makers whose meters are often met: from the list of the M-Bus user group and that of the FLAG
/// association, which gives the letters out, and has more. Sorted by the letters.
#[rustfmt::skip]
static ROWS: &[Row] = &[
    row(b"AAA", "Aventies"),
    row(b"ABB", "ABB"),
    row(b"ACE", "Actaris (electricity)"),
    row(b"ACG", "Actaris (gas)"),
    row(b"ACW", "Actaris (water and heat)"),
    row(b"AEG", "AEG"),
    row(b"AEL", "Kohler"),
    row(b"AEM", "AEM"),
    row(b"AMP", "Ampy Automation Digilog"),
    row(b"AMT", "Aquametro"),
    row(b"AMX", "Apator Metrix"),
    row(b"APA", "Apator Powogaz"),
    row(b"APS", "Apsis Kontrol Sistemleri"),
    row(b"APT", "Apator"),
    row(b"APX", "Amplex"),
    row(b"AQM", "Aquametro"),
    row(b"ARF", "Adeunis RF"),
    row(b"ARM", "arivus metering"),
    row(b"AXI", "Axioma Metering"),
    row(b"AXS", "Axsem"),
    row(b"BAM", "Bachmann"),
    row(b"BAR", "Baer Industrie-Elektronik"),
    row(b"BEC", "Berg Energiekontrollsysteme"),
    row(b"BER", "Bernina Electronic"),
    row(b"BFW", "BFW Büro für Wärmemesstechnik"),
    row(b"BHG", "Brunata"),
    row(b"BMI", "Badger Meter"),
    row(b"BMP", "Bmeters Polska"),
    row(b"BMT", "Bmeters"),
    row(b"BSE", "Basari Elektronik"),
    row(b"BST", "Bestas Elektronik Optik"),
    row(b"BUR", "Bopp & Reuther Messtechnik"),
    row(b"BYL", "Baylan"),
    row(b"CAL", "Caleffi"),
    row(b"CBI", "Circuit Breaker Industries"),
    row(b"CIR", "Circutor"),
    row(b"CLO", "Clorius Raab Karcher Energie Service"),
    row(b"CON", "Conlog"),
    row(b"CPG", "CentraPlus"),
    row(b"CTX", "Contronix"),
    row(b"CZA", "Contazara"),
    row(b"CZM", "Cazzaniga"),
    row(b"DAN", "Danubia"),
    row(b"DEL", "Deltamess"),
    row(b"DEV", "Develco Products"),
    row(b"DFS", "Danfoss"),
    row(b"DGM", "Diehl Gas Metering"),
    row(b"DME", "Diehl Metering"),
    row(b"DNT", "Dr. Neuhaus Telekommunikation"),
    row(b"DWZ", "Lorenz"),
    row(b"DZG", "DZG Metering"),
    row(b"EAH", "Endress+Hauser"),
    row(b"EBZ", "eBZ"),
    row(b"ECH", "Echelon"),
    row(b"ECM", "Ecomess"),
    row(b"EDM", "EDMI"),
    row(b"EFE", "Engelmann Sensor"),
    row(b"EFR", "Europäische Funk-Rundsteuerung"),
    row(b"EGM", "Elgama-Elektronika"),
    row(b"EIE", "Ei Electronics"),
    row(b"EKT", "PA Kvant"),
    row(b"ELE", "Elster Electricity"),
    row(b"ELM", "Elektromed Elektronik"),
    row(b"ELR", "Elster Metering"),
    row(b"ELS", "Elster"),
    row(b"ELT", "Eltako"),
    row(b"ELV", "Elvaco"),
    row(b"EMB", "Embit"),
    row(b"EMH", "EMH metering"),
    row(b"EMO", "Enermet"),
    row(b"EMT", "Elster Messtechnik"),
    row(b"EMU", "EMU Elektronik"),
    row(b"END", "Endys"),
    row(b"ENI", "entec innovations"),
    row(b"ENP", "Kiev Polytechnical Scientific Research"),
    row(b"ENT", "Entes Elektronik"),
    row(b"ERL", "Erelsan Elektrik ve Elektronik"),
    row(b"ESY", "EasyMeter"),
    row(b"EUR", "Eurometers"),
    row(b"EWT", "Elin Wasserwerkstechnik"),
    row(b"FED", "Federal Elektrik"),
    row(b"FIN", "Finder"),
    row(b"FIO", "Pietro Fiorentini"),
    row(b"FLO", "Flonidan"),
    row(b"FLX", "Flexim"),
    row(b"FML", "Siemens Measurements, formerly FML"),
    row(b"GAV", "Carlo Gavazzi Controls"),
    row(b"GBJ", "Grundfos"),
    row(b"GEC", "GEC Meters"),
    row(b"GMC", "GMC-I Messtechnik"),
    row(b"GMT", "GMT"),
    row(b"GRX", "Gurux"),
    row(b"GSP", "Ingenieurbüro Gasperowicz"),
    row(b"GSS", "Gran-System-S"),
    row(b"GWF", "Gas- und Wassermesserfabrik Luzern"),
    row(b"HAG", "Hager Electro"),
    row(b"HEG", "Hamburger Elektronik Gesellschaft"),
    row(b"HEL", "Heliowatt"),
    row(b"HMU", "Hugo Müller"),
    row(b"HON", "Honeywell"),
    row(b"HTC", "Horstmann Timers and Controls"),
    row(b"HYD", "Hydrometer"),
    row(b"HYG", "Hydrometer Group"),
    row(b"ICM", "Intracom"),
    row(b"IDE", "Imit"),
    row(b"IFX", "Infineon Technologies"),
    row(b"IMS", "IMST"),
    row(b"INE", "Innotas Elektronik"),
    row(b"INM", "Inepro Metering"),
    row(b"INP", "Innotas Produktion"),
    row(b"INV", "Invensys Metering Systems"),
    row(b"ISK", "Iskraemeco"),
    row(b"ISO", "Isoil Industria"),
    row(b"IST", "ista"),
    row(b"ITE", "Itron (electricity)"),
    row(b"ITG", "Itron (gas)"),
    row(b"ITK", "Itron"),
    row(b"ITR", "Itron"),
    row(b"ITW", "Itron (water)"),
    row(b"IWK", "IWK Regler und Kompensatoren"),
    row(b"JAN", "Janitza electronics"),
    row(b"JUM", "Jumo"),
    row(b"KAA", "Kamstrup"),
    row(b"KAM", "Kamstrup"),
    row(b"KAS", "Kamstrup"),
    row(b"KAW", "Kamstrup (water)"),
    row(b"KHL", "Kohler"),
    row(b"KKE", "KK-Electronic"),
    row(b"KMT", "Krohne Messtechnik"),
    row(b"KNX", "Konnex users"),
    row(b"KRO", "Kromschröder"),
    row(b"KST", "Kundo SystemTechnik"),
    row(b"KSY", "Kundo SystemTechnik"),
    row(b"LAN", "Langmatz"),
    row(b"LAS", "Lansen Systems"),
    row(b"LEM", "LEM Heme"),
    row(b"LGB", "Landis+Gyr"),
    row(b"LGD", "Landis+Gyr"),
    row(b"LGZ", "Landis+Gyr Zug"),
    row(b"LHA", "Atlantic Meters"),
    row(b"LML", "Lumel"),
    row(b"LOV", "Lovato Electric"),
    row(b"LSE", "Landis & Staefa electronic"),
    row(b"LSP", "Landis & Staefa production"),
    row(b"LSZ", "Siemens Building Technologies"),
    row(b"LUG", "Landis & Staefa"),
    row(b"MAD", "Maddalena"),
    row(b"MEI", "H. Meinecke"),
    row(b"MET", "Metra Energie-Messtechnik"),
    row(b"MII", "Apator Miitors"),
    row(b"MKS", "Mak-Say Elektrik Elektronik"),
    row(b"MNS", "Manas Elektronik"),
    row(b"MPS", "Multiprocessor Systems"),
    row(b"MTC", "Metering Technology Corporation"),
    row(b"MWU", "Metrona Wärmemesser Union"),
    row(b"NIS", "Nisko Industries"),
    row(b"NMS", "Nisko Advanced Metering Solutions"),
    row(b"NRM", "Norm Elektronik"),
    row(b"NXP", "NXP Semiconductors"),
    row(b"NZR", "Nordwestdeutsche Zählerrevision"),
    row(b"ONR", "Onur Elektroteknik"),
    row(b"PAD", "PadMess"),
    row(b"PII", "PiiGAB"),
    row(b"PMG", "Spanner-Pollux"),
    row(b"PPC", "Power Plus Communications"),
    row(b"PRI", "Polymeters Response International"),
    row(b"PXC", "Phoenix Contact"),
    row(b"QDS", "Qundis"),
    row(b"RAC", "Michael Rac"),
    row(b"RAD", "Radiocrafts"),
    row(b"RAM", "Rossweiner Armaturen und Messgeräte"),
    row(b"REL", "Relay"),
    row(b"RKE", "Raab Karcher Energy Services"),
    row(b"RMG", "RMG Messtechnik"),
    row(b"SAG", "Sagem"),
    row(b"SAP", "Sappel"),
    row(b"SAT", "Satec"),
    row(b"SBC", "Saia-Burgess Controls"),
    row(b"SCH", "Schinzel"),
    row(b"SEC", "Schneider Electric"),
    row(b"SEN", "Sensus Metering Systems"),
    row(b"SET", "Sagemcom"),
    row(b"SIE", "Siemens"),
    row(b"SIL", "Silicon Laboratories"),
    row(b"SLB", "Schlumberger Industries"),
    row(b"SLV", "solvimus"),
    row(b"SME", "Siame"),
    row(b"SML", "Siemens Measurements"),
    row(b"SOC", "Socomec"),
    row(b"SOF", "softflow.de"),
    row(b"SON", "Sontex"),
    row(b"SPL", "Sappel"),
    row(b"SPX", "Spanner-Pollux"),
    row(b"STF", "Stackforce"),
    row(b"STV", "STV Automation"),
    row(b"SVM", "Svensk Värmemätning"),
    row(b"SWI", "Swistec"),
    row(b"TCH", "Techem"),
    row(b"TEC", "Tecson"),
    row(b"TIP", "TIP Thüringer Industrie Produkte"),
    row(b"TIX", "Tixi.Com"),
    row(b"UAG", "Uher"),
    row(b"UGI", "United Gas Industries"),
    row(b"VES", "Viterra Energy Services"),
    row(b"VIP", "Vipa"),
    row(b"VPI", "Van Putten Instruments"),
    row(b"WEH", "E. Wehrle"),
    row(b"WEP", "Weptech elektronik"),
    row(b"WMO", "Westermo Teleindustri"),
    row(b"WZG", "Neumann Wasserzähler Glaubitz"),
    row(b"YTE", "Yuksek Teknoloji"),
    row(b"ZAG", "Zellweger Uster"),
    row(b"ZAP", "Zaptronix"),
    row(b"ZIV", "ZIV Aplicaciones y Tecnologia"),
    row(b"ZRI", "Zenner International"),
    row(b"ZRM", "Minol Zenner"),
];

/// The manufacturers whose names are known.
#[cfg(feature = "alloc")]
pub(crate) fn manufacturers() -> impl Iterator<Item = Manufacturer> {
    ROWS.iter().filter_map(|row| Manufacturer::from_letters(row.letters).ok())
}

/// The name of the company behind the letters; `None` if it is not listed here.
///
/// ```
/// use gurux_mbus::table::lookup_manufacturer;
///
/// assert_eq!(lookup_manufacturer("KAM".parse()?), Some("Kamstrup"));
/// # Ok::<(), gurux_mbus::wire::AddressError>(())
/// ```
#[must_use]
pub fn lookup_manufacturer(manufacturer: Manufacturer) -> Option<&'static str> {
    let letters = manufacturer.letters()?;
    let found = ROWS.binary_search_by(|row| row.letters.cmp(&letters)).ok()?;
    ROWS.get(found).map(|row| row.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_have_letters() {
        assert!(ROWS.windows(2).all(|pair| pair[0].letters < pair[1].letters));
        for row in ROWS {
            let manufacturer = Manufacturer::from_letters(row.letters).unwrap();
            assert_eq!(lookup_manufacturer(manufacturer), Some(row.name));
            assert!(!row.name.trim().is_empty());
        }
    }

    #[test]
    fn every_number_is_answered() {
        let named = (0..=u16::MAX).filter_map(|n| lookup_manufacturer(Manufacturer(n))).count();
        // Twice: the topmost bit is no letter.
        assert_eq!(named, 2 * ROWS.len());
    }
}
