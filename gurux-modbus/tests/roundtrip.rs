//! The laws of every wire type, on values of every shape.
#![expect(clippy::unwrap_used, reason = "tests")]

use gurux_framing::ascii::{LF, MAX_LEN};
use gurux_framing::{Direction, Piece, Wire, pieces, rtu::Rtu, wire_laws};
use gurux_modbus::wire::{
    BitSpan, Bits, Conformity, Custom, DeviceIdentification, Diagnostics, Encapsulated,
    EventCounter, EventLog, Exception, ExceptionCode, FifoQueue, FileData, FileRecord,
    FileReference, FunctionCode, Groups, MaskWrite, MeiType, Object, ObjectId, Objects,
    ReadDeviceIdCode, ReadDeviceIdentification, ReadWriteRegisters, RegisterSpan, Registers,
    Request, Response, ServerId, Span, SubFunction, UnitId, WriteCoil, WriteCoils, WriteRegister,
    WriteRegisters, Written, ascii, exception_for, rtu, tcp,
};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, proptest};

/// What messages are made of. Messages borrow, so a strategy makes what they borrow from.
#[derive(Clone, Debug)]
struct Stuff {
    numbers: [u16; 4],
    code: u8,
    flag: bool,
    bits: Vec<bool>,
    registers: Vec<u16>,
    octets: Vec<u8>,
    texts: Vec<(u8, Vec<u8>)>,
}

fn stuff() -> impl Strategy<Value = Stuff> {
    let numbers = any::<[u16; 4]>();
    let bits = vec(any::<bool>(), 1..=1968);
    let registers = vec(any::<u16>(), 1..=121);
    let octets = vec(any::<u8>(), 0..=245);
    let texts = vec((any::<u8>(), vec(any::<u8>(), 0..=20)), 0..=8);
    (numbers, any::<(u8, bool)>(), bits, registers, octets, texts).prop_map(
        |(numbers, (code, flag), bits, registers, octets, texts)| Stuff {
            numbers,
            code,
            flag,
            bits,
            registers,
            octets,
            texts,
        },
    )
}

impl Stuff {
    fn span<const MAX: u16>(&self) -> Span<MAX> {
        let [address, count, ..] = self.numbers;
        Span::new(address, count % MAX + 1).unwrap()
    }

    fn registers(&self, max: usize) -> Registers<'_> {
        let registers = Registers::new(&self.registers).unwrap();
        registers.slice(0, registers.len().min(max)).unwrap()
    }

    fn even_octets(&self) -> &[u8] {
        self.octets.get(self.octets.len() % 2..).unwrap()
    }

    fn references(&self) -> Vec<FileReference> {
        let [file, record, length, _] = self.numbers;
        (0..self.code % 35 + 1)
            .map(|n| FileReference { file, record: record.wrapping_add(n.into()), length })
            .collect()
    }

    /// Groups of up to ten registers: sixteen of them fit into a message.
    fn records(&self) -> Vec<FileRecord<'_>> {
        let [file, record, ..] = self.numbers;
        let registers = self.registers(10);
        (0..self.code % 9 + 1)
            .map(|n| FileRecord { file, record: record.wrapping_add(n.into()), registers })
            .collect()
    }

    fn objects(&self) -> Vec<Object<'_>> {
        let object = |(id, value)| Object::new(ObjectId::new(id), value).unwrap();
        self.texts.iter().map(|(id, value)| object((*id, &value[..]))).collect()
    }

    fn custom(&self) -> Custom<'_> {
        // A public function has a type of its own.
        let code = FunctionCode::new(self.code);
        Custom::new(code, &self.octets)
            .unwrap_or_else(|_| Custom::new(FunctionCode::new(65), &self.octets).unwrap())
    }

    fn encapsulated(&self) -> Encapsulated<'_> {
        Encapsulated::new(MeiType::new(self.code), &self.octets)
            .unwrap_or_else(|_| Encapsulated::new(MeiType::new(13), &self.octets).unwrap())
    }

    fn diagnostics(&self) -> Diagnostics<'_> {
        let sub_function = SubFunction::new(u16::from(self.code));
        Diagnostics::with_octets(sub_function, self.even_octets()).unwrap()
    }
}

fn requests<'a>(
    s: &'a Stuff,
    references: &'a [FileReference],
    records: &'a [FileRecord<'a>],
) -> [Request<'a>; 21] {
    let [address, value, and_mask, or_mask] = s.numbers;
    let bits = Bits::new(&s.bits).unwrap();
    let registers = s.registers(121);
    let read_code = ReadDeviceIdCode::new(s.code % 4 + 1);
    let object_id = ObjectId::new(s.code);
    [
        Request::ReadCoils(s.span()),
        Request::ReadDiscreteInputs(s.span()),
        Request::ReadHoldingRegisters(s.span()),
        Request::ReadInputRegisters(s.span()),
        Request::WriteSingleCoil(WriteCoil { address, value: s.flag }),
        Request::WriteSingleRegister(WriteRegister { address, value }),
        Request::ReadExceptionStatus,
        Request::Diagnostics(s.diagnostics()),
        Request::GetCommEventCounter,
        Request::GetCommEventLog,
        Request::WriteMultipleCoils(WriteCoils::new(address, bits).unwrap()),
        Request::WriteMultipleRegisters(WriteRegisters::new(address, registers).unwrap()),
        Request::ReportServerId,
        Request::ReadFileRecord(Groups::new(references).unwrap()),
        Request::WriteFileRecord(Groups::new(records).unwrap()),
        Request::MaskWriteRegister(MaskWrite { address, and_mask, or_mask }),
        Request::ReadWriteMultipleRegisters(
            ReadWriteRegisters::new(s.span(), address, registers).unwrap(),
        ),
        Request::ReadFifoQueue { address },
        Request::ReadDeviceIdentification(
            ReadDeviceIdentification::new(read_code, object_id).unwrap(),
        ),
        Request::Encapsulated(s.encapsulated()),
        Request::Custom(s.custom()),
    ]
}

fn responses<'a>(
    s: &'a Stuff,
    data: &'a [FileData<'a>],
    records: &'a [FileRecord<'a>],
    objects: &'a [Object<'a>],
) -> [Response<'a>; 22] {
    let [address, value, and_mask, or_mask] = s.numbers;
    // A response holds whole octets of bits.
    let bits = Bits::from_octets(&s.octets, s.octets.len() * 8).unwrap();
    let bits = if bits.is_empty() { Bits::from_octets(&[0x5A], 8).unwrap() } else { bits };
    let registers = s.registers(125);
    let written = Written { address, count: value };
    let id = ObjectId::new(s.code);
    [
        Response::ReadCoils(bits),
        Response::ReadDiscreteInputs(bits),
        Response::ReadHoldingRegisters(registers),
        Response::ReadInputRegisters(registers),
        Response::WriteSingleCoil(WriteCoil { address, value: s.flag }),
        Response::WriteSingleRegister(WriteRegister { address, value }),
        Response::ReadExceptionStatus { status: s.code },
        Response::Diagnostics(s.diagnostics()),
        Response::GetCommEventCounter(EventCounter { status: value, event_count: address }),
        Response::GetCommEventLog(EventLog::new(address, value, and_mask, &s.octets).unwrap()),
        Response::WriteMultipleCoils(written),
        Response::WriteMultipleRegisters(written),
        Response::ReportServerId(ServerId::new(&s.octets).unwrap()),
        Response::ReadFileRecord(Groups::new(data).unwrap()),
        Response::WriteFileRecord(Groups::new(records).unwrap()),
        Response::MaskWriteRegister(MaskWrite { address, and_mask, or_mask }),
        Response::ReadWriteMultipleRegisters(registers),
        Response::ReadFifoQueue(FifoQueue::new(s.registers(31)).unwrap()),
        Response::ReadDeviceIdentification(DeviceIdentification::new(
            ReadDeviceIdCode::new(s.code),
            Conformity::new(s.code),
            s.flag.then_some(id),
            Objects::new(objects).unwrap(),
        )),
        Response::Encapsulated(s.encapsulated()),
        Response::Custom(s.custom()),
        Response::Exception(Exception::new(FunctionCode::new(s.code), ExceptionCode::new(s.code))),
    ]
}

/// The laws of a PDU and of the message around it, by each transport.
macro_rules! pdu_laws {
    ($Pdu:ident, $pdu:expr, $direction:expr) => {{
        let pdu = $pdu;
        wire_laws!($Pdu<'_>, pdu);
        let unit = UnitId::new(0x11);
        wire_laws!(tcp::Adu<$Pdu<'_>>, tcp::Adu::new(7, unit, pdu), self_delimiting);
        let adu = rtu::Adu::new(unit, pdu);
        wire_laws!(rtu::Adu<$Pdu<'_>>, adu);

        let mut frame = [0; 256];
        let len = adu.emit_to_slice(&mut frame).unwrap();
        let frame = frame.get(..len).unwrap();
        let found: Vec<_> = pieces(Rtu::new($direction), frame).collect();
        assert_eq!(found, [Piece::Frame { offset: 0, frame }], "{pdu:?}");

        let (mut text, mut octets) = ([0; MAX_LEN], [0; ascii::OCTETS_LEN]);
        let adu = ascii::Adu::new(unit, pdu);
        let len = adu.emit_text(LF, &mut text).unwrap();
        assert_eq!(len, adu.text_len());
        assert_eq!(ascii::Adu::from_text(text.get(..len).unwrap(), &mut octets), Ok(adu));
    }};
}

proptest! {
    #[test]
    fn requests_obey_the_laws(s in stuff()) {
        let (references, records) = (s.references(), s.records());
        for request in requests(&s, &references, &records) {
            pdu_laws!(Request, request, Direction::Request);
        }
    }

    #[test]
    fn responses_obey_the_laws(s in stuff()) {
        let (records, objects) = (s.records(), s.objects());
        let data: Vec<_> = records
            .iter()
            .map(|record| FileData { registers: record.registers })
            .collect();
        for response in responses(&s, &data, &records, &objects) {
            pdu_laws!(Response, response, Direction::Response);
        }
    }

    #[test]
    fn an_answer_is_as_long_as_the_request_says(s in stuff()) {
        let [address, ..] = s.numbers;
        let asked: RegisterSpan = s.span();
        let words = vec![7; asked.count().into()];
        let answer = Response::ReadInputRegisters(Registers::new(&words).unwrap());
        let request = Request::ReadInputRegisters(asked);
        assert!(answer.answers(&request));
        assert_eq!(request.answer_len(), Some(answer.wire_len()));

        let asked: BitSpan = s.span();
        let octets = vec![7; usize::from(asked.count()).div_ceil(8)];
        let answer = Response::ReadCoils(Bits::from_octets(&octets, octets.len() * 8).unwrap());
        let request = Request::ReadCoils(asked);
        assert!(answer.answers(&request));
        assert_eq!(request.answer_len(), Some(answer.wire_len()));

        let bits = Bits::new(&s.bits).unwrap();
        let request = Request::WriteMultipleCoils(WriteCoils::new(address, bits).unwrap());
        let written = Written { address, count: s.bits.len() as u16 };
        assert!(Response::WriteMultipleCoils(written).answers(&request));
        assert!(!Response::WriteMultipleRegisters(written).answers(&request));
    }

    #[test]
    fn the_parts_obey_the_laws(s in stuff()) {
        let [address, value, and_mask, or_mask] = s.numbers;
        let (references, records, objects) = (s.references(), s.records(), s.objects());
        let data: Vec<_> = records.iter().map(|r| FileData { registers: r.registers }).collect();
        let registers = s.registers(121);
        let bits = Bits::new(&s.bits).unwrap();
        wire_laws!(BitSpan, s.span::<2000>(), self_delimiting);
        wire_laws!(RegisterSpan, s.span::<125>(), self_delimiting);
        wire_laws!(WriteCoil, WriteCoil { address, value: s.flag }, self_delimiting);
        wire_laws!(WriteRegister, WriteRegister { address, value }, self_delimiting);
        wire_laws!(Written, Written { address, count: value }, self_delimiting);
        wire_laws!(MaskWrite, MaskWrite { address, and_mask, or_mask }, self_delimiting);
        wire_laws!(WriteCoils<'_>, WriteCoils::new(address, bits).unwrap(), self_delimiting);
        wire_laws!(
            WriteRegisters<'_>,
            WriteRegisters::new(address, registers).unwrap(),
            self_delimiting
        );
        wire_laws!(
            ReadWriteRegisters<'_>,
            ReadWriteRegisters::new(s.span(), address, registers).unwrap(),
            self_delimiting
        );
        wire_laws!(Diagnostics<'_>, s.diagnostics());
        wire_laws!(EventCounter, EventCounter { status: address, event_count: value }, self_delimiting);
        wire_laws!(
            EventLog<'_>,
            EventLog::new(address, value, and_mask, &s.octets).unwrap(),
            self_delimiting
        );
        wire_laws!(ServerId<'_>, ServerId::new(&s.octets).unwrap(), self_delimiting);
        wire_laws!(FifoQueue<'_>, FifoQueue::new(s.registers(31)).unwrap(), self_delimiting);
        wire_laws!(Groups<'_, FileReference>, Groups::new(&references).unwrap(), self_delimiting);
        wire_laws!(Groups<'_, FileRecord<'_>>, Groups::new(&records).unwrap(), self_delimiting);
        wire_laws!(Groups<'_, FileData<'_>>, Groups::new(&data).unwrap(), self_delimiting);
        wire_laws!(Objects<'_>, Objects::new(&objects).unwrap(), self_delimiting);
        for object in objects {
            wire_laws!(Object<'_>, object, self_delimiting);
        }
        for record in records {
            wire_laws!(FileRecord<'_>, record, self_delimiting);
            wire_laws!(FileData<'_>, FileData { registers: record.registers }, self_delimiting);
        }
        for reference in references {
            wire_laws!(FileReference, reference, self_delimiting);
        }
        let read_code = ReadDeviceIdCode::new(s.code % 4 + 1);
        let read = ReadDeviceIdentification::new(read_code, ObjectId::new(s.code)).unwrap();
        wire_laws!(ReadDeviceIdentification, read, self_delimiting);
    }

    #[test]
    fn thread_07_any_octets_are_a_message_or_refused(octets in vec(any::<u8>(), 0..300)) {
        if let Ok(request) = Request::from_bytes(&octets) {
            wire_laws!(Request<'_>, request);
        }
        if let Ok(response) = Response::from_bytes(&octets) {
            wire_laws!(Response<'_>, response);
        }
        if let Err(error) = Request::from_bytes(&octets) {
            assert!([1, 3].contains(&exception_for(&error).code()));
            assert!(error.offset <= octets.len());
        }
    }

    #[test]
    fn registers_are_the_same_lent_or_read(words in vec(any::<u16>(), 0..=125)) {
        let octets: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let (lent, read) =
            (Registers::new(&words).unwrap(), Registers::from_octets(&octets).unwrap());
        assert_eq!(lent, read);
        assert!(lent.iter().eq(words.iter().copied()) && read.iter().eq(words.iter().copied()));
        let sum: u64 = words.iter().copied().map(u64::from).sum();
        assert_eq!(read.iter().map(u64::from).sum::<u64>(), sum);
        assert_eq!((read.get(0), read.get(words.len())), (words.first().copied(), None));
    }

    #[test]
    fn bits_are_the_same_lent_or_read(flags in vec(any::<bool>(), 0..=2000)) {
        let octets: Vec<u8> = flags
            .chunks(8)
            .map(|eight| eight.iter().enumerate().fold(0, |o, (n, bit)| o | u8::from(*bit) << n))
            .collect();
        let (lent, read) =
            (Bits::new(&flags).unwrap(), Bits::from_octets(&octets, flags.len()).unwrap());
        assert_eq!(lent, read);
        assert!(read.iter().eq(flags.iter().copied()));
        assert_eq!(read.first(3), lent.first(3));
        assert_eq!((read.get(0), read.get(flags.len())), (flags.first().copied(), None));
    }
}

#[test]
fn what_is_too_much_is_refused_before_it_is_sent() {
    assert!(Registers::new(&[0; 126]).is_err() && Bits::new(&[false; 2001]).is_err());
    assert!(RegisterSpan::new(0, 0).is_err() && RegisterSpan::new(0, 126).is_err());
    assert!(BitSpan::new(0, 2000).is_ok() && BitSpan::new(0, 2001).is_err());
    let registers = |count| Registers::new([0; 125].get(..count).unwrap()).map(drop);
    assert!(registers(125).is_ok());
    let words = [0; 125];
    let registers = Registers::new(&words).unwrap();
    let first = |count| registers.slice(0, count).unwrap();
    assert!(WriteRegisters::new(0, first(123)).is_ok());
    assert!(WriteRegisters::new(0, first(124)).is_err());
    assert!(WriteRegisters::new(0, Registers::EMPTY).is_err());
    let span = RegisterSpan::new(0, 1).unwrap();
    assert!(ReadWriteRegisters::new(span, 0, first(121)).is_ok());
    assert!(ReadWriteRegisters::new(span, 0, first(122)).is_err());
    assert!(FifoQueue::new(first(31)).is_ok() && FifoQueue::new(first(32)).is_err());
    let flags = [true; 1969];
    assert!(WriteCoils::new(0, Bits::new(&flags).unwrap()).is_err());
    assert!(Custom::new(FunctionCode::READ_COILS, &[]).is_err());
    assert!(Custom::new(FunctionCode::new(0), &[]).is_err());
    assert!(Custom::new(FunctionCode::new(0x80), &[]).is_err());
    assert!(Custom::new(FunctionCode::new(65), &[0; 253]).is_err());
    assert!(Encapsulated::new(MeiType::READ_DEVICE_IDENTIFICATION, &[]).is_err());
    assert!(Groups::<FileReference>::new(&[]).is_err());
    assert!(Diagnostics::return_query_data(&[1]).is_err());
}
