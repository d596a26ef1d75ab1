"""Ports for the servers of tests."""

import random
import socket
from pathlib import Path

_OF_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """Return a port on which nobody listens. It lies below those that the system gives to clients: one of
    them might be taken by somebody's outgoing connection before our server comes to it."""
    chance = random.SystemRandom()
    given_to_clients = int(_OF_CLIENTS.read_text().split()[0]) if _OF_CLIENTS.exists() else 32_768
    beyond = given_to_clients if given_to_clients > 11_000 else 65_536  # Some machines give nearly all.
    while True:
        port = chance.randrange(10_000, beyond)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
