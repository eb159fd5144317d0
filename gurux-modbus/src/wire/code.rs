//! The codes of MODBUS Application Protocol V1.1b3: open numbers with named values.

use gurux_framing::wire_code;

wire_code! {
    /// A function code: the first octet of every PDU (section 6).
    ///
    /// 1 to 127; a response sets the top bit to say that it is an exception. 65 to 72 and 100 to
    /// 110 are for the user to define.
    pub struct FunctionCode(u8) {
        /// Reads 1 to 2000 coils.
        READ_COILS = 0x01 => "read coils",
        /// Reads 1 to 2000 discrete inputs.
        READ_DISCRETE_INPUTS = 0x02 => "read discrete inputs",
        /// Reads 1 to 125 holding registers.
        READ_HOLDING_REGISTERS = 0x03 => "read holding registers",
        /// Reads 1 to 125 input registers.
        READ_INPUT_REGISTERS = 0x04 => "read input registers",
        /// Switches one coil.
        WRITE_SINGLE_COIL = 0x05 => "write single coil",
        /// Writes one holding register.
        WRITE_SINGLE_REGISTER = 0x06 => "write single register",
        /// Reads the eight exception status outputs. Serial line only.
        READ_EXCEPTION_STATUS = 0x07 => "read exception status",
        /// Tests the line and reads its counters. Serial line only.
        DIAGNOSTICS = 0x08 => "diagnostics",
        /// Reads the status and the event count. Serial line only.
        GET_COMM_EVENT_COUNTER = 0x0B => "get comm event counter",
        /// Reads the status, the counts and up to 64 events. Serial line only.
        GET_COMM_EVENT_LOG = 0x0C => "get comm event log",
        /// Switches 1 to 1968 coils.
        WRITE_MULTIPLE_COILS = 0x0F => "write multiple coils",
        /// Writes 1 to 123 holding registers.
        WRITE_MULTIPLE_REGISTERS = 0x10 => "write multiple registers",
        /// Reads what the server says of itself. Serial line only.
        REPORT_SERVER_ID = 0x11 => "report server id",
        /// Reads groups of registers from files.
        READ_FILE_RECORD = 0x14 => "read file record",
        /// Writes groups of registers to files.
        WRITE_FILE_RECORD = 0x15 => "write file record",
        /// Changes single bits of a holding register.
        MASK_WRITE_REGISTER = 0x16 => "mask write register",
        /// Writes 1 to 121 registers, then reads 1 to 125.
        READ_WRITE_MULTIPLE_REGISTERS = 0x17 => "read/write multiple registers",
        /// Reads a queue of up to 31 registers.
        READ_FIFO_QUEUE = 0x18 => "read FIFO queue",
        /// Carries another protocol, told by its MEI type.
        ENCAPSULATED_INTERFACE_TRANSPORT = 0x2B => "encapsulated interface transport",
    }
}

impl FunctionCode {
    /// May a user define this code (65 to 72 and 100 to 110, section 4.1 of the standard)?
    #[must_use]
    pub const fn is_user_defined(self) -> bool {
        matches!(self.code(), 65..=72 | 100..=110)
    }
}

wire_code! {
    /// Why a server refuses: the second octet of an exception response (section 7).
    pub struct ExceptionCode(u8) {
        /// The server does not know the function, or not in its present state.
        ILLEGAL_FUNCTION = 0x01 => "illegal function",
        /// The address, or the address with the quantity, is not there.
        ILLEGAL_DATA_ADDRESS = 0x02 => "illegal data address",
        /// A value in the request is not allowed: the request itself is wrong.
        ILLEGAL_DATA_VALUE = 0x03 => "illegal data value",
        /// The server failed while it did what was asked.
        SERVER_DEVICE_FAILURE = 0x04 => "server device failure",
        /// The server is at work and needs long; the client shall not time out.
        ACKNOWLEDGE = 0x05 => "acknowledge",
        /// The server is busy with a long command; the client may ask again later.
        SERVER_DEVICE_BUSY = 0x06 => "server device busy",
        /// Negative acknowledge: the program function cannot be done (of older documents).
        NEGATIVE_ACKNOWLEDGE = 0x07 => "negative acknowledge",
        /// A parity error in the extended memory (file records).
        MEMORY_PARITY_ERROR = 0x08 => "memory parity error",
        /// The gateway has no way to the server: it is misconfigured or overloaded.
        GATEWAY_PATH_UNAVAILABLE = 0x0A => "gateway path unavailable",
        /// The server behind the gateway did not answer.
        GATEWAY_TARGET_FAILED_TO_RESPOND = 0x0B => "gateway target device failed to respond",
    }
}

wire_code! {
    /// What a diagnostics request asks for (section 6.8.1).
    pub struct SubFunction(u16) {
        /// Send the data back as it came.
        RETURN_QUERY_DATA = 0x00 => "return query data",
        /// Restart the port; data `FF00` clears the event log too.
        RESTART_COMMUNICATIONS_OPTION = 0x01 => "restart communications option",
        /// Read the diagnostic register.
        RETURN_DIAGNOSTIC_REGISTER = 0x02 => "return diagnostic register",
        /// Change the last character of ASCII messages.
        CHANGE_ASCII_INPUT_DELIMITER = 0x03 => "change ASCII input delimiter",
        /// Listen only, answer nothing (not even this) until a restart.
        FORCE_LISTEN_ONLY_MODE = 0x04 => "force listen only mode",
        /// Clear the counters and the diagnostic register.
        CLEAR_COUNTERS = 0x0A => "clear counters and diagnostic register",
        /// Messages seen on the line since the last restart.
        RETURN_BUS_MESSAGE_COUNT = 0x0B => "return bus message count",
        /// Check sum errors seen since the last restart.
        RETURN_BUS_COMMUNICATION_ERROR_COUNT = 0x0C => "return bus communication error count",
        /// Exceptions returned since the last restart.
        RETURN_BUS_EXCEPTION_ERROR_COUNT = 0x0D => "return bus exception error count",
        /// Messages addressed to this server, or broadcast.
        RETURN_SERVER_MESSAGE_COUNT = 0x0E => "return server message count",
        /// Messages to which no answer was sent.
        RETURN_SERVER_NO_RESPONSE_COUNT = 0x0F => "return server no response count",
        /// Messages answered with a negative acknowledge.
        RETURN_SERVER_NAK_COUNT = 0x10 => "return server NAK count",
        /// Messages answered with "busy".
        RETURN_SERVER_BUSY_COUNT = 0x11 => "return server busy count",
        /// Messages lost because characters came faster than they were taken.
        RETURN_BUS_CHARACTER_OVERRUN_COUNT = 0x12 => "return bus character overrun count",
        /// Clear the overrun counter.
        CLEAR_OVERRUN_COUNTER_AND_FLAG = 0x14 => "clear overrun counter and flag",
    }
}

wire_code! {
    /// The protocol inside an encapsulated interface transport (section 6.19).
    pub struct MeiType(u8) {
        /// CANopen general reference; its content is not part of the standard.
        CANOPEN_GENERAL_REFERENCE = 0x0D => "CANopen general reference",
        /// Read device identification (section 6.21).
        READ_DEVICE_IDENTIFICATION = 0x0E => "read device identification",
    }
}

wire_code! {
    /// How much of the identification is asked for (section 6.21).
    pub struct ReadDeviceIdCode(u8) {
        /// The three objects that every device has, as a stream.
        BASIC = 0x01 => "basic",
        /// The named objects too, as a stream.
        REGULAR = 0x02 => "regular",
        /// The device's own objects too, as a stream.
        EXTENDED = 0x03 => "extended",
        /// One object by its id.
        SPECIFIC = 0x04 => "specific",
    }
}

wire_code! {
    /// What a device can tell of itself (section 6.21): a [`ReadDeviceIdCode`] level, with the top
    /// bit set where single objects can be read as well.
    pub struct Conformity(u8) {
        /// Basic objects, as a stream only.
        BASIC_STREAM = 0x01 => "basic, stream only",
        /// Regular objects, as a stream only.
        REGULAR_STREAM = 0x02 => "regular, stream only",
        /// Extended objects, as a stream only.
        EXTENDED_STREAM = 0x03 => "extended, stream only",
        /// Basic objects, as a stream and singly.
        BASIC = 0x81 => "basic, stream and individual",
        /// Regular objects, as a stream and singly.
        REGULAR = 0x82 => "regular, stream and individual",
        /// Extended objects, as a stream and singly.
        EXTENDED = 0x83 => "extended, stream and individual",
    }
}

wire_code! {
    /// An object of the device identification (section 6.21); 0x80 and above are the device's own.
    pub struct ObjectId(u8) {
        /// Who made the device. Basic, always there.
        VENDOR_NAME = 0x00 => "vendor name",
        /// The maker's code for it. Basic, always there.
        PRODUCT_CODE = 0x01 => "product code",
        /// Its revision. Basic, always there.
        MAJOR_MINOR_REVISION = 0x02 => "major minor revision",
        /// Where the maker is found. Regular, optional.
        VENDOR_URL = 0x03 => "vendor URL",
        /// The name of the product. Regular, optional.
        PRODUCT_NAME = 0x04 => "product name",
        /// The name of the model. Regular, optional.
        MODEL_NAME = 0x05 => "model name",
        /// What the user calls the application. Regular, optional.
        USER_APPLICATION_NAME = 0x06 => "user application name",
    }
}

wire_code! {
    /// The address of a server: the unit identifier of MBAP, the first octet of RTU and ASCII.
    ///
    /// On a serial line 0 is broadcast and 1 to 247 are servers; on TCP 0 and 255 both mean the
    /// device itself, and any other number is a server behind a gateway.
    pub struct UnitId(u8) {
        /// All servers of a serial line.
        BROADCAST = 0x00 => "broadcast",
    }
}
