"""One hostile adapter: it introduces itself, and then behaves as its first argument says."""

import json
import os
import signal
import sys
import time
from pathlib import Path

HELLO = {
    "name": "hostile", "version": "1", "interface": 1, "revision": "00", "classes": ["documents", "member"],
    "tiers": [0, 1], "suites": [1, 2], "determinism": "D3",
}  # fmt: skip
FOREVER = 10_000


def out(octets: bytes) -> None:
    sys.stdout.buffer.write(octets)
    sys.stdout.buffer.flush()


def line(seq: int, **members: object) -> bytes:
    return json.dumps({"seq": seq, "status": "ok", "effects": [], "wake": None, **members}).encode() + b"\n"


def good(seq: int) -> bytes:
    return line(seq, result={"id": "00"})


def never_answers(_seq: int) -> None:
    time.sleep(FOREVER)


def answers_late(seq: int) -> None:
    time.sleep(3)
    out(good(seq))


def closes_its_output(_seq: int) -> None:
    os.close(1)
    time.sleep(FOREVER)


def closes_its_input(seq: int) -> None:
    os.close(0)
    out(good(seq))
    time.sleep(FOREVER)


def exits_with_success(_seq: int) -> None:
    os._exit(0)


def kills_itself(_seq: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dumps_core(_seq: int) -> None:
    os.abort()


def writes_one_endless_line(_seq: int) -> None:
    while True:
        out(b"a" * 65_536)


def writes_empty_lines(_seq: int) -> None:
    while True:
        out(b"\n" * 65_536)


def floods_its_log(_seq: int) -> None:
    while True:
        os.write(2, b"log\n" * 16_384)


def ignores_the_polite_signal(_seq: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(FOREVER)


def leaves_a_daemon(_seq: int) -> None:
    """Forks twice into a session of its own, under a clean environment, and keeps the pipes open."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            program = "import time; time.sleep(10000)"
            os.execve(sys.executable, ["coterie-daemon", "-S", "-c", program], {})  # noqa: S606
        os._exit(0)
    time.sleep(FOREVER)


def forks_many(_seq: int) -> None:
    for _ in range(150):
        if os.fork() == 0:
            time.sleep(FOREVER)
    time.sleep(FOREVER)


def takes_much_memory(_seq: int) -> None:
    bytearray(100 << 30)


def holds_much_memory(_seq: int) -> None:
    held = []
    while True:
        held.append(b"\x01" * (64 << 20))


def writes_a_large_file(_seq: int) -> None:
    with Path("large").open("wb") as file:
        while True:
            file.write(b"\x00" * (1 << 20))


def makes_many_files(_seq: int) -> None:
    for number in range(1_000_000):
        Path(f"file-{number}").touch()


def repeats_a_key(seq: int) -> None:
    out(b'{"seq":%d,"status":"ok","status":"ok","result":{"id":"00"},"effects":[],"wake":null}\n' % seq)


def nests_deeply(seq: int) -> None:
    out(b'{"seq":%d,"status":"ok","result":{"id":%s%s}}\n' % (seq, b"[" * 100_000, b"]" * 100_000))


def says_a_long_number(seq: int) -> None:
    out(b'{"seq":%d,"status":"ok","result":{"id":%s}}\n' % (seq, b"9" * 5000))


def says_not_a_number(seq: int) -> None:
    out(b'{"seq":%d,"status":"ok","result":{"id":NaN}}\n' % seq)


def says_a_lone_surrogate(seq: int) -> None:
    out(b'{"seq":%d,"status":"ok","result":{"id":"\\ud800"}}\n' % seq)


def begins_with_a_mark(seq: int) -> None:
    out(b"\xef\xbb\xbf" + good(seq))


def speaks_wide(seq: int) -> None:
    out(good(seq).decode().encode("utf-16"))


def answers_another_command(seq: int) -> None:
    out(good(seq + 1))


def answers_twice(seq: int) -> None:
    out(good(seq) + good(seq))


def answers_a_thousand_times(seq: int) -> None:
    out(b"".join(good(number) for number in range(seq, seq + 1000)))


def answers_slowly(seq: int) -> None:
    for octet in good(seq):
        out(bytes([octet]))
        time.sleep(0.3)


def speaks_control(seq: int) -> None:
    text = "\x1b[2J\x1b]0;title\x07<script>alert(1)</script>\r\n::set-output name=x::y\n`# PASS 100%` =cmd()"
    out(line(seq, status="error", reason=text, phase=text))


def names_a_path(seq: int) -> None:
    effect = {"effect": "disk", "bytes": "00", "path": "../../report.json"}
    out(line(seq, result={"id": "00", "file": "../../report.json", "path": "results.json"}, effects=[effect]))


def logs_lies_and_dies(_seq: int) -> None:
    os.write(2, b"::add-mask::x\nPASS 100%\n-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n")
    os.write(2, b"secret " + b"ab" * 40 + b"\n\x1b[31m")
    os._exit(3)


def main() -> None:
    behaviour = globals()[sys.argv[1]]
    for text in sys.stdin:
        command = json.loads(text)
        if command["cmd"] == "hello":
            out(line(command["seq"], result=HELLO))
        elif command["cmd"] == "stop":
            out(line(command["seq"]))
            sys.exit(7)  # and not 0, as a good peer ends
        else:
            behaviour(command["seq"])


main()
