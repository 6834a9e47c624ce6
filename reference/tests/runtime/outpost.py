"""One peer of the main overlay in a process of its own, for tests: it waits to be met, and says how it fares.

The Group-ID of the overlay is its only argument. A line on standard input is answered by one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from coterie.crypto import names
from coterie.crypto.policy import OPEN
from coterie.peer import Membership, Trust
from coterie.runtime.folder import passing_identity
from coterie.runtime.log import Log
from coterie.runtime.ports import Unicast
from coterie.runtime.station import Past, Station
from coterie.vocabulary import Address, OverlayId

PAGE = 4096
LONGEST_LINE = 1 << 16
HERE = Address("127.0.0.1", 0)


def lodge(name: str, group: str) -> tuple[Station, OverlayId]:
    """A peer on a free port, in the overlay of that name."""
    station = Station(Unicast(HERE), None, Past(), Log(None))
    trust = Trust(names.overlay_id(group.encode()), OPEN, membership="none")
    return station, station.enter(Membership(passing_identity(name), trust))


async def stand(group: str) -> None:
    station, overlay = lodge("outpost", group)
    tell(address=str(station.address), node=station.node(overlay).hex(), overlay=overlay.hex())
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        known = station.peer.inspect(overlay)
        tell(
            resident=resident(), refused=sum(known["counters"].values()),
            kept=[len(known[each]) for each in ("sessions", "contacts", "held")],
            digest=bytes(known["digest"]).hex(),
        )  # fmt: skip
    station.close()


def resident() -> int:
    """Octets of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def tell(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(stand(sys.argv[1]))
