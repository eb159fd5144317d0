"""Reads a register with gurux-dlms' client, so that its time can be told.

A line in, a line out: `plain COUNT` and `sealed COUNT` read it from an answer at hand, without a line
between client and meter; `loopback PORT COUNT` from a meter on TCP. The answer is the nanoseconds of one
read, and the value.
"""

import os
import socket
import sys
import time

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, Security
from gurux_dlms.objects import GXDLMSRegister
from gurux_dlms.secure import GXDLMSSecureClient

KEY, AUTHENTICATION_KEY = bytes(range(16)), bytes(range(0xD0, 0xE0))
CLIENT, METER = b"CLI\0\0\0\0\x01", b"MMM\0\0\0\0\x01"
# GET-RESPONSE of double-long-unsigned 1249734, in the wrapper: in clear, and in glo-get-response.
PLAIN = bytes.fromhex("0001000100100009C401C10006001311C6")


def client(is_sealed=False):
    made = GXDLMSSecureClient(True, 16, 1, Authentication.NONE, None, InterfaceType.WRAPPER)
    if is_sealed:
        made.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
        made.ciphering.systemTitle = CLIENT
        made.ciphering.blockCipherKey = KEY
        made.ciphering.authenticationKey = AUTHENTICATION_KEY
        made.ciphering.invocationCounter = 1
        made.settings.sourceSystemTitle = METER
    return made


def take(reader, register, answer):
    """What came in, to the register's value; is it whole?"""
    reply = GXReplyData()
    reader.getData(GXByteBuffer(answer), reply, GXReplyData())
    if not reply.isComplete():
        return False
    reader.updateValue(register, 2, reply.value)
    return True


def at_hand(count, answer, is_sealed):
    reader, register = client(is_sealed), GXDLMSRegister("1.0.1.8.0.255")
    begun = time.perf_counter_ns()
    for _ in range(count):
        reader.read(register, 2)
        take(reader, register, answer)
    return (time.perf_counter_ns() - begun) / count, register.value


def loopback(port, count):
    reader, register = client(), GXDLMSRegister("1.0.1.8.0.255")
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(reader.aarqRequest()[0])
        reply = GXReplyData()
        reader.getData(GXByteBuffer(line.recv(4096)), reply, GXReplyData())
        reader.parseAareResponse(reply.data)
        begun = time.perf_counter_ns()
        for _ in range(count):
            for piece in reader.read(register, 2):
                line.sendall(piece)
            answer = line.recv(4096)
            while not take(reader, register, answer):
                answer += line.recv(4096)
        return (time.perf_counter_ns() - begun) / count, register.value


def main():
    # The package prints what it thinks; only answers go to whoever asked.
    answers, sys.stdout = sys.stdout, open(os.devnull, "w")
    sealed = bytes.fromhex(sys.argv[1])
    for line in sys.stdin:
        what, *numbers = line.split()
        numbers = [int(number) for number in numbers]
        if what == "plain":
            result = at_hand(*numbers, PLAIN, False)
        elif what == "sealed":
            result = at_hand(*numbers, sealed, True)
        else:
            result = loopback(*numbers)
        print(round(result[0]), result[1], file=answers, flush=True)


if __name__ == "__main__":
    main()
