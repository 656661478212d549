"""A node's JSON-RPC answers, read into what `collect_bundle` needs."""

from collections.abc import Callable, Sequence
from typing import Final, cast

from contracts.bundles.bundle import Seal
from contracts.bundles.collect import SealedBlock, StorageProof
from contracts.bundles.errors import CollectError

Request = Callable[[str, list[object]], object]
"""Sends one JSON-RPC call (method, parameters) and returns its result, or raises."""

SLOTS_PER_CALL: Final = 256
"""Slots asked for at once, below the limits of common nodes."""

HEIGHTS_PER_CALL: Final = 50_000
"""Heights asked about at once, below the ledger's limit; a network has millions in a year."""


class RpcProofSource:
    """Asks a node over JSON-RPC; keeps nothing, verifies nothing.

    Args:
        request: Sends one call, such as the node's client does.
    """

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        self._request = request

    def latest_seal(self) -> SealedBlock:
        """Return the newest sealed header and the EVM block that it names.

        Raises:
            CollectError: The answer has another form.
        """
        answer = _object("tradeseal_getSeal", self._request("tradeseal_getSeal", ["latest"]))
        return SealedBlock(
            _quantity(answer, "evmBlockNumber"),
            _quantity(answer, "height"),
            _data(answer, "evmHeader"),
            _seal(answer),
        )

    def validator_changes(self, from_height: int, to_height: int) -> Sequence[Seal]:
        """Return the seals at which the validators change, from and to included.

        Raises:
            CollectError: The answer has another form.
        """
        method = "tradeseal_getValidatorChanges"
        seals: list[Seal] = []
        for first in range(from_height, to_height + 1, HEIGHTS_PER_CALL):
            last = min(to_height, first + HEIGHTS_PER_CALL - 1)
            answer = self._request(method, [hex(first), hex(last)])
            seals += [_seal(_object(method, item)) for item in _list(method, answer)]
        return seals

    def proof(self, address: bytes, slots: Sequence[int], block: int) -> StorageProof:
        """Return account and storage proofs at a block.

        Raises:
            CollectError: The answer has another form.
        """
        account: tuple[bytes, ...] = ()
        storage: list[bytes] = []
        values: dict[int, int] = {}
        for start in range(0, max(len(slots), 1), SLOTS_PER_CALL):
            wanted = [f"0x{slot:064x}" for slot in slots[start : start + SLOTS_PER_CALL]]
            result = self._request("eth_getProof", ["0x" + address.hex(), wanted, hex(block)])
            answer = _object("eth_getProof", result)
            account = _nodes(answer, "accountProof")
            for item in _list("eth_getProof", answer.get("storageProof")):
                entry = _object("eth_getProof", item)
                values[_quantity(entry, "key")] = _quantity(entry, "value")
                storage += _nodes(entry, "proof")
        return StorageProof(account, tuple(storage), values)


def _seal(answer: dict[str, object]) -> Seal:
    return Seal(_data(answer, "header"), _data(answer, "commit"), _data(answer, "validatorSet"))


def _object(method: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise CollectError(f"answer to {method}", "it is no object")
    return cast("dict[str, object]", value)


def _list(method: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise CollectError(f"answer to {method}", "a list is missing")
    return cast("list[object]", value)


def _nodes(answer: dict[str, object], name: str) -> tuple[bytes, ...]:
    nodes = _list("eth_getProof", answer.get(name))
    return tuple([_bytes(name, node) for node in nodes])


def _data(answer: dict[str, object], name: str) -> bytes:
    return _bytes(name, answer.get(name))


def _bytes(name: str, value: object) -> bytes:
    try:
        return bytes.fromhex(_hex_digits(name, value))
    except ValueError as exc:
        raise CollectError(f"answer's {name}", "it is no hexadecimal data") from exc


def _quantity(answer: dict[str, object], name: str) -> int:
    try:
        return int(_hex_digits(name, answer.get(name)), 16)
    except ValueError as exc:
        raise CollectError(f"answer's {name}", "it is no hexadecimal quantity") from exc


def _hex_digits(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise CollectError(f"answer's {name}", "it is no hexadecimal text")
    return value[2:]
