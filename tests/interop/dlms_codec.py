"""Reads and writes DLMS messages with gurux-dlms: a line in, a line out.

    read HEX     the message as the package's own XML, without blanks between elements
    write XML    the message of such XML, in hex
    data HEX     a value read and written again, in hex
    seal CONTROL COUNTER TITLE KEY AUTHENTICATION_KEY TEXT
    open TITLE KEY AUTHENTICATION_KEY MESSAGE

`-` is an empty field. What the package refuses is answered `error` and its words.
"""

import contextlib
import io
import sys

from gurux_dlms import GXByteBuffer, GXDLMSTranslator
from gurux_dlms.AesGcmParameter import AesGcmParameter
from gurux_dlms.GXCiphering import GXCiphering
from gurux_dlms.GXDLMSSettings import GXDLMSSettings
from gurux_dlms.enums import Command, DataType, Security, TranslatorOutputType
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo
from gurux_dlms.objects.enums import SecuritySuite

SETTINGS = GXDLMSSettings(True, None)


def translator():
    made = GXDLMSTranslator(TranslatorOutputType.SIMPLE_XML)
    made.comments = False
    made.hex = True
    return made


# Its reader keeps nothing; its writer goes on with what the message before has left.
READER = translator()


def read(text):
    xml = READER.pduToXml(GXByteBuffer(bytearray.fromhex(text)))
    return "".join(line.lstrip(" ") for line in xml.split("\r\n"))


def write(xml):
    return bytes(translator().xmlToPdu(xml).array()).hex()


def data(text):
    raw, info = GXByteBuffer(bytearray.fromhex(text)), _GXDataInfo()
    value = _GXCommon.getData(SETTINGS, raw, info)
    out = GXByteBuffer()
    _GXCommon.setData(SETTINGS, out, DataType(info.type_), value)
    return bytes(out.array()).hex()


def fields(text):
    return [bytearray() if word == "-" else bytearray.fromhex(word) for word in text.split()]


def seal(text):
    control, counter, title, key, authentication, plain = fields(text)
    how = AesGcmParameter(Command.GENERAL_GLO_CIPHERING, title, key, authentication)
    how.security = Security(control[0] & 0x30)
    how.securitySuite = SecuritySuite(control[0] & 3)
    how.invocationCounter = int.from_bytes(counter, "big")
    return bytes(GXCiphering.encrypt(how, plain)).hex()


def unseal(text):
    title, key, authentication, message = fields(text)
    settings = GXDLMSSettings(False, None)
    settings.cipher = GXCiphering(title)
    how = AesGcmParameter(0, title, key, authentication)
    return bytes(GXCiphering.decrypt(settings, how, GXByteBuffer(message))).hex()


COMMANDS = {"read": read, "write": write, "data": data, "seal": seal, "open": unseal}


def main():
    out = sys.stdout
    for line in sys.stdin:
        command, _, text = line.rstrip("\n").partition(" ")
        try:
            # The package prints.
            with contextlib.redirect_stdout(io.StringIO()):
                answer = COMMANDS[command](text)
        except Exception as error:  # Whatever it is, it is an answer.
            answer = "error " + repr(error)
        out.write(answer.replace("\n", " ") + "\n")
        out.flush()


if __name__ == "__main__":
    main()
