"""An RFC 2217 server of pyserial, for one client: its port is a loop into which this program speaks."""

import json
import socket
import sys
import threading
import time

import serial
import serial.rfc2217


class Redirect:
    """What PortManager wants of a connection."""

    def __init__(self, connection):
        self.connection = connection

    def write(self, data):
        self.connection.sendall(data)


port = serial.serial_for_url("loop://", timeout=0.05)
port.rts = True
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
manager = serial.rfc2217.PortManager(port, Redirect(connection))
running = True


def speak():
    while running:
        port.write(b"tick \xff\r\n")
        time.sleep(0.05)


def listen():
    while running:
        data = port.read(port.in_waiting or 1)
        try:
            if data:
                connection.sendall(b"".join(manager.escape(data)))
        except OSError:
            return


for work in (speak, listen):
    threading.Thread(target=work, daemon=True).start()
try:
    while data := connection.recv(1024):
        port.write(b"".join(manager.filter(data)))
except ConnectionError:
    # The client went while something was on its way to it.
    pass
running = False
print(json.dumps([port.baudrate, port.bytesize, port.parity, port.stopbits]), flush=True)
sys.stdout.close()
