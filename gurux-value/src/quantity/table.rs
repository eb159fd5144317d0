//! The known words.
//!
//! One row a word, sorted by word: the unit of reports and the OBIS code by its groups A, C, D, E
//! (channel and billing period vary). The words cover what users of evcc, mbmd, SunSpec, M-Bus and
//! DLMS read from meters. The codes of electricity, gas and abstract objects are those of
//! `OBISCodes.txt` of Gurux.DLMS.Net (IEC 62056-6-1), the angles those of the DLMS manual of
//! MasterOPC; heat, cooling and water follow EN 13757-1 as jMBus (`MBusToObisTranslator`), KBR and
//! ioBroker.mhcclient give it. A word whose code none of them has stands without.

use super::Quantity;
use crate::obis::Obis;
use crate::unit::{Dimension, Unit};

/// A word of the vocabulary and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownQuantity {
    /// The word.
    pub word: &'static str,
    /// The unit that reports use; `None` where the value is a text, a state or a date.
    pub unit: Option<Unit>,
    /// Its OBIS code on channel 0 for the present value.
    pub obis: Option<Obis>,
}

impl KnownQuantity {
    /// What its unit measures.
    #[must_use]
    pub fn dimension(&self) -> Option<Dimension> {
        self.unit.map(Unit::dimension)
    }
}

/// Makes the static table, and of each row a constant of [`Quantity`].
macro_rules! quantities {
    ($($constant:ident: $word:literal, $unit:ident, $obis:tt;)*) => {
        /// All known words, sorted.
        pub(super) static QUANTITIES: [KnownQuantity; COUNT] = [$(KnownQuantity {
            word: $word,
            unit: quantities!(@unit $unit),
            obis: quantities!(@obis $obis),
        }),*];

        const COUNT: usize = [$($word),*].len();

        impl Quantity<'static> {
            $(
                #[doc = concat!("`", $word, "`.")]
                pub const $constant: Self = Self::new($word);
            )*
        }
    };
    (@unit none) => { None };
    (@unit $unit:ident) => { Some(Unit::$unit) };
    (@obis none) => { None };
    (@obis [$a:literal, $c:literal, $d:literal, $e:literal]) => {
        Some(Obis::new([$a, 0, $c, $d, $e, Obis::PRESENT]))
    };
}

// constant, word, unit, groups A, C, D, E of the OBIS code
#[rustfmt::skip]
quantities! {
    ACCESS_CODE_DEVELOPER:                "access-code.developer",                none,                      none;
    ACCESS_CODE_OPERATOR:                 "access-code.operator",                 none,                      none;
    ACCESS_CODE_SYSTEM_OPERATOR:          "access-code.system-operator",          none,                      none;
    ACCESS_CODE_USER:                     "access-code.user",                     none,                      none;
    ACCESS_NUMBER:                        "access.number",                        none,                      none;
    ALARM_FLAGS:                          "alarm.flags",                          none,                      [0, 97, 98, 0];
    ANGLE:                                "angle",                                DEGREE,                    none;
    ANGLE_CURRENT:                        "angle.current",                        DEGREE,                    none;
    ANGLE_L1:                             "angle.l1",                             DEGREE,                    [1, 81, 7, 40];
    ANGLE_L2:                             "angle.l2",                             DEGREE,                    [1, 81, 7, 51];
    ANGLE_L3:                             "angle.l3",                             DEGREE,                    [1, 81, 7, 62];
    ANGLE_VOLTAGE:                        "angle.voltage",                        DEGREE,                    none;
    ANY:                                  "any",                                  none,                      none;
    APPLICATION_SELECTED:                 "application.selected",                 none,                      none;
    BATTERY_CAPACITY:                     "battery.capacity",                     AMPERE_HOUR,               none;
    BATTERY_CHANGE:                       "battery.change",                       none,                      none;
    BATTERY_CHARGE:                       "battery.charge",                       PERCENT,                   none;
    BATTERY_CURRENT:                      "battery.current",                      AMPERE,                    none;
    BATTERY_CYCLES:                       "battery.cycles",                       ONE,                       none;
    BATTERY_HEALTH:                       "battery.health",                       PERCENT,                   none;
    BATTERY_POWER:                        "battery.power",                        WATT,                      none;
    BATTERY_TEMPERATURE:                  "battery.temperature",                  DEGREE_CELSIUS,            none;
    BATTERY_TIME_OPERATING:               "battery.time.operating",               HOUR,                      [0, 96, 6, 0];
    BATTERY_TIME_REMAINING:               "battery.time.remaining",               HOUR,                      [0, 96, 6, 6];
    BATTERY_VOLTAGE:                      "battery.voltage",                      VOLT,                      [0, 96, 6, 3];
    BAUD_RATE:                            "baud-rate",                            BAUD,                      none;
    BUS_ADDRESS:                          "bus.address",                          none,                      none;
    CLOCK:                                "clock",                                none,                      [0, 1, 0, 0];
    COEFFICIENT_OF_PERFORMANCE:           "coefficient-of-performance",           ONE,                       none;
    CONTAINER_MANUFACTURER:               "container.manufacturer",               none,                      none;
    CONTAINER_WIRELESS:                   "container.wireless",                   none,                      none;
    CONTROL_SIGNAL:                       "control.signal",                       none,                      none;
    CREDIT:                               "credit",                               CURRENCY,                  none;
    CUMULATION_COUNTER:                   "cumulation.counter",                   none,                      none;
    CURRENT:                              "current",                              AMPERE,                    [1, 11, 7, 0];
    CURRENT_DC:                           "current.dc",                           AMPERE,                    none;
    CURRENT_DEMAND:                       "current.demand",                       AMPERE,                    none;
    CURRENT_DEMAND_L1:                    "current.demand.l1",                    AMPERE,                    none;
    CURRENT_DEMAND_L2:                    "current.demand.l2",                    AMPERE,                    none;
    CURRENT_DEMAND_L3:                    "current.demand.l3",                    AMPERE,                    none;
    CURRENT_DEMAND_MAXIMUM:               "current.demand.maximum",               AMPERE,                    none;
    CURRENT_DEMAND_MAXIMUM_L1:            "current.demand.maximum.l1",            AMPERE,                    none;
    CURRENT_DEMAND_MAXIMUM_L2:            "current.demand.maximum.l2",            AMPERE,                    none;
    CURRENT_DEMAND_MAXIMUM_L3:            "current.demand.maximum.l3",            AMPERE,                    none;
    CURRENT_L1:                           "current.l1",                           AMPERE,                    [1, 31, 7, 0];
    CURRENT_L2:                           "current.l2",                           AMPERE,                    [1, 51, 7, 0];
    CURRENT_L3:                           "current.l3",                           AMPERE,                    [1, 71, 7, 0];
    CURRENT_NEUTRAL:                      "current.neutral",                      AMPERE,                    [1, 91, 7, 0];
    CURRENT_TOTAL:                        "current.total",                        AMPERE,                    none;
    CUSTOMER_LOCATION:                    "customer.location",                    none,                      none;
    CUSTOMER_NUMBER:                      "customer.number",                      none,                      none;
    DATE:                                 "date",                                 none,                      none;
    DAY_CHANGE:                           "day-change",                           none,                      none;
    DAYLIGHT_SAVING:                      "daylight-saving",                      none,                      none;
    DEBIT:                                "debit",                                CURRENCY,                  none;
    DEVICE_TYPE:                          "device.type",                          none,                      none;
    DIMENSIONLESS:                        "dimensionless",                        ONE,                       none;
    ENERGY:                               "energy",                               WATT_HOUR,                 none;
    ENERGY_ACTIVE_ABSOLUTE_TOTAL:         "energy.active.absolute.total",         WATT_HOUR,                 [1, 15, 8, 0];
    ENERGY_ACTIVE_EXPORT_L1:              "energy.active.export.l1",              WATT_HOUR,                 [1, 22, 8, 0];
    ENERGY_ACTIVE_EXPORT_L2:              "energy.active.export.l2",              WATT_HOUR,                 [1, 42, 8, 0];
    ENERGY_ACTIVE_EXPORT_L3:              "energy.active.export.l3",              WATT_HOUR,                 [1, 62, 8, 0];
    ENERGY_ACTIVE_EXPORT_T1:              "energy.active.export.t1",              WATT_HOUR,                 [1, 2, 8, 1];
    ENERGY_ACTIVE_EXPORT_T2:              "energy.active.export.t2",              WATT_HOUR,                 [1, 2, 8, 2];
    ENERGY_ACTIVE_EXPORT_T3:              "energy.active.export.t3",              WATT_HOUR,                 [1, 2, 8, 3];
    ENERGY_ACTIVE_EXPORT_T4:              "energy.active.export.t4",              WATT_HOUR,                 [1, 2, 8, 4];
    ENERGY_ACTIVE_EXPORT_TOTAL:           "energy.active.export.total",           WATT_HOUR,                 [1, 2, 8, 0];
    ENERGY_ACTIVE_IMPORT_L1:              "energy.active.import.l1",              WATT_HOUR,                 [1, 21, 8, 0];
    ENERGY_ACTIVE_IMPORT_L2:              "energy.active.import.l2",              WATT_HOUR,                 [1, 41, 8, 0];
    ENERGY_ACTIVE_IMPORT_L3:              "energy.active.import.l3",              WATT_HOUR,                 [1, 61, 8, 0];
    ENERGY_ACTIVE_IMPORT_T1:              "energy.active.import.t1",              WATT_HOUR,                 [1, 1, 8, 1];
    ENERGY_ACTIVE_IMPORT_T2:              "energy.active.import.t2",              WATT_HOUR,                 [1, 1, 8, 2];
    ENERGY_ACTIVE_IMPORT_T3:              "energy.active.import.t3",              WATT_HOUR,                 [1, 1, 8, 3];
    ENERGY_ACTIVE_IMPORT_T4:              "energy.active.import.t4",              WATT_HOUR,                 [1, 1, 8, 4];
    ENERGY_ACTIVE_IMPORT_TOTAL:           "energy.active.import.total",           WATT_HOUR,                 [1, 1, 8, 0];
    ENERGY_ACTIVE_NET_L1:                 "energy.active.net.l1",                 WATT_HOUR,                 [1, 36, 8, 0];
    ENERGY_ACTIVE_NET_L2:                 "energy.active.net.l2",                 WATT_HOUR,                 [1, 56, 8, 0];
    ENERGY_ACTIVE_NET_L3:                 "energy.active.net.l3",                 WATT_HOUR,                 [1, 76, 8, 0];
    ENERGY_ACTIVE_NET_T1:                 "energy.active.net.t1",                 WATT_HOUR,                 [1, 16, 8, 1];
    ENERGY_ACTIVE_NET_T2:                 "energy.active.net.t2",                 WATT_HOUR,                 [1, 16, 8, 2];
    ENERGY_ACTIVE_NET_TOTAL:              "energy.active.net.total",              WATT_HOUR,                 [1, 16, 8, 0];
    ENERGY_APPARENT:                      "energy.apparent",                      VOLT_AMPERE_HOUR,          none;
    ENERGY_APPARENT_EXPORT_L1:            "energy.apparent.export.l1",            VOLT_AMPERE_HOUR,          [1, 30, 8, 0];
    ENERGY_APPARENT_EXPORT_L2:            "energy.apparent.export.l2",            VOLT_AMPERE_HOUR,          [1, 50, 8, 0];
    ENERGY_APPARENT_EXPORT_L3:            "energy.apparent.export.l3",            VOLT_AMPERE_HOUR,          [1, 70, 8, 0];
    ENERGY_APPARENT_EXPORT_T1:            "energy.apparent.export.t1",            VOLT_AMPERE_HOUR,          [1, 10, 8, 1];
    ENERGY_APPARENT_EXPORT_T2:            "energy.apparent.export.t2",            VOLT_AMPERE_HOUR,          [1, 10, 8, 2];
    ENERGY_APPARENT_EXPORT_T3:            "energy.apparent.export.t3",            VOLT_AMPERE_HOUR,          [1, 10, 8, 3];
    ENERGY_APPARENT_EXPORT_T4:            "energy.apparent.export.t4",            VOLT_AMPERE_HOUR,          [1, 10, 8, 4];
    ENERGY_APPARENT_EXPORT_TOTAL:         "energy.apparent.export.total",         VOLT_AMPERE_HOUR,          [1, 10, 8, 0];
    ENERGY_APPARENT_IMPORT_L1:            "energy.apparent.import.l1",            VOLT_AMPERE_HOUR,          [1, 29, 8, 0];
    ENERGY_APPARENT_IMPORT_L2:            "energy.apparent.import.l2",            VOLT_AMPERE_HOUR,          [1, 49, 8, 0];
    ENERGY_APPARENT_IMPORT_L3:            "energy.apparent.import.l3",            VOLT_AMPERE_HOUR,          [1, 69, 8, 0];
    ENERGY_APPARENT_IMPORT_T1:            "energy.apparent.import.t1",            VOLT_AMPERE_HOUR,          [1, 9, 8, 1];
    ENERGY_APPARENT_IMPORT_T2:            "energy.apparent.import.t2",            VOLT_AMPERE_HOUR,          [1, 9, 8, 2];
    ENERGY_APPARENT_IMPORT_T3:            "energy.apparent.import.t3",            VOLT_AMPERE_HOUR,          [1, 9, 8, 3];
    ENERGY_APPARENT_IMPORT_T4:            "energy.apparent.import.t4",            VOLT_AMPERE_HOUR,          [1, 9, 8, 4];
    ENERGY_APPARENT_IMPORT_TOTAL:         "energy.apparent.import.total",         VOLT_AMPERE_HOUR,          [1, 9, 8, 0];
    ENERGY_APPARENT_NET_TOTAL:            "energy.apparent.net.total",            VOLT_AMPERE_HOUR,          none;
    ENERGY_COOLING_T1:                    "energy.cooling.t1",                    WATT_HOUR,                 [5, 1, 0, 1];
    ENERGY_COOLING_T2:                    "energy.cooling.t2",                    WATT_HOUR,                 [5, 1, 0, 2];
    ENERGY_COOLING_TOTAL:                 "energy.cooling.total",                 WATT_HOUR,                 [5, 1, 0, 0];
    ENERGY_DC_EXPORT_TOTAL:               "energy.dc.export.total",               WATT_HOUR,                 none;
    ENERGY_DC_IMPORT_TOTAL:               "energy.dc.import.total",               WATT_HOUR,                 none;
    ENERGY_HEAT_T1:                       "energy.heat.t1",                       WATT_HOUR,                 [6, 1, 0, 1];
    ENERGY_HEAT_T2:                       "energy.heat.t2",                       WATT_HOUR,                 [6, 1, 0, 2];
    ENERGY_HEAT_TOTAL:                    "energy.heat.total",                    WATT_HOUR,                 [6, 1, 0, 0];
    ENERGY_REACTIVE:                      "energy.reactive",                      VAR_HOUR,                  none;
    ENERGY_REACTIVE_EXPORT_L1:            "energy.reactive.export.l1",            VAR_HOUR,                  [1, 24, 8, 0];
    ENERGY_REACTIVE_EXPORT_L2:            "energy.reactive.export.l2",            VAR_HOUR,                  [1, 44, 8, 0];
    ENERGY_REACTIVE_EXPORT_L3:            "energy.reactive.export.l3",            VAR_HOUR,                  [1, 64, 8, 0];
    ENERGY_REACTIVE_EXPORT_T1:            "energy.reactive.export.t1",            VAR_HOUR,                  [1, 4, 8, 1];
    ENERGY_REACTIVE_EXPORT_T2:            "energy.reactive.export.t2",            VAR_HOUR,                  [1, 4, 8, 2];
    ENERGY_REACTIVE_EXPORT_T3:            "energy.reactive.export.t3",            VAR_HOUR,                  [1, 4, 8, 3];
    ENERGY_REACTIVE_EXPORT_T4:            "energy.reactive.export.t4",            VAR_HOUR,                  [1, 4, 8, 4];
    ENERGY_REACTIVE_EXPORT_TOTAL:         "energy.reactive.export.total",         VAR_HOUR,                  [1, 4, 8, 0];
    ENERGY_REACTIVE_IMPORT_L1:            "energy.reactive.import.l1",            VAR_HOUR,                  [1, 23, 8, 0];
    ENERGY_REACTIVE_IMPORT_L2:            "energy.reactive.import.l2",            VAR_HOUR,                  [1, 43, 8, 0];
    ENERGY_REACTIVE_IMPORT_L3:            "energy.reactive.import.l3",            VAR_HOUR,                  [1, 63, 8, 0];
    ENERGY_REACTIVE_IMPORT_T1:            "energy.reactive.import.t1",            VAR_HOUR,                  [1, 3, 8, 1];
    ENERGY_REACTIVE_IMPORT_T2:            "energy.reactive.import.t2",            VAR_HOUR,                  [1, 3, 8, 2];
    ENERGY_REACTIVE_IMPORT_T3:            "energy.reactive.import.t3",            VAR_HOUR,                  [1, 3, 8, 3];
    ENERGY_REACTIVE_IMPORT_T4:            "energy.reactive.import.t4",            VAR_HOUR,                  [1, 3, 8, 4];
    ENERGY_REACTIVE_IMPORT_TOTAL:         "energy.reactive.import.total",         VAR_HOUR,                  [1, 3, 8, 0];
    ENERGY_REACTIVE_NET_L1:               "energy.reactive.net.l1",               VAR_HOUR,                  none;
    ENERGY_REACTIVE_NET_L2:               "energy.reactive.net.l2",               VAR_HOUR,                  none;
    ENERGY_REACTIVE_NET_L3:               "energy.reactive.net.l3",               VAR_HOUR,                  none;
    ENERGY_REACTIVE_NET_T1:               "energy.reactive.net.t1",               VAR_HOUR,                  none;
    ENERGY_REACTIVE_NET_T2:               "energy.reactive.net.t2",               VAR_HOUR,                  none;
    ENERGY_REACTIVE_NET_TOTAL:            "energy.reactive.net.total",            VAR_HOUR,                  none;
    ENERGY_REACTIVE_Q1_TOTAL:             "energy.reactive.q1.total",             VAR_HOUR,                  [1, 5, 8, 0];
    ENERGY_REACTIVE_Q2_TOTAL:             "energy.reactive.q2.total",             VAR_HOUR,                  [1, 6, 8, 0];
    ENERGY_REACTIVE_Q3_TOTAL:             "energy.reactive.q3.total",             VAR_HOUR,                  [1, 7, 8, 0];
    ENERGY_REACTIVE_Q4_TOTAL:             "energy.reactive.q4.total",             VAR_HOUR,                  [1, 8, 8, 0];
    ERROR_FLAGS:                          "error.flags",                          none,                      [0, 97, 97, 0];
    ERROR_MASK:                           "error.mask",                           none,                      none;
    EVENT_CODE:                           "event.code",                           none,                      [0, 96, 11, 0];
    FABRICATION_NUMBER:                   "fabrication.number",                   none,                      [0, 96, 1, 0];
    FAILURES_SUPPLY:                      "failures.supply",                      ONE,                       [0, 96, 7, 21];
    FAILURES_SUPPLY_LONG:                 "failures.supply.long",                 ONE,                       [0, 96, 7, 9];
    FIRMWARE_VERSION:                     "firmware.version",                     none,                      [1, 0, 2, 0];
    FLOW_MASS:                            "flow.mass",                            KILOGRAM_PER_HOUR,         none;
    FLOW_VOLUME:                          "flow.volume",                          CUBIC_METRE_PER_HOUR,      none;
    FLOW_VOLUME_GAS:                      "flow.volume.gas",                      CUBIC_METRE_PER_HOUR,      [7, 43, 0, 0];
    FLOW_VOLUME_HEAT:                     "flow.volume.heat",                     CUBIC_METRE_PER_HOUR,      [6, 9, 0, 0];
    FLOW_VOLUME_WATER:                    "flow.volume.water",                    CUBIC_METRE_PER_HOUR,      [8, 2, 0, 0];
    FREQUENCY:                            "frequency",                            HERTZ,                     [1, 14, 7, 0];
    GAS_CALORIFIC_VALUE:                  "gas.calorific-value",                  WATT_HOUR_PER_CUBIC_METRE, [7, 54, 0, 0];
    GAS_CONVERSION_FACTOR:                "gas.conversion-factor",                ONE,                       [7, 52, 0, 22];
    HARDWARE_VERSION:                     "hardware.version",                     none,                      none;
    HEAT_COST:                            "heat-cost",                            HEAT_COST_UNIT,            [4, 1, 0, 0];
    HEAT_COST_FACTOR_K:                   "heat-cost.factor.k",                   none,                      none;
    HEAT_COST_FACTOR_KC:                  "heat-cost.factor.kc",                  none,                      none;
    HEAT_COST_FACTOR_KCH:                 "heat-cost.factor.kch",                 none,                      none;
    HEAT_COST_FACTOR_KCR:                 "heat-cost.factor.kcr",                 none,                      none;
    HEAT_COST_FACTOR_KD:                  "heat-cost.factor.kd",                  none,                      none;
    HEAT_COST_FACTOR_KQ:                  "heat-cost.factor.kq",                  none,                      none;
    HEAT_COST_FACTOR_KT:                  "heat-cost.factor.kt",                  none,                      none;
    HUMIDITY:                             "humidity",                             PERCENT,                   [0, 96, 9, 2];
    INPUT_DIGITAL:                        "input.digital",                        none,                      none;
    LISTENING_WINDOW:                     "listening-window",                     none,                      none;
    MANUFACTURER:                         "manufacturer",                         none,                      none;
    MANUFACTURER_DATA:                    "manufacturer.data",                    none,                      none;
    MASS:                                 "mass",                                 KILOGRAM,                  none;
    MESSAGE:                              "message",                              none,                      [0, 96, 13, 0];
    METER_ID:                             "meter.id",                             none,                      [0, 96, 1, 1];
    METERING_POINT:                       "metering-point",                       none,                      [0, 96, 1, 10];
    MODEL:                                "model",                                none,                      none;
    MOISTURE:                             "moisture",                             PERCENT,                   none;
    OPERATOR_DATA:                        "operator.data",                        none,                      none;
    OUTPUT_DIGITAL:                       "output.digital",                       none,                      none;
    PARAMETER_SET:                        "parameter-set",                        none,                      none;
    PARAMETER_ACTIVATION:                 "parameter.activation",                 none,                      none;
    PASSWORD:                             "password",                             none,                      none;
    PLAIN_TEXT:                           "plain-text",                           none,                      none;
    POWER:                                "power",                                WATT,                      none;
    POWER_ACTIVE_EXPORT_DEMAND:           "power.active.export.demand",           WATT,                      [1, 2, 4, 0];
    POWER_ACTIVE_EXPORT_DEMAND_LAST:      "power.active.export.demand.last",      WATT,                      [1, 2, 5, 0];
    POWER_ACTIVE_EXPORT_DEMAND_MAXIMUM:   "power.active.export.demand.maximum",   WATT,                      [1, 2, 6, 0];
    POWER_ACTIVE_EXPORT_L1:               "power.active.export.l1",               WATT,                      [1, 22, 7, 0];
    POWER_ACTIVE_EXPORT_L2:               "power.active.export.l2",               WATT,                      [1, 42, 7, 0];
    POWER_ACTIVE_EXPORT_L3:               "power.active.export.l3",               WATT,                      [1, 62, 7, 0];
    POWER_ACTIVE_EXPORT_TOTAL:            "power.active.export.total",            WATT,                      [1, 2, 7, 0];
    POWER_ACTIVE_IMPORT_DEMAND:           "power.active.import.demand",           WATT,                      [1, 1, 4, 0];
    POWER_ACTIVE_IMPORT_DEMAND_LAST:      "power.active.import.demand.last",      WATT,                      [1, 1, 5, 0];
    POWER_ACTIVE_IMPORT_DEMAND_MAXIMUM:   "power.active.import.demand.maximum",   WATT,                      [1, 1, 6, 0];
    POWER_ACTIVE_IMPORT_L1:               "power.active.import.l1",               WATT,                      [1, 21, 7, 0];
    POWER_ACTIVE_IMPORT_L2:               "power.active.import.l2",               WATT,                      [1, 41, 7, 0];
    POWER_ACTIVE_IMPORT_L3:               "power.active.import.l3",               WATT,                      [1, 61, 7, 0];
    POWER_ACTIVE_IMPORT_TOTAL:            "power.active.import.total",            WATT,                      [1, 1, 7, 0];
    POWER_ACTIVE_NET_DEMAND:              "power.active.net.demand",              WATT,                      [1, 16, 4, 0];
    POWER_ACTIVE_NET_DEMAND_MAXIMUM:      "power.active.net.demand.maximum",      WATT,                      [1, 16, 6, 0];
    POWER_ACTIVE_NET_L1:                  "power.active.net.l1",                  WATT,                      [1, 36, 7, 0];
    POWER_ACTIVE_NET_L2:                  "power.active.net.l2",                  WATT,                      [1, 56, 7, 0];
    POWER_ACTIVE_NET_L3:                  "power.active.net.l3",                  WATT,                      [1, 76, 7, 0];
    POWER_ACTIVE_NET_TOTAL:               "power.active.net.total",               WATT,                      [1, 16, 7, 0];
    POWER_APPARENT:                       "power.apparent",                       VOLT_AMPERE,               none;
    POWER_APPARENT_EXPORT_DEMAND:         "power.apparent.export.demand",         VOLT_AMPERE,               [1, 10, 4, 0];
    POWER_APPARENT_EXPORT_DEMAND_LAST:    "power.apparent.export.demand.last",    VOLT_AMPERE,               [1, 10, 5, 0];
    POWER_APPARENT_EXPORT_DEMAND_MAXIMUM: "power.apparent.export.demand.maximum", VOLT_AMPERE,               [1, 10, 6, 0];
    POWER_APPARENT_EXPORT_L1:             "power.apparent.export.l1",             VOLT_AMPERE,               [1, 30, 7, 0];
    POWER_APPARENT_EXPORT_L2:             "power.apparent.export.l2",             VOLT_AMPERE,               [1, 50, 7, 0];
    POWER_APPARENT_EXPORT_L3:             "power.apparent.export.l3",             VOLT_AMPERE,               [1, 70, 7, 0];
    POWER_APPARENT_EXPORT_TOTAL:          "power.apparent.export.total",          VOLT_AMPERE,               [1, 10, 7, 0];
    POWER_APPARENT_IMPORT_DEMAND:         "power.apparent.import.demand",         VOLT_AMPERE,               [1, 9, 4, 0];
    POWER_APPARENT_IMPORT_DEMAND_LAST:    "power.apparent.import.demand.last",    VOLT_AMPERE,               [1, 9, 5, 0];
    POWER_APPARENT_IMPORT_DEMAND_MAXIMUM: "power.apparent.import.demand.maximum", VOLT_AMPERE,               [1, 9, 6, 0];
    POWER_APPARENT_IMPORT_L1:             "power.apparent.import.l1",             VOLT_AMPERE,               [1, 29, 7, 0];
    POWER_APPARENT_IMPORT_L2:             "power.apparent.import.l2",             VOLT_AMPERE,               [1, 49, 7, 0];
    POWER_APPARENT_IMPORT_L3:             "power.apparent.import.l3",             VOLT_AMPERE,               [1, 69, 7, 0];
    POWER_APPARENT_IMPORT_TOTAL:          "power.apparent.import.total",          VOLT_AMPERE,               [1, 9, 7, 0];
    POWER_APPARENT_NET_L1:                "power.apparent.net.l1",                VOLT_AMPERE,               none;
    POWER_APPARENT_NET_L2:                "power.apparent.net.l2",                VOLT_AMPERE,               none;
    POWER_APPARENT_NET_L3:                "power.apparent.net.l3",                VOLT_AMPERE,               none;
    POWER_APPARENT_NET_TOTAL:             "power.apparent.net.total",             VOLT_AMPERE,               none;
    POWER_DC:                             "power.dc",                             WATT,                      none;
    POWER_FACTOR:                         "power.factor",                         ONE,                       [1, 13, 7, 0];
    POWER_FACTOR_L1:                      "power.factor.l1",                      ONE,                       [1, 33, 7, 0];
    POWER_FACTOR_L2:                      "power.factor.l2",                      ONE,                       [1, 53, 7, 0];
    POWER_FACTOR_L3:                      "power.factor.l3",                      ONE,                       [1, 73, 7, 0];
    POWER_HEAT:                           "power.heat",                           WATT,                      [6, 8, 0, 0];
    POWER_MAXIMUM_CUMULATIVE:             "power.maximum.cumulative",             WATT,                      none;
    POWER_REACTIVE:                       "power.reactive",                       VAR,                       none;
    POWER_REACTIVE_EXPORT_DEMAND:         "power.reactive.export.demand",         VAR,                       [1, 4, 4, 0];
    POWER_REACTIVE_EXPORT_DEMAND_LAST:    "power.reactive.export.demand.last",    VAR,                       [1, 4, 5, 0];
    POWER_REACTIVE_EXPORT_DEMAND_MAXIMUM: "power.reactive.export.demand.maximum", VAR,                       [1, 4, 6, 0];
    POWER_REACTIVE_EXPORT_L1:             "power.reactive.export.l1",             VAR,                       [1, 24, 7, 0];
    POWER_REACTIVE_EXPORT_L2:             "power.reactive.export.l2",             VAR,                       [1, 44, 7, 0];
    POWER_REACTIVE_EXPORT_L3:             "power.reactive.export.l3",             VAR,                       [1, 64, 7, 0];
    POWER_REACTIVE_EXPORT_TOTAL:          "power.reactive.export.total",          VAR,                       [1, 4, 7, 0];
    POWER_REACTIVE_IMPORT_DEMAND:         "power.reactive.import.demand",         VAR,                       [1, 3, 4, 0];
    POWER_REACTIVE_IMPORT_DEMAND_LAST:    "power.reactive.import.demand.last",    VAR,                       [1, 3, 5, 0];
    POWER_REACTIVE_IMPORT_DEMAND_MAXIMUM: "power.reactive.import.demand.maximum", VAR,                       [1, 3, 6, 0];
    POWER_REACTIVE_IMPORT_L1:             "power.reactive.import.l1",             VAR,                       [1, 23, 7, 0];
    POWER_REACTIVE_IMPORT_L2:             "power.reactive.import.l2",             VAR,                       [1, 43, 7, 0];
    POWER_REACTIVE_IMPORT_L3:             "power.reactive.import.l3",             VAR,                       [1, 63, 7, 0];
    POWER_REACTIVE_IMPORT_TOTAL:          "power.reactive.import.total",          VAR,                       [1, 3, 7, 0];
    POWER_REACTIVE_NET_L1:                "power.reactive.net.l1",                VAR,                       none;
    POWER_REACTIVE_NET_L2:                "power.reactive.net.l2",                VAR,                       none;
    POWER_REACTIVE_NET_L3:                "power.reactive.net.l3",                VAR,                       none;
    POWER_REACTIVE_NET_TOTAL:             "power.reactive.net.total",             VAR,                       none;
    PRESSURE:                             "pressure",                             BAR,                       none;
    PRESSURE_AMBIENT:                     "pressure.ambient",                     HECTOPASCAL,               [0, 96, 9, 1];
    PRESSURE_GAS:                         "pressure.gas",                         BAR,                       [7, 42, 0, 0];
    PULSE_CONSTANT_ACTIVE:                "pulse.constant.active",                PER_WATT_HOUR,             [1, 0, 3, 0];
    PULSE_CONSTANT_REACTIVE:              "pulse.constant.reactive",              PER_VAR_HOUR,              [1, 0, 3, 1];
    PULSES:                               "pulses",                               PULSE,                     none;
    PV_IRRADIANCE:                        "pv.irradiance",                        WATT_PER_SQUARE_METRE,     none;
    PV_POWER:                             "pv.power",                             WATT,                      none;
    PV_STRING1_CURRENT:                   "pv.string1.current",                   AMPERE,                    none;
    PV_STRING1_ENERGY:                    "pv.string1.energy",                    WATT_HOUR,                 none;
    PV_STRING1_POWER:                     "pv.string1.power",                     WATT,                      none;
    PV_STRING1_VOLTAGE:                   "pv.string1.voltage",                   VOLT,                      none;
    PV_STRING2_CURRENT:                   "pv.string2.current",                   AMPERE,                    none;
    PV_STRING2_ENERGY:                    "pv.string2.energy",                    WATT_HOUR,                 none;
    PV_STRING2_POWER:                     "pv.string2.power",                     WATT,                      none;
    PV_STRING2_VOLTAGE:                   "pv.string2.voltage",                   VOLT,                      none;
    PV_STRING3_CURRENT:                   "pv.string3.current",                   AMPERE,                    none;
    PV_STRING3_ENERGY:                    "pv.string3.energy",                    WATT_HOUR,                 none;
    PV_STRING3_POWER:                     "pv.string3.power",                     WATT,                      none;
    PV_STRING3_VOLTAGE:                   "pv.string3.voltage",                   VOLT,                      none;
    PV_STRING4_CURRENT:                   "pv.string4.current",                   AMPERE,                    none;
    PV_STRING4_ENERGY:                    "pv.string4.energy",                    WATT_HOUR,                 none;
    PV_STRING4_POWER:                     "pv.string4.power",                     WATT,                      none;
    PV_STRING4_VOLTAGE:                   "pv.string4.voltage",                   VOLT,                      none;
    REMOTE_CONTROL:                       "remote-control",                       none,                      none;
    RESERVED:                             "reserved",                             none,                      none;
    RESET_COUNTER:                        "reset.counter",                        none,                      [1, 0, 1, 0];
    RESPONSE_DELAY:                       "response-delay",                       BIT_TIME,                  none;
    RETRY:                                "retry",                                none,                      none;
    ROTATION:                             "rotation",                             REVOLUTION_PER_MINUTE,     none;
    SECURITY_KEY:                         "security.key",                         none,                      none;
    SIGNAL_STRENGTH:                      "signal.strength",                      DECIBEL_MILLIWATT,         [0, 96, 12, 5];
    SOFTWARE_VERSION:                     "software.version",                     none,                      none;
    STATUS:                               "status",                               none,                      [0, 96, 5, 0];
    STATUS_MISSING_VOLTAGE:               "status.missing-voltage",               none,                      [1, 96, 10, 0];
    STOP_COUNTER:                         "stop.counter",                         none,                      none;
    STORAGE_BLOCK_SIZE:                   "storage.block-size",                   none,                      none;
    STORAGE_FIRST:                        "storage.first",                        none,                      none;
    STORAGE_LAST:                         "storage.last",                         none,                      none;
    SUPPLIER_INFORMATION:                 "supplier.information",                 none,                      none;
    SWITCH_STATE:                         "switch.state",                         none,                      [0, 96, 3, 10];
    TARIFF_ACTIVE:                        "tariff.active",                        none,                      [0, 96, 14, 0];
    TARIFF_DESCRIPTOR:                    "tariff.descriptor",                    none,                      none;
    TARIFF_DURATION:                      "tariff.duration",                      HOUR,                      none;
    TARIFF_PERIOD:                        "tariff.period",                        HOUR,                      none;
    TARIFF_START:                         "tariff.start",                         none,                      none;
    TEMPERATURE:                          "temperature",                          DEGREE_CELSIUS,            none;
    TEMPERATURE_AMBIENT:                  "temperature.ambient",                  DEGREE_CELSIUS,            [0, 96, 9, 0];
    TEMPERATURE_DEVICE:                   "temperature.device",                   DEGREE_CELSIUS,            none;
    TEMPERATURE_DIFFERENCE:               "temperature.difference",               KELVIN,                    [6, 12, 0, 0];
    TEMPERATURE_EXTERNAL:                 "temperature.external",                 DEGREE_CELSIUS,            none;
    TEMPERATURE_FLOW:                     "temperature.flow",                     DEGREE_CELSIUS,            [6, 10, 0, 0];
    TEMPERATURE_GAS:                      "temperature.gas",                      KELVIN,                    [7, 41, 0, 0];
    TEMPERATURE_HEAT_SINK:                "temperature.heat-sink",                DEGREE_CELSIUS,            none;
    TEMPERATURE_LIMIT:                    "temperature.limit",                    DEGREE_CELSIUS,            none;
    TEMPERATURE_RETURN:                   "temperature.return",                   DEGREE_CELSIUS,            [6, 11, 0, 0];
    TEMPERATURE_WATER:                    "temperature.water",                    DEGREE_CELSIUS,            [8, 3, 0, 0];
    THD_CURRENT:                          "thd.current",                          PERCENT,                   [1, 11, 7, 124];
    THD_CURRENT_L1:                       "thd.current.l1",                       PERCENT,                   [1, 31, 7, 124];
    THD_CURRENT_L2:                       "thd.current.l2",                       PERCENT,                   [1, 51, 7, 124];
    THD_CURRENT_L3:                       "thd.current.l3",                       PERCENT,                   [1, 71, 7, 124];
    THD_VOLTAGE:                          "thd.voltage",                          PERCENT,                   [1, 12, 7, 124];
    THD_VOLTAGE_L1:                       "thd.voltage.l1",                       PERCENT,                   [1, 32, 7, 124];
    THD_VOLTAGE_L2:                       "thd.voltage.l2",                       PERCENT,                   [1, 52, 7, 124];
    THD_VOLTAGE_L3:                       "thd.voltage.l3",                       PERCENT,                   [1, 72, 7, 124];
    TIME_ACTUALITY:                       "time.actuality",                       SECOND,                    none;
    TIME_AVERAGING:                       "time.averaging",                       SECOND,                    none;
    TIME_ERROR:                           "time.error",                           HOUR,                      none;
    TIME_ON:                              "time.on",                              HOUR,                      none;
    TIME_OPERATING:                       "time.operating",                       HOUR,                      [0, 96, 8, 0];
    TIME_POINT:                           "time.point",                           SECOND,                    none;
    TIME_SINCE_CUMULATION:                "time.since-cumulation",                HOUR,                      none;
    TIME_SINCE_READOUT:                   "time.since-readout",                   SECOND,                    none;
    TIME_STORAGE_INTERVAL:                "time.storage-interval",                SECOND,                    none;
    TIME_TRANSMISSION_PERIOD:             "time.transmission-period",             SECOND,                    none;
    TRANSFORMER_RATIO_CURRENT:            "transformer.ratio.current",            ONE,                       [1, 0, 4, 2];
    TRANSFORMER_RATIO_VOLTAGE:            "transformer.ratio.voltage",            ONE,                       [1, 0, 4, 3];
    VOLTAGE:                              "voltage",                              VOLT,                      [1, 12, 7, 0];
    VOLTAGE_DC:                           "voltage.dc",                           VOLT,                      none;
    VOLTAGE_L1:                           "voltage.l1",                           VOLT,                      [1, 32, 7, 0];
    VOLTAGE_L1_L2:                        "voltage.l1-l2",                        VOLT,                      none;
    VOLTAGE_L2:                           "voltage.l2",                           VOLT,                      [1, 52, 7, 0];
    VOLTAGE_L2_L3:                        "voltage.l2-l3",                        VOLT,                      none;
    VOLTAGE_L3:                           "voltage.l3",                           VOLT,                      [1, 72, 7, 0];
    VOLTAGE_L3_L1:                        "voltage.l3-l1",                        VOLT,                      none;
    VOLTAGE_LINE:                         "voltage.line",                         VOLT,                      none;
    VOLTAGE_NEUTRAL:                      "voltage.neutral",                      VOLT,                      [1, 92, 7, 0];
    VOLUME:                               "volume",                               CUBIC_METRE,               none;
    VOLUME_GAS:                           "volume.gas",                           CUBIC_METRE,               [7, 3, 0, 0];
    VOLUME_GAS_CORRECTED:                 "volume.gas.corrected",                 CUBIC_METRE,               none;
    VOLUME_HEAT:                          "volume.heat",                          CUBIC_METRE,               [6, 2, 0, 0];
    VOLUME_WATER_COLD:                    "volume.water.cold",                    CUBIC_METRE,               [8, 1, 0, 0];
    VOLUME_WATER_HOT:                     "volume.water.hot",                     CUBIC_METRE,               [9, 1, 0, 0];
    WEEK_NUMBER:                          "week.number",                          none,                      none;
    WEEKDAY:                              "weekday",                              none,                      none;
    WIND_SPEED:                           "wind.speed",                           METRE_PER_SECOND,          none;
}
