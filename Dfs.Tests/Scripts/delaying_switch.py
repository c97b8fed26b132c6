"""An Ethernet switch that holds each frame for some milliseconds, where the kernel has no netem.

delaying_switch.py DELAY INTERFACE...: forwards between the interfaces until it is killed. What is connected to them must send whole frames: see plain.
delaying_switch.py plain INTERFACE: makes an interface compute its checksums and send no frame beyond its MTU.
"""
import ctypes
import fcntl
import heapq
import select
import socket
import struct
import sys
import time

SIOCETHTOOL = 0x8946
# ETHTOOL_STXCSUM, STSO, SGSO, SGRO of linux/ethtool.h.
OFFLOADS = (0x17, 0x1F, 0x24, 0x2C)
ETH_P_ALL = 3
PACKET_OUTGOING = 4


def plain(interface):
    control = socket.socket()
    for offload in OFFLOADS:
        value = ctypes.create_string_buffer(struct.pack("II", offload, 0))
        try:
            fcntl.ioctl(control, SIOCETHTOOL, struct.pack("16sP8x", interface.encode(), ctypes.addressof(value)))
        except OSError as failure:
            # Checksums that are left out would be taken for damage; the others the interface may not know.
            if offload == OFFLOADS[0]:
                sys.exit(f"{interface}: {failure}")


def opened(interface):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(ETH_P_ALL))
    port.bind((interface, 0))
    port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    return port


def received(port):
    while True:
        try:
            frame, address = port.recvfrom(65536, socket.MSG_DONTWAIT)
        except OSError:
            return
        if address[2] != PACKET_OUTGOING:
            yield frame


def switch(delay, interfaces):
    ports = [opened(interface) for interface in interfaces]
    where, held, count = {}, [], 0
    while True:
        ready, _, _ = select.select(ports, [], [], max(0, held[0][0] - time.monotonic()) if held else None)
        for port in ready:
            for frame in received(port):
                where[frame[6:12]] = port
                count += 1
                heapq.heappush(held, (time.monotonic() + delay, count, port, frame))
        while held and held[0][0] <= time.monotonic():
            _, _, source, frame = heapq.heappop(held)
            known = where.get(frame[:6])
            for port in [known] if known else ports:
                if port is not source:
                    try:
                        port.send(frame)
                    except OSError:
                        # Lost, as on any link: what carries it sends it again.
                        pass


if sys.argv[1] == "plain":
    plain(sys.argv[2])
else:
    switch(float(sys.argv[1]) / 1000, sys.argv[2:])
