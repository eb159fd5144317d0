"""Reads DLMS meters with the clients of `gurux-dlms` and `dlms-cosem`: one process for many meters.

Each line of standard input is a task in JSON: the client's name, the port on loopback, how to connect, and
steps; a line of JSON answers it, with a result for each step: {"value": ..} or {"error": ".."}. Octets are
hex. What cannot be done after a failed connect is left out.
"""
import contextlib
import datetime
import io
import json
import logging
import signal
import socket
import sys

import structlog
from dlms_cosem import cosem, dlms_data, enumerations as enums
from dlms_cosem.client import DlmsClient
from dlms_cosem.cosem.capture_object import CaptureObject
from dlms_cosem.cosem.selective_access import EntryDescriptor, RangeDescriptor
from dlms_cosem.io import BlockingTcpIO, HdlcTransport, TcpTransport
from dlms_cosem.security import (HighLevelSecurityCommonAuthentication,
                                 HighLevelSecurityGmacAuthentication,
                                 LowLevelSecurityAuthentication, NoSecurityAuthentication)
from dlms_cosem.utils import parse_as_dlms_data
from gurux_dlms import GXByteBuffer, GXDateTime, GXReplyData
from gurux_dlms.GXDLMSException import GXDLMSException
from gurux_dlms.GXDLMSAccessItem import GXDLMSAccessItem
from gurux_dlms.enums import (AccessServiceCommandType, Authentication, Conformance, DataType,
                              InterfaceType, ObjectType, Security)
from gurux_dlms.objects import GXDLMSProfileGeneric
from gurux_dlms.objects.enums import SecuritySuite
from gurux_dlms.secure import GXDLMSSecureClient

OUT, sys.stdout = sys.stdout, io.StringIO()  # gurux-dlms prints
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

PASSWORD, SECRET = b"12345678", b"hls-secret-00001"
TITLE = b"CLIENT01"
UTC = datetime.timezone.utc
DAY = datetime.datetime(2024, 1, 2, tzinfo=UTC)  # of the load profile
LAST = DAY + datetime.timedelta(hours=23)


def key(task, first):
    return bytes(range(first, first + (32 if task["suite"] == 2 else 16)))


def plain(value):
    """A value as JSON."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


class Gurux:
    AUTH = {"none": Authentication.NONE, "low": Authentication.LOW, "high": Authentication.HIGH,
            "md5": Authentication.HIGH_MD5, "sha1": Authentication.HIGH_SHA1,
            "gmac": Authentication.HIGH_GMAC, "sha256": Authentication.HIGH_SHA256}

    def __init__(self, task):
        self.task = task
        c = self.client = GXDLMSSecureClient(
            not task["short"], 1, 1, self.AUTH[task["auth"]], None,
            InterfaceType.HDLC if task["hdlc"] else InterfaceType.WRAPPER)
        if task["auth"] == "low":
            c.password = PASSWORD
        elif task["auth"] not in ("none", "gmac"):
            c.password = SECRET
        c.ciphering.systemTitle = bytearray(TITLE)
        c.ciphering.securitySuite = SecuritySuite(task["suite"])
        c.ciphering.blockCipherKey = bytearray(key(task, 0))
        c.ciphering.authenticationKey = bytearray(key(task, 0xD0))
        c.ciphering.security = Security(task["security"])
        c.ciphering.invocationCounter = 1
        if task["dedicated"]:
            c.ciphering.dedicatedKey = bytearray(key(task, 0x40))
        if task["general"]:
            c.proposedConformance |= Conformance.GENERAL_PROTECTION
        c.maxReceivePDUSize = task["max_pdu"]
        if task["gbt"]:
            c.proposedConformance |= Conformance.GENERAL_BLOCK_TRANSFER
            c.gbtWindowSize = task["gbt"]
        c.hdlcSettings.maxInfoTX = c.hdlcSettings.maxInfoRX = task["max_info"]
        c.hdlcSettings.windowSizeTX = c.hdlcSettings.windowSizeRX = task["window"]
        self.objects, self.pending = {}, GXByteBuffer()
        self.sock = socket.create_connection(("127.0.0.1", task["port"]), timeout=task["timeout"])

    def exchange(self, data, reply):
        if data:
            self.sock.sendall(bytes(data))
        while not (len(self.pending) and self.client.getData(self.pending, reply, GXReplyData())):
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError("closed by the meter")
            self.pending.set(bytearray(piece))
        self.pending = GXByteBuffer(bytearray(self.pending.array()[self.pending.position:]))
        if reply.error:
            raise GXDLMSException(reply.error)

    def request(self, frames):
        reply = GXReplyData()
        for frame in [frames] if isinstance(frames, (bytearray, bytes)) else frames or ():
            reply.clear()
            self.exchange(frame, reply)
            while reply.isMoreData():
                more = None if reply.isStreaming() else self.client.receiverReady(reply)
                self.exchange(more, reply)
        return reply

    def connect(self):
        c = self.client
        snrm = c.snrmRequest()
        if snrm:
            c.parseUAResponse(self.request(snrm).data)
        c.parseAareResponse(self.request(c.aarqRequest()).data)
        if c.authentication > Authentication.LOW:
            reply = self.request(c.getApplicationAssociationRequest())
            c.parseApplicationAssociationResponse(reply.data)

    def view(self):
        """The object list; short names are known afterwards."""
        found = self.client.parseObjects(self.request(self.client.getObjectsRequest()).data, True)
        self.objects = {o.logicalName: o for o in found}
        return [[int(o.objectType), o.logicalName, o.version] for o in found]

    def object(self, class_id, name):
        if name in self.objects:
            return self.objects[name]
        found = GXDLMSSecureClient.createObject(ObjectType(class_id))
        found.logicalName = name
        return found

    def read(self, class_id, name, attribute):
        return self.request(self.client.read(self.object(class_id, name), attribute)).value

    def list(self, *items):
        # It takes the octets of an answer by list as values of the objects, one list for each request.
        values = []
        for frames in self.client.readList([(self.object(c, n), a) for c, n, a in items]):
            values += self.request(frames).value
        return values

    def access(self, class_id, name, attribute):
        item = GXDLMSAccessItem(AccessServiceCommandType.GET, self.object(class_id, name), attribute)
        reply = self.request(self.client.accessRequest(None, [item]))
        self.client.parseAccessResponse([item], reply.data)
        return [item.value, int(item.error)]

    def profile(self, name):
        found = self.object(7, name)
        found.buffer.clear()  # updateValue appends to the rows that it has
        if not found.captureObjects:
            columns = self.request(self.client.read(found, 3))
            self.client.updateValue(found, 3, columns.value)
        return found

    def rows(self, found, frames):
        rows = self.client.updateValue(found, 2, self.request(frames).value)
        return [len(rows), rows[0], rows[-1]]

    def entries(self, name, first, count):
        found = self.profile(name)
        return self.rows(found, self.client.readRowsByEntry(found, first, count))

    def range(self, name):
        found = self.profile(name)
        return self.rows(found, self.client.readRowsByRange(found, GXDateTime(DAY), GXDateTime(LAST)))

    def whole(self, name):
        found = self.profile(name)
        return self.rows(found, self.client.read(found, 2))

    def write(self, name, octets):
        found = self.object(1, name)
        found.setDataType(2, DataType.OCTET_STRING)
        found.value = bytearray.fromhex(octets)
        self.request(self.client.write(found, 2))
        return self.read(1, name, 2)

    def act(self, class_id, name, method):
        """A method with the parameter integer 0."""
        self.request(self.client.method(self.object(class_id, name), method, 0, DataType.INT8))

    def release(self):
        self.request(self.client.releaseRequest())

    def disconnect(self):
        request = self.client.disconnectRequest()
        if request:
            self.request(request)
        self.sock.close()

    def close(self):
        self.sock.close()


class Cosem:
    AUTH = {"none": NoSecurityAuthentication,
            "low": lambda: LowLevelSecurityAuthentication(secret=PASSWORD),
            "high": lambda: HighLevelSecurityCommonAuthentication(secret=SECRET),
            "gmac": HighLevelSecurityGmacAuthentication}

    def __init__(self, task):
        self.io = BlockingTcpIO(host="127.0.0.1", port=task["port"], timeout=task["timeout"])
        transport = HdlcTransport if task["hdlc"] else TcpTransport
        keys = {}
        if task["security"] or task["auth"] == "gmac":
            keys = dict(encryption_key=key(task, 0), authentication_key=key(task, 0xD0),
                        security_suite=task["suite"], client_initial_invocation_counter=1)
        self.client = DlmsClient(
            transport=transport(io=self.io, client_logical_address=1, server_logical_address=1),
            authentication=self.AUTH[task["auth"]](), block_transfer=True,
            client_system_title=TITLE, max_pdu_size=task["max_pdu"],
            dedicated_ciphering=task["dedicated"], **keys)

    def connect(self):
        self.client.connect()
        self.client.associate()

    def attribute(self, class_id, name, attribute):
        return cosem.CosemAttribute(interface=enums.CosemInterface(class_id),
                                    instance=cosem.Obis.from_string(name), attribute=attribute)

    def get(self, item, selection=None):
        return self.client.get(self.attribute(*item), access_descriptor=selection)

    def read(self, *item):
        return parse_as_dlms_data(self.get(item))

    def raw(self, *item):
        """The octets of a value: some types it cannot take apart."""
        return self.get(item)

    def view(self):
        found = self.read(15, "0.0.40.0.0.255", 2)
        return [[class_id, ".".join(str(group) for group in name), version]
                for class_id, version, name, _ in found]

    def list(self, *items):
        chosen = [cosem.CosemAttributeWithSelection(attribute=self.attribute(*item), access_selection=None)
                  for item in items]
        return [parse_as_dlms_data(r.value if hasattr(r, "value") else r)
                for r in self.client.get_many(chosen).result]

    def rows(self, name, selection=None):
        rows = parse_as_dlms_data(self.get((7, name, 2), selection))
        return [len(rows), rows[0], rows[-1]]

    def entries(self, name, first, count):
        return self.rows(name, EntryDescriptor(from_entry=first, to_entry=first + count - 1))

    def range(self, name):
        column = CaptureObject(cosem_attribute=self.attribute(8, "0.0.1.0.0.255", 2), data_index=0)
        return self.rows(name, RangeDescriptor(restricting_object=column, from_value=DAY, to_value=LAST))

    def whole(self, name):
        return self.rows(name)

    def write(self, name, octets):
        item = (1, name, 2)
        value = dlms_data.OctetStringData(bytes.fromhex(octets)).to_bytes()
        answer = self.client.set(self.attribute(*item), value)
        if answer.result is not enums.DataAccessResult.SUCCESS:
            raise ValueError(answer.result)
        return self.read(*item)

    def act(self, class_id, name, method):
        where = cosem.CosemMethod(enums.CosemInterface(class_id), cosem.Obis.from_string(name), method)
        self.client.action(where, dlms_data.IntegerData(0).to_bytes())

    def release(self):
        self.client.release_association()

    def disconnect(self):
        self.client.disconnect()

    def close(self):
        self.io.disconnect()


CLIENTS = {"gurux": Gurux, "cosem": Cosem}


def too_long(*_):
    raise TimeoutError("it has no end")


def run(task):
    results, client = [], None
    signal.setitimer(signal.ITIMER_REAL, task["patience"])
    try:
        client = CLIENTS[task["client"]](task)
        for verb, *what in task["steps"]:
            try:
                results.append({"value": plain(getattr(client, verb)(*what))})
            except Exception as e:
                results.append({"error": f"{type(e).__name__}: {e}"})
                if verb == "connect":
                    break
    except Exception as e:
        results.append({"error": f"{type(e).__name__}: {e}"})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if client:
        with contextlib.suppress(Exception):
            client.close()
    return results


# Some of their loops have no end of their own.
signal.signal(signal.SIGALRM, too_long)
for line in sys.stdin:
    print(json.dumps({"results": run(json.loads(line))}), file=OUT, flush=True)
