"""Knocks where there is no ``wrk``: ``python -m tests.benchmarks.knock -d SECONDS URL``."""

import argparse
import re
import selectors
import socket
import time
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class _Connection:
    """One kept connection that asks for the same thing again and again."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address)
        self._request = request
        self.ask()

    def ask(self) -> None:
        """Send the request."""
        self._got, self._whole = bytearray(), 0
        self.socket.sendall(self._request)

    def has_answer(self) -> bool:
        """Take in what has come; tell whether the answer is complete. Raises RuntimeError for any but 2xx."""
        block = self.socket.recv(1 << 18)
        if not block:
            raise RuntimeError("the server has closed the connection")
        self._got += block
        if not self._whole and (end := self._got.find(b"\r\n\r\n")) > 0:
            length = _LENGTH.search(self._got, 0, end)
            if length is None or self._got[9:10] != b"2":
                raise RuntimeError(f"an answer of no use: {bytes(self._got[:40])!r}")
            self._whole = end + 4 + int(length[1])
        return bool(self._whole) and len(self._got) >= self._whole


def main() -> None:
    """Knock, and print the requests a second as wrk does."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("-c", type=int, default=8, metavar="CONNECTIONS")
    parser.add_argument("-d", type=float, default=5, metavar="SECONDS")
    parser.add_argument("-H", action="append", default=[], metavar="HEADER")
    parser.add_argument("url")
    given = parser.parse_args()
    url = urlsplit(given.url)
    target = f"{url.path}?{url.query}" if url.query else url.path
    lines = [f"GET {target} HTTP/1.1", f"Host: {url.netloc}", *given.H, "", ""]
    address = (url.hostname or "", url.port or 80)
    connections = [_Connection(address, "\r\n".join(lines).encode()) for _ in range(given.c)]
    answers, started = 0, time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for each in connections:
            selector.register(each.socket, selectors.EVENT_READ, each)
        while time.perf_counter() - started < given.d:
            for key, _ in selector.select(timeout=1):
                if key.data.has_answer():
                    answers += 1
                    key.data.ask()
    print(f"Requests/sec: {answers / (time.perf_counter() - started):.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
