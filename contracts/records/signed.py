"""A record with its signature, and the strict JSON form it travels in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, cast

import coincurve

from chain.proofs.errors import ProofError
from chain.proofs.secp256k1 import recover_address
from contracts.errors import RecordFormatError, RecordSignatureError, UnknownRecordTypeError
from contracts.records.fields import read_hex, write_hex
from contracts.records.record import Record, RecordDomain

SIGNATURE_SIZE: Final = 65
_RECOVERY_OFFSET: Final = 27
_MEMBERS: Final = frozenset({"type", "contract", "message", "signature"})


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record, the contract and chain it is meant for, and the signature.

    Attributes:
        record: The typed data.
        domain: The verifying contract and its chain.
        signature: 65 bytes r ‖ s ‖ v, v 27 or 28, low s.
    """

    record: Record
    domain: RecordDomain
    signature: bytes

    @classmethod
    def sign(cls, record: Record, domain: RecordDomain, private_key: bytes) -> Self:
        """Sign a record.

        Args:
            record: The typed data.
            domain: The contract that shall accept it.
            private_key: secp256k1 secret, 32 bytes.
        """
        return cls(record, domain, sign_digest(record.digest(domain), private_key))

    @property
    def digest(self) -> bytes:
        """The EIP-712 digest, which also identifies the record on the ledger."""
        return self.record.digest(self.domain)

    def recover(self) -> bytes:
        """Return the address whose key made the signature.

        Raises:
            RecordSignatureError: Not 65 bytes, out of range, high s, or no point.
        """
        try:
            return recover_address(self.digest, self.signature)
        except ProofError as fault:
            raise RecordSignatureError(str(fault)) from fault

    def to_json(self) -> dict[str, str | dict[str, str]]:
        """Return the JSON object that carries the record."""
        return {
            "type": self.record.TYPE_NAME,
            "contract": write_hex(self.domain.contract),
            "message": self.record.message(),
            "signature": write_hex(self.signature),
        }

    @classmethod
    def from_json(cls, value: object, chain_id: int, types: Mapping[str, type[Record]]) -> Self:
        """Parse the JSON object; the signature's maker is not judged here.

        Args:
            value: The decoded JSON.
            chain_id: EIP-155 id of the chain the record is read for.
            types: Record types by name, as `contracts.records.catalogue` has them.

        Raises:
            RecordFormatError: A member is missing, unknown or not canonical.
            UnknownRecordTypeError: The type is not in `types`.
        """
        members = _members(value)
        type_name, contract = _text(members, "type"), _text(members, "contract")
        if type_name not in types:
            raise UnknownRecordTypeError(type_name[:80], tuple(sorted(types)))
        domain = RecordDomain(chain_id, read_hex("contract", contract))
        record = types[type_name].from_message(members["message"])
        signature = read_hex("signature", _text(members, "signature"))
        if len(signature) != SIGNATURE_SIZE:
            raise RecordFormatError("signature", "is of another length", "give 65 bytes")
        return cls(record, domain, signature)


def sign_digest(digest: bytes, private_key: bytes) -> bytes:
    """Return r ‖ s ‖ v over a 32-byte digest, v 27 or 28, low s, deterministic (RFC 6979)."""
    key = coincurve.PrivateKey(private_key)
    # coincurve leaves the type of its unused argument `custom_nonce` open.
    signature = key.sign_recoverable(digest, hasher=None)  # pyright: ignore[reportUnknownMemberType]
    return signature[:64] + bytes([signature[64] + _RECOVERY_OFFSET])


def _members(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RecordFormatError("record", "is no object", "give type, contract, message, signature")
    members = cast("dict[str, object]", value)
    for name in sorted(_MEMBERS - members.keys()):
        raise RecordFormatError(name, "is missing", "give it")
    for name in members.keys() - _MEMBERS:
        raise RecordFormatError(str(name)[:80], "is no member of a signed record", "leave it out")
    return members


def _text(members: dict[str, object], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise RecordFormatError(name, "is no string", "write it as a string")
    return value
