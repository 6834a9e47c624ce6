"""Accepts everything, with results that look like something."""

import honest_hello

STATE = {
    "digest": "00" * 32, "counters": {}, "sessions": [], "view": None, "members": [], "run": None, "clock": 0,
    "handshakes": 0, "assemblies": 0, "next_counter": 0,
    "traffic": {"sent": {"frames": 0, "octets": 0}, "received": {"frames": 0, "octets": 0}},
}  # fmt: skip


def lie(command):
    """Yes."""
    result = {"id": "00" * 32, "bytes": "00", "nodes": {}, "incarnation": 1, "type": "PING"}
    if command["cmd"] == "reset":
        result = {"nodes": {row["overlay"]: "00" * 32 for row in command["trust"]}, "incarnation": 1}
    elif command["cmd"] == "inspect":
        result = STATE
    honest_hello.reply(command, status="ok", result=result)


honest_hello.serve(lie)
