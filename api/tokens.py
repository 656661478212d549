"""Bearer tokens: JWT with ES256, issued locally, good for one organisation's door.

Claims: iss and aud "tradeseal/<organisation>", sub, org, role, post, iat, exp, jti.
"""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from api.errors import TokenInvalidError

LIFETIME_LIMIT_SECONDS: Final = 24 * 3_600
_SIZE_LIMIT: Final = 4_096
_TEXT_LIMIT: Final = 128
_ALGORITHM: Final = "ES256"


class Role(StrEnum):
    """What a caller acts as; all but the last two are roles of organisations in Membership."""

    CUSTOMS = "customs"
    ISSUING_AUTHORITY = "issuing_authority"
    PORT = "port"
    BANK = "bank"
    ENTERPRISE = "enterprise"
    CARRIER = "carrier"
    AGENCY = "agency"
    AUDITOR = "auditor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        subject: The person or system, as its organisation names it.
        organisation: The organisation's identifier in Membership.
        role: What it acts as.
        post: Where it acts, such as a border gate's code.
    """

    subject: str
    organisation: str
    role: Role
    post: str

    @property
    def scope(self) -> str:
        """A name under which the caller's idempotency keys stand."""
        return f"{self.organisation[:18]}/{self.subject}"[:_TEXT_LIMIT]


class TokenIssuer:
    """Issues tokens with a private key; for demonstrations and small organisations."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Sign with a P-256 key."""
        self._key = ECKey.import_key(key)

    def issue(self, caller: Caller, now: int, lifetime: int) -> str:
        """Return a token.

        Args:
            caller: Whom it speaks for.
            now: Seconds since 1970.
            lifetime: Seconds of validity, at most `LIFETIME_LIMIT_SECONDS`.

        Raises:
            TokenInvalidError: The lifetime or a text is out of bounds.
        """
        if not 0 < lifetime <= LIFETIME_LIMIT_SECONDS:
            raise TokenInvalidError(f"a lifetime of {lifetime} s is not 1 s to 24 h")
        claims = {
            "iss": _issuer(caller.organisation),
            "aud": _issuer(caller.organisation),
            "sub": caller.subject,
            "org": caller.organisation,
            "role": caller.role.value,
            "post": caller.post,
            "iat": now,
            "exp": now + lifetime,
            "jti": secrets.token_hex(16),
        }
        _caller(claims)  # refuses what the verifier would refuse
        return jwt.encode({"alg": _ALGORITHM, "typ": "JWT"}, claims, self._key)


class TokenVerifier:
    """Checks tokens with a public key."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        """Check with a P-256 key."""
        self._key = ECKey.import_key(key)

    def verify(self, token: str, now: int) -> Caller:
        """Return whom a token speaks for.

        Args:
            token: The compact JWS.
            now: Seconds since 1970.

        Raises:
            TokenInvalidError: Another algorithm, key or form, or out of its validity.
        """
        if len(token) > _SIZE_LIMIT:
            raise TokenInvalidError("it is too long")
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
        except (JoseError, ValueError) as error:
            raise TokenInvalidError("it is not signed by this organisation's issuer") from error
        caller = _caller(claims)
        _require_time(claims, now)
        if claims.get("iss") != _issuer(caller.organisation) or claims["iss"] != claims.get("aud"):
            raise TokenInvalidError("issuer and audience do not name its organisation")
        return caller


def _issuer(organisation: str) -> str:
    return f"tradeseal/{organisation}"


def _caller(claims: dict[str, Any]) -> Caller:
    texts = {}
    for name in ("sub", "org", "role", "post"):
        value = claims.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= _TEXT_LIMIT or not value.isascii():
            raise TokenInvalidError(f"its claim {name} is no ASCII text of 1 to {_TEXT_LIMIT}")
        if not value.isprintable():
            raise TokenInvalidError(f"its claim {name} holds control characters")
        texts[name] = value
    if texts["role"] not in set(Role):
        raise TokenInvalidError(f"there is no role {texts['role']!r}")
    return Caller(texts["sub"], texts["org"], Role(texts["role"]), texts["post"])


def _require_time(claims: dict[str, Any], now: int) -> None:
    issued, ends = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(ends) is not int:
        raise TokenInvalidError("its times are no whole seconds")
    if issued > now:
        raise TokenInvalidError("it is not valid yet")
    if ends <= now:
        raise TokenInvalidError("it has expired")
    if ends - issued > LIFETIME_LIMIT_SECONDS:
        raise TokenInvalidError("it lives longer than 24 h")
