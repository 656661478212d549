"""Schemas of preparing a certificate's record."""

from typing import Any, Final

from pydantic import Field

from api.schemas import Bytes32, Model


class Prepared(Model):
    """A record that waits for its signature."""

    record: dict[str, Any] = Field(description="Signed record without its signature.")
    digest: Bytes32 = Field(description="What the key signs.")
    typed_data: dict[str, Any] = Field(description="The same for eth_signTypedData_v4.")


PREPARE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": [
                        "certificate",
                        "object",
                        "document",
                        "document_key",
                        "consignment",
                        "expires_in",
                    ],
                    "additionalProperties": False,
                    "properties": {
                        "certificate": {
                            "type": "object",
                            "description": "As contracts.origin.certificate reads it.",
                        },
                        "object": {"type": "string", "description": "Keyed hash of its number."},
                        "document": {"type": "string", "description": "SHA-256 of the JWS."},
                        "document_key": {"type": "string", "description": "Key id."},
                        "consignment": {"type": "string", "description": "Keyed hash."},
                        "application": {
                            "type": "string",
                            "description": "Identifier of the approved application.",
                        },
                        "authorisation": {
                            "type": "string",
                            "description": "Of a certified exporter.",
                        },
                        "parent": {
                            "type": "string",
                            "description": "Of a back-to-back certificate.",
                        },
                        "supersedes": {"type": "string", "description": "What it replaces."},
                        "expires_in": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 604800,
                            "description": "Seconds of block time the record stays acceptable.",
                        },
                    },
                }
            }
        },
    }
}
