"""Schemas of records."""

from typing import Any, Final

from pydantic import Field

from api.schemas import EXAMPLE_ADDRESS, EXAMPLE_DIGEST, Bytes32, Model
from node.outbox.tables import EntryStatus


class RecordStatus(Model):
    """How far a record has come."""

    digest: Bytes32
    type: str = Field(examples=["CertificateCancel"])
    object: Bytes32
    status: EntryStatus = Field(
        description="waiting and carried go on by themselves; final and refused are for good."
    )
    accepted_at: str | None = Field(
        examples=["2026-11-23T09:30:00.000+00:00"],
        description="When this node promised to carry it; null when another one carried it.",
    )
    block: int | None = Field(examples=[1042], description="Block that holds it, once final.")
    transaction: Bytes32 | None
    reason: str | None = Field(
        examples=[None], description="The ledger's words, when it refused the record."
    )


class RecordStatuses(Model):
    """How far records have come that go together."""

    items: list[RecordStatus]


SUBMIT_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["type", "contract", "message", "signature"],
                    "additionalProperties": False,
                    "properties": {
                        "type": {"type": "string"},
                        "contract": {"type": "string", "pattern": "^0x[0-9a-f]{40}$"},
                        "message": {
                            "type": "object",
                            "additionalProperties": {"type": "string"},
                        },
                        "signature": {"type": "string", "pattern": "^0x[0-9a-f]{130}$"},
                    },
                },
                "example": {
                    "type": "CertificateCancel",
                    "contract": EXAMPLE_ADDRESS,
                    "message": {
                        "object": EXAMPLE_DIGEST,
                        "reason": EXAMPLE_DIGEST,
                        "cancelledAt": "1795426200",
                        "expires": "1795429800",
                    },
                    "signature": "0x" + "1b" * 65,
                },
            }
        },
    }
}

_RECORD: Final = SUBMIT_BODY["requestBody"]["content"]["application/json"]["schema"]
TOGETHER_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["records"],
                    "additionalProperties": False,
                    "properties": {
                        "records": {
                            "type": "array",
                            "minItems": 2,
                            "maxItems": 128,
                            "items": _RECORD,
                            "description": "In the order in which the contract takes them.",
                        }
                    },
                }
            }
        },
    }
}
