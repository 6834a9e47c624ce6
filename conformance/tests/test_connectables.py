"""Peers that someone else started: over TCP on this machine, and under a debugger, without deadlines."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from conformance.tests.scripted import HELLO
from coterie_kit.connect import argv_of, connect
from coterie_kit.faults import Crashed, Hung, UsageError
from coterie_kit.peer import Peer, open_peer


def serve(listening: socket.socket, delay: float) -> None:
    """Answers one connection; every answer but the first waits ``delay`` seconds."""
    connection, _ = listening.accept()
    with connection, connection.makefile("rwb") as file, contextlib.suppress(OSError):
        for text in file:
            command = json.loads(text)
            if command["cmd"] != "hello":
                threading.Event().wait(delay)
            reply = {"seq": command["seq"], "status": "ok", "result": HELLO, "effects": [], "wake": None}
            file.write(json.dumps(reply).encode() + b"\n")
            file.flush()


@contextlib.contextmanager
def listener(delay: float = 0.0) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening, delay), daemon=True)
        thread.start()
        yield listening.getsockname()[1]


def test_peer_that_listens_is_not_reached() -> None:
    with listener() as port, open_peer(f"tcp:127.0.0.1:{port}") as peer:
        assert peer.hello.name == "scripted"
        assert peer.do("name.peer", spki=b"").ok


def test_peer_that_nobody_started_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(Crashed, match="nobody answers"):
        open_peer(f"tcp:127.0.0.1:{port}").start()


def test_peer_over_tcp_has_for_ever() -> None:
    with listener(delay=30.0) as port:
        peer = Peer(connect(f"tcp:127.0.0.1:{port}", deadline=0.2))
        peer.start()

        with pytest.raises(Hung):
            peer.do("name.peer", spki=b"")


def test_peer_under_a_debugger_has_a_deadline() -> None:
    with listener(delay=0.5) as port:
        peer = Peer(connect(f"attach:127.0.0.1:{port}", deadline=0.1))
        peer.start()

        assert peer.do("name.peer", spki=b"").ok
        peer.kill()


def test_peer_that_starts_after_the_kit_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with contextlib.ExitStack() as stack:

        def starts(_pause: float) -> None:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", port)))
            threading.Thread(target=serve, args=(listening, 0.0), daemon=True).start()

        monkeypatch.setattr("coterie_kit.connect.time.sleep", starts)
        peer = Peer(connect(f"attach:127.0.0.1:{port}"))

        assert peer.start().name == "scripted"
        peer.kill()


@pytest.mark.parametrize(
    "spec", ["", "cmd", "cmd: ", "tcp:", "tcp:8.8.8.8:1", "tcp:127.0.0.1", "pcap:x", "attach:h:1"]
)
def test_peer_elsewhere_is_attacked(spec: str) -> None:
    with pytest.raises(UsageError):
        connect(spec)


def test_file_of_the_command_is_looked_for_in_the_scratch_folder() -> None:
    words = argv_of(f"python3 -m {__name__} {__file__} relative")

    assert words[0].startswith("/")
    assert words[1:] == ["-m", __name__, __file__, "relative"]
