"""What all routes' schemas share."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

BYTES32: Final = r"^0x[0-9a-f]{64}$"
ADDRESS: Final = r"^0x[0-9a-f]{40}$"
EXAMPLE_DIGEST: Final = "0x" + "5c" * 32
EXAMPLE_ADDRESS: Final = "0x" + "a1" * 20

Bytes32 = Annotated[str, Field(pattern=BYTES32, examples=[EXAMPLE_DIGEST])]
Address = Annotated[str, Field(pattern=ADDRESS, examples=[EXAMPLE_ADDRESS])]
Time = Annotated[str, Field(examples=["2026-11-23T09:30:00Z"], description="RFC 3339, UTC.")]
Identifier = Annotated[
    str, Path(pattern=BYTES32, description="32 bytes: 0x and 64 digits.", examples=[EXAMPLE_DIGEST])
]

# 9999-12-31T23:59:59Z: what RFC 3339 can write.
_LAST_SECOND: Final = 253_402_300_799


class Model(BaseModel):
    """Base of all schemas."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Model):
    """A problem document (RFC 9457); `code` is stable."""

    type: str = Field(examples=["urn:tradeseal:problem:certificate_unknown"])
    title: str = Field(examples=["No such certificate"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no certificate 0x5c… is visible to you; check the identifier"])
    instance: str = Field(examples=["/v1/origin/certificates/0x5c…"])
    code: str = Field(examples=["certificate_unknown"])


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the problems that a route answers with."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = {400, 401, 403, 422, *statuses}
    return {status: {"description": "Problem", "content": content} for status in sorted(every)}


def time_text(seconds: int) -> str | None:
    """Return a time as RFC 3339 in UTC; None for one past the year 9999, such as no end."""
    if not 0 <= seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
