"""Sends one event to a receiver's URL: only where it may go, and not for longer than allowed.

A webhook makes this node send requests to a place of somebody's choosing. So (SSRF):

(1) https alone, unless the operator has named host and port in the configuration;
(2) the host's addresses must all be public ones, with the same exception;
(3) the connection goes to an address that was checked, whatever the name says a moment later;
(4) no redirects, no proxies of the environment, and nothing of the answer but its status is read;
(5) the whole exchange has one time limit.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpx

from node.subscriptions.errors import DeliveryError, SubscriptionRefusedError

_HTTPS_PORT: Final = 443
_GONE: Final = 410
_REDIRECTS: Final = range(300, 400)
_URL_LIMIT: Final = 1_000
# RFC 6052: IPv4 addresses inside of IPv6 ones.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
TIMEOUT_SECONDS: Final = 10.0

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL."""

    url: httpx.URL
    host: str
    port: int


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses.

    Raises:
        DeliveryError: It has none now.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"{host} has no address: {error}") from error
    return [str(entry[4][0]) for entry in found]


class Receivers:
    """Receivers of webhooks, as one node may reach them."""

    def __init__(
        self,
        allowed: frozenset[str] = frozenset(),
        *,
        timeout: float = TIMEOUT_SECONDS,
        resolver: Resolve = resolve,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            allowed: host:port of receivers that need neither https nor a public address.
            timeout: Seconds for a whole exchange.
            resolver: Gives a host's addresses.
        """
        self._allowed = allowed
        self._timeout = timeout
        self._resolver = resolver

    def check(self, url: str) -> Target:
        """Return where a URL leads, if events may go there.

        Raises:
            SubscriptionRefusedError: They may not.
        """
        if len(url) > _URL_LIMIT:
            raise SubscriptionRefusedError("url", "is too long", f"at most {_URL_LIMIT} characters")
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise SubscriptionRefusedError("url", "is no URL", "send https://…") from error
        port = parsed.port or _HTTPS_PORT
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise SubscriptionRefusedError("url", "is no web address", "send https://…")
        if parsed.userinfo or parsed.fragment:
            remedy = "leave out user, password and fragment: events are signed"
            raise SubscriptionRefusedError("url", "holds more than an address", remedy)
        name = f"{parsed.host}:{parsed.port or (_HTTPS_PORT if parsed.scheme == 'https' else 80)}"
        if name in self._allowed:
            return Target(parsed, parsed.host, int(name.rpartition(":")[2]))
        if parsed.scheme != "https":
            remedy = "use https, or let the operator add the host to [webhooks] hosts"
            raise SubscriptionRefusedError("url", "is not https", remedy)
        _refuse_literal(parsed.host)
        return Target(parsed, parsed.host, port)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send one event; returns when the receiver has taken it (status 2xx).

        Raises:
            DeliveryError: It did not.
        """
        try:
            target = self.check(url)
        except SubscriptionRefusedError as error:
            raise DeliveryError(str(error)) from error
        address = self._address(target)
        status = asyncio.run(self._exchange(target, address, headers, body))
        if status in _REDIRECTS:
            raise DeliveryError(f"it answered {status}, and redirects are not followed")
        if not httpx.codes.is_success(status):
            raise DeliveryError(f"it answered {status}", is_final=status == _GONE)

    def _address(self, target: Target) -> str:
        addresses = self._resolver(target.host, target.port)
        if f"{target.host}:{target.port}" not in self._allowed:
            for address in addresses:
                if not _is_public(address):
                    raise DeliveryError(f"{target.host} leads to {address}, which is not public")
        return addresses[0]

    async def _exchange(
        self, target: Target, address: str, headers: Mapping[str, str], body: bytes
    ) -> int:
        host = f"[{address}]" if ":" in address else address
        url = target.url.copy_with(host=address, port=target.port)
        named = target.url.netloc.decode("ascii")
        try:
            async with (
                asyncio.timeout(self._timeout),
                httpx.AsyncClient(
                    verify=_authorities(), trust_env=False, timeout=self._timeout
                ) as client,
                client.stream(
                    "POST",
                    url,
                    headers={**headers, "Host": named},
                    content=body,
                    follow_redirects=False,
                    extensions={"sni_hostname": target.host},
                ) as answer,
            ):
                return answer.status_code
        except TimeoutError as error:
            raise DeliveryError(f"no answer within {self._timeout:g} s") from error
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise DeliveryError(f"{host}: {reason[:200]}") from error


@cache
def _authorities() -> ssl.SSLContext:
    # Read once: it takes longer than most deliveries.
    return httpx.create_ssl_context(trust_env=False)


def _refuse_literal(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if not _is_public(str(address)):
        remedy = "name a public host, or let the operator add it to [webhooks] hosts"
        raise SubscriptionRefusedError("url", f"{host} is not public", remedy)


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.teredo is not None:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast
