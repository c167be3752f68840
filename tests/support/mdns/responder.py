#!/usr/bin/env python3
"""responder.py ADDRESS COUNT: announces COUNT gateways and a printer at ADDRESS with python-zeroconf, until killed.

Prints `ready` when they are announced.
"""
import socket
import sys
import time

from zeroconf import ServiceInfo, Zeroconf

address, count = sys.argv[1], int(sys.argv[2])
zeroconf = Zeroconf(interfaces=[address])
for n in range(count):
    mac = f"ECC9FF{0xABCDE0 + n:06X}"
    zeroconf.register_service(ServiceInfo(
        "_http._tcp.local.", f"whatwatt Go {mac[6:]} WebUI._http._tcp.local.",
        addresses=[socket.inet_aton(address)], port=80 + n, server=f"whatwatt-{mac[6:]}.local.",
        properties={"id": mac, "type": "100"}))
zeroconf.register_service(ServiceInfo(
    "_http._tcp.local.", "Printer._http._tcp.local.", addresses=[socket.inet_aton(address)], port=80,
    server="printer.local.", properties={"ty": "printer"}))
print("ready", flush=True)
time.sleep(60)
