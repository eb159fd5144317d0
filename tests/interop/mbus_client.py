"""Reads an M-Bus meter with pyMeterBus and prints each record as a line of JSON.

    mbus_client.py PORT ADDRESS
"""

import json
import socket
import sys
import time

import meterbus


def receive(line):
    """All octets until the meter has been silent for a while."""
    line.settimeout(2)
    octets = b""
    try:
        while True:
            piece = line.recv(512)
            if not piece:
                break
            octets += piece
            line.settimeout(0.3)
    except TimeoutError:
        pass
    return octets


def main(port, address):
    with socket.create_connection(("127.0.0.1", int(port))) as line:
        reset = meterbus.TelegramShort()
        reset.header.cField.parts = [0x40]
        reset.header.aField.parts = [int(address)]
        line.sendall(bytes(list(reset)))
        if receive(line) != b"\xe5":
            sys.exit("the meter does not acknowledge its reset")
        time.sleep(0.1)
        request = meterbus.TelegramShort()
        request.header.cField.parts = [0x5B]
        request.header.aField.parts = [int(address)]
        line.sendall(bytes(list(request)))
        telegram = meterbus.load(receive(line))
        body = json.loads(telegram.to_JSON())["body"]
        print(json.dumps({"header": body["header"]}))
        for record in body["records"]:
            print(json.dumps(record))


if __name__ == "__main__":
    main(*sys.argv[1:])
