"""Garbage at a steady rate, from a process of its own: arguments are host, port, Overlay-ID, datagrams a
second and seconds. At the end it says on standard output how many it has sent, and how long that took."""

from __future__ import annotations

import json
import random
import socket
import sys
import time

from coterie.wire import layouts
from coterie.wire.frames import MAGIC, VERSION

LONGEST = 65_507
STEP_S = 0.005
"""Datagrams leave in bursts: no clock wakes a process fifty thousand times a second."""

Mixture = list[bytes]


def mixture(overlay: bytes, count: int = 1000) -> Mixture:
    """Of a hundred datagrams ten are empty, one is as long as can be, the others are noise; half of these
    begin as a frame of the overlay does."""
    chance = random.Random(1)
    made = [b""] * (count // 10) + [chance.randbytes(LONGEST)] * (count // 100)
    while len(made) < count:
        noise = chance.randbytes(chance.randint(1, 1176))
        made.append(noise if chance.random() < 0.5 else beginning(chance, overlay, len(noise)) + noise)
    chance.shuffle(made)
    return made


def beginning(chance: random.Random, overlay: bytes, length: int) -> bytes:
    """A header: magic, version, any type, any protection, zero, length, overlay."""
    kind, protection = chance.randrange(64), chance.randrange(3)
    octets = layouts.HEADER.format.pack(MAGIC, VERSION, kind, protection, 0, length, overlay)
    return bytes(octets)


def pour(to: tuple[str, int], made: Mixture, rate: int, seconds: float) -> tuple[int, float]:
    """Send; how many datagrams, in how many seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outlet:
        outlet.connect(to)
        began, sent = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            for _ in range(int(passed * rate) - sent):
                outlet.send(made[sent % len(made)])
                sent += 1
            time.sleep(STEP_S)
        return sent, time.monotonic() - began


if __name__ == "__main__":
    host, port, overlay, rate, seconds = sys.argv[1:]
    sent, took = pour((host, int(port)), mixture(bytes.fromhex(overlay)), int(rate), float(seconds))
    sys.stdout.write(json.dumps({"sent": sent, "took": took}) + "\n")
