"""JSON-RPC over HTTP that tells the ledger which request it serves."""

from web3 import HTTPProvider

from chain.observability.correlation import HEADER, current_correlation


class CorrelatedProvider(HTTPProvider):
    """web3.py's provider with the header `X-Request-ID`; other endpoints ignore it."""

    def get_request_headers(self) -> dict[str, str]:
        """Return the headers of one request."""
        headers: dict[str, str] = super().get_request_headers()
        if (correlation := current_correlation()) is not None:
            headers[HEADER] = correlation
        return headers
