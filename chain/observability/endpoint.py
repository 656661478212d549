"""Serves metrics to Prometheus, on an address of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server

from chain.errors import MetricsAddressError

LOOPBACK: Final = "127.0.0.1"
_MAX_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class MetricsAddress:
    """Where metrics are served.

    Attributes:
        host: Address to listen on, without brackets.
        port: Port, 0 for any.
    """

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_metrics_address(text: str) -> MetricsAddress:
    """Read HOST:PORT; without a host it is the loopback address.

    Raises:
        MetricsAddressError: It has another form.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or LOOPBACK
    if not (port.isascii() and port.isdigit() and int(port) <= _MAX_PORT):
        raise MetricsAddressError(text, f"{port!r} is no port")
    return MetricsAddress(host, int(port))


@contextmanager
def serving_metrics(
    registry: CollectorRegistry, address: MetricsAddress | None
) -> Iterator[MetricsAddress | None]:
    """Serve metrics in a thread of its own while the block runs.

    Args:
        registry: What is served.
        address: Where; None serves nothing.

    Yields:
        Where they are served: the port is known now, also when any was asked for.

    Raises:
        MetricsAddressError: The address cannot be listened on.
    """
    if address is None:
        yield None
        return
    try:
        server, thread = start_http_server(address.port, address.host, registry)
    except OSError as exc:
        raise MetricsAddressError(str(address), exc.strerror or str(exc)) from exc
    try:
        yield MetricsAddress(address.host, server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
