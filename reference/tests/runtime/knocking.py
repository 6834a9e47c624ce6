"""One datagram from each of many addresses of the loopback network, where nobody waits for an answer.
Arguments are host, port, the datagram in hexadecimal, how often, and how many a second."""

from __future__ import annotations

import socket
import sys
import time

BURST = 100


def knock(to: tuple[str, int], datagram: bytes, count: int, rate: int) -> None:
    """From 127.1.0.1 on; every one from a port of the system's choice."""
    began = time.monotonic()
    for number in range(count):
        second, third, fourth = 1 + number // 62_500, number // 250 % 250, 1 + number % 250
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outlet:
            outlet.bind((f"127.{second}.{third}.{fourth}", 0))
            outlet.sendto(datagram, to)
        if number % BURST == 0:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))


if __name__ == "__main__":
    host, port, datagram, count, rate = sys.argv[1:]
    knock((host, int(port)), bytes.fromhex(datagram), int(count), int(rate))
