//! [`ClassId`]: the numbers of the interface classes.

use gurux_framing::wire_code;

wire_code! {
    /// The number of an interface class (IEC 62056-6-2).
    pub struct ClassId(u16) {
        /// A value.
        DATA = 1 => "data",
        /// A value with its scaler and unit.
        REGISTER = 3 => "register",
        /// A register with a status and a time.
        EXTENDED_REGISTER = 4 => "extended register",
        /// An average over a period, and the one before.
        DEMAND_REGISTER = 5 => "demand register",
        /// Which registers count, by tariff.
        REGISTER_ACTIVATION = 6 => "register activation",
        /// Rows of captured values: load profiles, logs, billing.
        PROFILE_GENERIC = 7 => "profile generic",
        /// Date, time and their rules.
        CLOCK = 8 => "clock",
        /// Lists of actions.
        SCRIPT_TABLE = 9 => "script table",
        /// Scripts by time and weekday.
        SCHEDULE = 10 => "schedule",
        /// Days unlike their weekday.
        SPECIAL_DAYS_TABLE = 11 => "special days table",
        /// The objects that a client sees, by short name.
        ASSOCIATION_SN = 12 => "association sn",
        /// The objects that a client sees, by logical name.
        ASSOCIATION_LN = 15 => "association ln",
        /// The logical devices of a physical one.
        SAP_ASSIGNMENT = 17 => "sap assignment",
        /// New firmware.
        IMAGE_TRANSFER = 18 => "image transfer",
        /// The optical port.
        IEC_LOCAL_PORT_SETUP = 19 => "iec local port setup",
        /// Seasons, weeks and days of tariffs.
        ACTIVITY_CALENDAR = 20 => "activity calendar",
        /// Scripts by thresholds.
        REGISTER_MONITOR = 21 => "register monitor",
        /// One script at given times.
        SINGLE_ACTION_SCHEDULE = 22 => "single action schedule",
        /// The HDLC link.
        IEC_HDLC_SETUP = 23 => "iec hdlc setup",
        /// The Euridis bus.
        IEC_TWISTED_PAIR_SETUP = 24 => "iec twisted pair setup",
        /// An M-Bus port of the meter's own.
        MBUS_SLAVE_PORT_SETUP = 25 => "m-bus slave port setup",
        /// A table of ANSI C12.19.
        UTILITY_TABLES = 26 => "utility tables",
        /// How a modem is set up.
        MODEM_CONFIGURATION = 27 => "modem configuration",
        /// When calls are taken.
        AUTO_ANSWER = 28 => "auto answer",
        /// When the meter itself calls.
        AUTO_CONNECT = 29 => "auto connect",
        /// Attributes ciphered and signed on their own.
        DATA_PROTECTION = 30 => "data protection",
        /// What the meter sends unasked, to whom and when.
        PUSH_SETUP = 40 => "push setup",
        /// A port of TCP or UDP.
        TCP_UDP_SETUP = 41 => "tcp-udp setup",
        /// Addresses of IPv4.
        IPV4_SETUP = 42 => "ipv4 setup",
        /// The address of an interface.
        MAC_ADDRESS_SETUP = 43 => "mac address setup",
        /// The Point-to-Point Protocol.
        PPP_SETUP = 44 => "ppp setup",
        /// Access point and PIN.
        GPRS_MODEM_SETUP = 45 => "gprs modem setup",
        /// Mail.
        SMTP_SETUP = 46 => "smtp setup",
        /// State of the mobile network.
        GSM_DIAGNOSTIC = 47 => "gsm diagnostic",
        /// Addresses of IPv6.
        IPV6_SETUP = 48 => "ipv6 setup",
        /// S-FSK power line: the lower layers.
        SFSK_PHY_MAC_SETUP = 50 => "s-fsk phy&mac setup",
        /// S-FSK power line: who leads.
        SFSK_ACTIVE_INITIATOR = 51 => "s-fsk active initiator",
        /// S-FSK power line: timers.
        SFSK_MAC_SYNCHRONIZATION_TIMEOUTS = 52 => "s-fsk mac synchronization timeouts",
        /// S-FSK power line: counters.
        SFSK_MAC_COUNTERS = 53 => "s-fsk mac counters",
        /// S-FSK power line: the link layer.
        IEC_61334_4_32_LLC_SETUP = 55 => "iec 61334-4-32 llc setup",
        /// S-FSK power line: new meters.
        SFSK_REPORTING_SYSTEM_LIST = 56 => "s-fsk reporting system list",
        /// Connectionless link.
        LLC_TYPE_1_SETUP = 57 => "iso/iec 8802-2 llc type 1 setup",
        /// Link with connections.
        LLC_TYPE_2_SETUP = 58 => "iso/iec 8802-2 llc type 2 setup",
        /// Acknowledged connectionless link.
        LLC_TYPE_3_SETUP = 59 => "iso/iec 8802-2 llc type 3 setup",
        /// The same attribute of many objects.
        REGISTER_TABLE = 61 => "register table",
        /// Captured values without their types.
        COMPACT_DATA = 62 => "compact data",
        /// What the bits of a status word mean.
        STATUS_MAPPING = 63 => "status mapping",
        /// Policy, suite, keys and certificates.
        SECURITY_SETUP = 64 => "security setup",
        /// What was changed last.
        PARAMETER_MONITOR = 65 => "parameter monitor",
        /// Values watched, with what surrounds an event.
        MEASUREMENT_DATA_MONITORING = 66 => "measurement data monitoring",
        /// A sensor and its health.
        SENSOR_MANAGER = 67 => "sensor manager",
        /// Who may command what.
        ARBITRATOR = 68 => "arbitrator",
        /// The breaker or the valve.
        DISCONNECT_CONTROL = 70 => "disconnect control",
        /// The breaker opens above a threshold.
        LIMITER = 71 => "limiter",
        /// A meter on the M-Bus side.
        MBUS_CLIENT = 72 => "m-bus client",
        /// Wireless mode Q.
        WIRELESS_MODE_Q_CHANNEL = 73 => "wireless mode q channel",
        /// An M-Bus port as its reader.
        MBUS_MASTER_PORT_SETUP = 74 => "m-bus master port setup",
        /// DLMS over M-Bus.
        DLMS_SERVER_MBUS_PORT_SETUP = 76 => "dlms server m-bus port setup",
        /// State of an M-Bus link.
        MBUS_DIAGNOSTIC = 77 => "m-bus diagnostic",
        /// PRIME power line: convergence layer.
        LLC_SSCS_SETUP = 80 => "iec 61334-4-32 llc sscs setup",
        /// PRIME power line: counters.
        PRIME_PHYSICAL_LAYER_COUNTERS = 81 => "prime nb ofdm plc physical layer counters",
        /// PRIME power line: timers and limits.
        PRIME_MAC_SETUP = 82 => "prime nb ofdm plc mac setup",
        /// PRIME power line: state.
        PRIME_MAC_FUNCTIONAL_PARAMETERS = 83 => "prime nb ofdm plc mac functional parameters",
        /// PRIME power line: counters.
        PRIME_MAC_COUNTERS = 84 => "prime nb ofdm plc mac counters",
        /// PRIME power line: lists.
        PRIME_MAC_NETWORK_ADMINISTRATION_DATA = 85 => "prime nb ofdm plc mac network administration data",
        /// PRIME power line: firmware and vendor.
        PRIME_APPLICATION_IDENTIFICATION = 86 => "prime nb ofdm plc application identification",
        /// G3 power line: counters.
        G3_MAC_LAYER_COUNTERS = 90 => "g3-plc mac layer counters",
        /// G3 power line: the MAC layer.
        G3_MAC_SETUP = 91 => "g3-plc mac setup",
        /// G3 power line: routing.
        G3_6LOWPAN_ADAPTATION_LAYER_SETUP = 92 => "g3-plc 6lowpan adaptation layer setup",
        /// Wi-SUN radio mesh.
        WI_SUN_SETUP = 95 => "wi-sun setup",
        /// State of a Wi-SUN node.
        WI_SUN_DIAGNOSTIC = 96 => "wi-sun diagnostic",
        /// State of RPL routing.
        RPL_DIAGNOSTIC = 97 => "rpl diagnostic",
        /// State of MPL multicast.
        MPL_DIAGNOSTIC = 98 => "mpl diagnostic",
        /// Time from the network.
        NTP_SETUP = 100 => "ntp setup",
        /// ZigBee: how a network is found.
        ZIGBEE_SAS_STARTUP = 101 => "zigbee sas startup",
        /// ZigBee: how a network is joined.
        ZIGBEE_SAS_JOIN = 102 => "zigbee sas join",
        /// ZigBee: long messages.
        ZIGBEE_SAS_APS_FRAGMENTATION = 103 => "zigbee sas aps fragmentation",
        /// ZigBee: the coordinator.
        ZIGBEE_NETWORK_CONTROL = 104 => "zigbee network control",
        /// ZigBee: tunnels.
        ZIGBEE_TUNNEL_SETUP = 105 => "zigbee tunnel setup",
        /// Prepayment: the account.
        ACCOUNT = 111 => "account",
        /// Prepayment: a credit.
        CREDIT = 112 => "credit",
        /// Prepayment: a charge.
        CHARGE = 113 => "charge",
        /// Prepayment: tokens.
        TOKEN_GATEWAY = 115 => "token gateway",
        /// Prepayment: STS.
        IEC_62055_41_ATTRIBUTES = 116 => "iec 62055-41 attributes",
        /// Functions switched on and off.
        FUNCTION_CONTROL = 122 => "function control",
        /// Parts of large arrays.
        ARRAY_MANAGER = 123 => "array manager",
        /// A port locked after failures.
        COMMUNICATION_PORT_PROTECTION = 124 => "communication port protection",
        /// Header compression of low-power networks.
        SCHC_LPWAN_SETUP = 126 => "schc-lpwan setup",
        /// State of it.
        SCHC_LPWAN_DIAGNOSTIC = 127 => "schc-lpwan diagnostic",
        /// LoRaWAN.
        LORAWAN_SETUP = 128 => "lorawan setup",
        /// State of it.
        LORAWAN_DIAGNOSTIC = 129 => "lorawan diagnostic",
        /// ISO/IEC 14908: who it is.
        ISO_14908_IDENTIFICATION = 130 => "iso/iec 14908 identification",
        /// ISO/IEC 14908: set-up.
        ISO_14908_PROTOCOL_SETUP = 131 => "iso/iec 14908 protocol setup",
        /// ISO/IEC 14908: state.
        ISO_14908_PROTOCOL_STATUS = 132 => "iso/iec 14908 protocol status",
        /// ISO/IEC 14908: counters.
        ISO_14908_DIAGNOSTIC = 133 => "iso/iec 14908 diagnostic",
        /// ISO/IEC 12139-1 power line.
        HS_PLC_MAC_SETUP = 140 => "hs-plc iso/iec 12139-1 mac setup",
        /// ISO/IEC 12139-1 power line.
        HS_PLC_CPAS_SETUP = 141 => "hs-plc iso/iec 12139-1 cpas setup",
        /// ISO/IEC 12139-1 power line.
        HS_PLC_IP_SSAS_SETUP = 142 => "hs-plc iso/iec 12139-1 ip ssas setup",
        /// ISO/IEC 12139-1 power line.
        HS_PLC_HDLC_SSAS_SETUP = 143 => "hs-plc iso/iec 12139-1 hdlc ssas setup",
        /// State of the LTE network.
        LTE_MONITORING = 151 => "lte monitoring",
        /// CoAP.
        COAP_SETUP = 152 => "coap setup",
        /// Counters of CoAP.
        COAP_DIAGNOSTIC = 153 => "coap diagnostic",
        /// G3 radio: counters.
        G3_HYBRID_RF_MAC_LAYER_COUNTERS = 160 => "g3-plc hybrid rf mac layer counters",
        /// G3 radio: the MAC layer.
        G3_HYBRID_RF_MAC_SETUP = 161 => "g3-plc hybrid rf mac setup",
        /// G3 radio: routing.
        G3_HYBRID_6LOWPAN_ADAPTATION_LAYER_SETUP = 162 => "g3-plc hybrid 6lowpan adaptation layer setup",
        /// Proof of what runs in the meter.
        ATTESTATION = 170 => "attestation",
        /// Tariffs of Italian gas meters (UNI/TS 11291).
        TARIFF_PLAN = 8192 => "tariff plan",
    }
}
