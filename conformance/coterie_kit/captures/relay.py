"""The relay of a recorded run: a public socket for each peer; what comes in is recorded and passed on."""

from __future__ import annotations

import selectors
import socket
import time
from types import TracebackType
from typing import Self

from coterie_kit.captures.datagrams import Datagram

__all__ = ["Relay"]

LONGEST = 65_535
MOST_RECORDED = 100_000


class Relay:
    """Sockets on loopback for ``count`` peers. `ends`: where each listens, and where it is reached."""

    def __init__(self, count: int, *, ipv6: bool = False) -> None:
        self._family = socket.AF_INET6 if ipv6 else socket.AF_INET
        self._host = "::1" if ipv6 else "127.0.0.1"
        self.recorded: list[Datagram] = []
        self._public = [self._bound() for _ in range(count)]
        self._listen = [self._free() for _ in range(count)]
        self._selector = selectors.DefaultSelector()
        for index, sock in enumerate(self._public):
            self._selector.register(sock, selectors.EVENT_READ, index)

    @property
    def ends(self) -> list[tuple[str, str]]:
        """For each peer: its own address, and the one that the others know."""
        return [
            (self._written(listen), self._written(sock.getsockname()[1]))
            for listen, sock in zip(self._listen, self._public, strict=True)
        ]

    def _written(self, port: int) -> str:
        return f"[{self._host}]:{port}" if self._family == socket.AF_INET6 else f"{self._host}:{port}"

    def _bound(self) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        sock.bind((self._host, 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.setblocking(False)
        return sock

    def _free(self) -> int:
        """A port that is free now; a peer binds it next."""
        with socket.socket(self._family, socket.SOCK_DGRAM) as sock:
            sock.bind((self._host, 0))
            port: int = sock.getsockname()[1]
            return port

    def carry(self, seconds: float) -> None:
        """Passes on what comes within ``seconds``."""
        for key, _ in self._selector.select(seconds):
            self._drain(int(key.data))

    def _drain(self, to: int) -> None:
        while len(self.recorded) < MOST_RECORDED:
            try:
                payload, source = self._public[to].recvfrom(LONGEST)
            except BlockingIOError:
                return
            if source[1] in self._listen:
                self._pass_on(self._listen.index(source[1]), to, payload)

    def _pass_on(self, sender: int, to: int, payload: bytes) -> None:
        ends = self.ends
        number = len(self.recorded) + 1
        self.recorded.append(Datagram(number, ends[sender][1], ends[to][1], payload, time.time_ns()))
        self._public[sender].sendto(payload, (self._host, self._listen[to]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        for sock in self._public:
            sock.close()
