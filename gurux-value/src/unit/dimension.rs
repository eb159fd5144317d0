//! What units measure: only units of one dimension convert.

use core::fmt;

macro_rules! dimensions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What a unit measures. Only units of one dimension convert to each other.
        ///
        /// Finer than the dimensions of physics where meters are: active, reactive and apparent
        /// energy are told apart, and so are a ratio, a count and a mole fraction. Each names the
        /// unit that the ratios of the table refer to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Dimension {
            $($(#[$doc])* $name,)*
        }

        impl fmt::Display for Dimension {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$name => $text,)*
                })
            }
        }
    };
}

dimensions! {
    /// Ratio, in 1.
    Ratio = "ratio",
    /// Count, in one.
    Count = "count",
    /// Angle, in °.
    Angle = "angle",
    /// Time, in s.
    Time = "time",
    /// Calendar time, in month: it has no fixed number of days, so it does not convert to time.
    Calendar = "calendar time",
    /// Temperature, in K.
    Temperature = "temperature",
    /// Currency, in the local currency.
    Currency = "currency",
    /// Length, in m.
    Length = "length",
    /// Area, in m².
    Area = "area",
    /// Volume, in m³.
    Volume = "volume",
    /// Volume flow, in m³/s.
    VolumeFlow = "volume flow",
    /// Speed, in m/s.
    Speed = "speed",
    /// Rotational speed, in revolutions per minute.
    RotationalSpeed = "rotational speed",
    /// Mass, in kg.
    Mass = "mass",
    /// Mass flow, in kg/s.
    MassFlow = "mass flow",
    /// Density, in kg/m³.
    Density = "density",
    /// Force, in N.
    Force = "force",
    /// Pressure, in Pa.
    Pressure = "pressure",
    /// Energy, in J; of active electrical energy and heat alike.
    Energy = "energy",
    /// Power, in W.
    Power = "power",
    /// Energy per mass, in J/kg.
    SpecificEnergy = "energy per mass",
    /// Energy per volume, in J/m³.
    EnergyDensity = "energy per volume",
    /// Power per area, in W/m².
    Irradiance = "power per area",
    /// Dynamic viscosity, in Pa·s.
    DynamicViscosity = "dynamic viscosity",
    /// Kinematic viscosity, in m²/s.
    KinematicViscosity = "kinematic viscosity",
    /// Apparent power, in VA.
    ApparentPower = "apparent power",
    /// Reactive power, in var.
    ReactivePower = "reactive power",
    /// Apparent energy, in VA·s.
    ApparentEnergy = "apparent energy",
    /// Reactive energy, in var·s.
    ReactiveEnergy = "reactive energy",
    /// Electric current, in A.
    Current = "electric current",
    /// Electric charge, in C.
    Charge = "electric charge",
    /// Voltage, in V.
    Voltage = "voltage",
    /// Electric field strength, in V/m.
    FieldStrength = "electric field strength",
    /// Capacitance, in F.
    Capacitance = "capacitance",
    /// Resistance, in Ω.
    Resistance = "resistance",
    /// Resistivity, in Ω·m.
    Resistivity = "resistivity",
    /// Conductance, in S.
    Conductance = "conductance",
    /// Magnetic flux, in Wb.
    MagneticFlux = "magnetic flux",
    /// Magnetic induction, in T.
    MagneticInduction = "magnetic induction",
    /// Magnetic field strength, in A/m.
    MagneticFieldStrength = "magnetic field strength",
    /// Inductance, in H.
    Inductance = "inductance",
    /// Frequency, in Hz.
    Frequency = "frequency",
    /// Voltage squared times time, in V²·s.
    VoltageSquaredTime = "voltage squared times time",
    /// Current squared times time, in A²·s.
    CurrentSquaredTime = "current squared times time",
    /// Pulses per active energy, in 1/J.
    PulsesPerEnergy = "pulses per active energy",
    /// Pulses per reactive energy, in 1/(var·s).
    PulsesPerReactiveEnergy = "pulses per reactive energy",
    /// Pulses per apparent energy, in 1/(VA·s).
    PulsesPerApparentEnergy = "pulses per apparent energy",
    /// Pulses per voltage squared times time, in 1/(V²·s).
    PulsesPerVoltageSquaredTime = "pulses per voltage squared times time",
    /// Pulses per current squared times time, in 1/(A²·s).
    PulsesPerCurrentSquaredTime = "pulses per current squared times time",
    /// Pulses per volume, in 1/m³.
    PulsesPerVolume = "pulses per volume",
    /// Mole fraction, in 1.
    MoleFraction = "mole fraction",
    /// Level above 1 mW, in dBm.
    PowerLevel = "level above 1 mW",
    /// Level above 1 µV, in dBµV.
    VoltageLevel = "level above 1 µV",
    /// Difference of levels, in dB.
    LevelDifference = "difference of levels",
    /// Illuminance, in lx.
    Illuminance = "illuminance",
    /// Symbol rate, in Bd.
    SymbolRate = "symbol rate",
    /// Bit rate, in bit/s.
    BitRate = "bit rate",
    /// Bit times, in one bit.
    BitTime = "bit times",
    /// Units of a heat cost allocator, in one unit.
    HeatCost = "units of a heat cost allocator",
}
