"""Asks a Modbus device with pymodbus's own clients and prints each answer as a line of JSON.

    modbus_client.py tcp|udp|rtu-tcp PORT UNIT QUESTION...
    modbus_client.py rtu|ascii PTY UNIT QUESTION...

A question is a word with numbers behind it: `holding:0:10`, `input:0:4`, `coils:0:8`,
`discrete:0:8`, `write:100:1:2:3`, `coil:5:1`, `mask:100:65535:0`, `readwrite:0:4:100:7`,
`identify:1`, `echo:4660`, `status`, `id`, `file:4:1:2`, `fifo:500`.
"""

import json
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient, ModbusUdpClient
from pymodbus.framer import FramerType
from pymodbus.pdu.file_message import FileRecord


def connect(mode, where):
    common = {"timeout": 3, "retries": 0}
    if mode == "udp":
        return ModbusUdpClient("127.0.0.1", port=int(where), **common)
    if mode == "tcp":
        return ModbusTcpClient("127.0.0.1", port=int(where), **common)
    if mode == "rtu-tcp":
        return ModbusTcpClient("127.0.0.1", port=int(where), framer=FramerType.RTU, **common)
    return ModbusSerialClient(where, framer=FramerType(mode), baudrate=19200, **common)


def ask(client, unit, question):
    word, *numbers = question.split(":")
    n = [int(number, 0) for number in numbers]
    to = {"device_id": unit}
    calls = {
        "holding": lambda: client.read_holding_registers(n[0], count=n[1], **to),
        "input": lambda: client.read_input_registers(n[0], count=n[1], **to),
        "coils": lambda: client.read_coils(n[0], count=n[1], **to),
        "discrete": lambda: client.read_discrete_inputs(n[0], count=n[1], **to),
        "write": lambda: client.write_registers(n[0], n[1:], **to),
        "register": lambda: client.write_register(n[0], n[1], **to),
        "coil": lambda: client.write_coil(n[0], bool(n[1]), **to),
        "mask": lambda: client.mask_write_register(
            address=n[0], and_mask=n[1], or_mask=n[2], **to
        ),
        "readwrite": lambda: client.readwrite_registers(
            read_address=n[0], read_count=n[1], write_address=n[2], values=n[3:], **to
        ),
        "identify": lambda: client.read_device_information(read_code=n[0], object_id=0, **to),
        "echo": lambda: client.diag_query_data(n[0].to_bytes(2, "big"), **to),
        "status": lambda: client.read_exception_status(**to),
        "id": lambda: client.report_device_id(**to),
        "file": lambda: client.read_file_record(
            [FileRecord(file_number=n[0], record_number=n[1], record_length=n[2])], **to
        ),
        "fifo": lambda: client.read_fifo_queue(n[0], **to),
    }
    answer = calls[word]()
    if answer.isError():
        code = getattr(answer, "exception_code", None)
        return {"exception": code} if code else {"error": str(answer)}
    if word in ("coils", "discrete"):
        return {"bits": [int(bit) for bit in answer.bits[: n[1]]]}
    if word == "identify":
        return {"objects": {str(k): v.decode() for k, v in answer.information.items()}}
    if word == "echo":
        return {"data": answer.message.hex() if isinstance(answer.message, bytes) else answer.message}
    if word == "status":
        return {"status": answer.status}
    if word == "id":
        return {"id": answer.identifier.hex()}
    if word == "file":
        return {"records": [record.record_data.hex() for record in answer.records]}
    if word == "fifo":
        return {"registers": answer.values}
    return {"registers": getattr(answer, "registers", None)}


def main(mode, where, unit, *questions):
    client = connect(mode, where)
    if not client.connect():
        sys.exit(f"no connection to {where}")
    for question in questions:
        print(json.dumps(ask(client, int(unit), question)), flush=True)
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
