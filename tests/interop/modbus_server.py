"""A Modbus device on pymodbus's own simulator, with fixed contents.

    modbus_server.py tcp|udp|rtu-tcp|ascii-tcp    prints `listening on PORT`

What it holds is what modbus_device.xml says; the tests know the values by heart.
"""

import asyncio
import sys

from pymodbus import ModbusDeviceIdentification
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer, ModbusUdpServer
from pymodbus.simulator import DataType, SimData, SimDevice

UNIT = 17


def device():
    registers = [
        SimData(0, values=[230, 231, 229], datatype=DataType.UINT16),
        SimData(10, values=-1234, datatype=DataType.INT16),
        SimData(20, values=0x01020304, datatype=DataType.UINT32),
        SimData(22, values=-123456789, datatype=DataType.INT32),
        SimData(30, values=50.0625, datatype=DataType.FLOAT32),
        SimData(40, values=9007199254740993, datatype=DataType.UINT64),
        SimData(50, values="METER-0001 TEST!", datatype=DataType.STRING),
        SimData(100, count=10, values=7, datatype=DataType.REGISTERS),
    ]
    bits = [SimData(0, values=[True, False, True, True] * 4, datatype=DataType.BITS)]
    return SimDevice(UNIT, (bits, bits, registers, registers))


FRAMERS = {"tcp": FramerType.SOCKET, "rtu-tcp": FramerType.RTU, "ascii-tcp": FramerType.ASCII}


async def main(mode):
    identity = ModbusDeviceIdentification(
        info_name={"VendorName": "pymodbus", "ProductCode": "PM", "MajorMinorRevision": "3.16"}
    )
    address = ("127.0.0.1", 0)
    if mode == "udp":
        server = ModbusUdpServer(device(), address=address, identity=identity)
    else:
        server = ModbusTcpServer(
            device(), address=address, framer=FRAMERS[mode], identity=identity
        )
    await server.serve_forever(background=True)
    if mode == "udp":
        port = server.transport.get_extra_info("sockname")[1]
    else:
        port = server.transport.sockets[0].getsockname()[1]
    print(f"listening on {port}", flush=True)
    await server.serving


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
