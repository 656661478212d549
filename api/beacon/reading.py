"""Reads panels and seeds from the beacon contract, proofs from the records that it took."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from api.beacon.errors import DrawUnknownError, RoundUnknownError
from api.beacon.schemas import Output, Panel, Round, Seat
from api.schemas import time_text
from contracts.beacon.binding import BeaconContract
from contracts.beacon.draw_file import FORMAT
from contracts.beacon.identifiers import DOMAIN, country_of, round_id
from contracts.beacon.records import BeaconKeyRegister, BeaconPublish
from contracts.beacon.state import Panel as PanelState
from contracts.beacon.state import SeedStanding
from contracts.errors import LedgerAnswerError as ContractAnswerError
from node.beacon.publisher import speaking_contract
from node.beacon.reading import beacon_at
from node.clearance.tables import ClearanceRow
from node.errors import LedgerAnswerError
from node.indexer.tables import LedgerRecord
from node.ledger import Block
from node.organisation import OrganisationNode


class BeaconReader:
    """Reads the beacon for one request."""

    def __init__(self, node: OrganisationNode) -> None:
        """Ask a node's ledger and read models."""
        self._node = node

    def panel(self, country: str, number: int | None) -> Panel:
        """Return a country's panel of a round; of the next one where none is named.

        Raises:
            LedgerUnavailableError: The ledger does not answer.
            LedgerAnswerError: Its answer cannot be used.
        """
        asked = self._node.ledger.latest_number() + 1 if number is None else number
        try:
            contract = self._contract()
            found = contract.panel(country, asked)
            seats = self._seats(contract, found)
        except ContractAnswerError as error:
            raise LedgerAnswerError("eth_call", str(error)) from error
        return Panel(
            country=country,
            round=asked,
            from_round=found.from_round,
            valid=found.is_valid,
            seats=seats,
        )

    def round(self, country: str, number: int) -> Round:
        """Return a round with its outputs.

        Raises:
            RoundUnknownError: There is no such block, or no panel owes anything for it.
            LedgerUnavailableError: The ledger does not answer.
            LedgerAnswerError: Its answer cannot be used.
        """
        block = self._node.ledger.block(number)
        if block is None:
            raise RoundUnknownError(country, number)
        try:
            contract = self._contract()
            panel = contract.panel(country, number)
            if not panel.keys:
                raise RoundUnknownError(country, number)
            return self._round(contract, panel, country, block)
        except ContractAnswerError as error:
            raise LedgerAnswerError("eth_call", str(error)) from error

    def draw_file(self, declaration: str) -> dict[str, Any]:
        """Return the draw of a declaration with all that it rests on.

        Args:
            declaration: Its identifier, 0x and 64 digits.

        Raises:
            DrawUnknownError: It is not registered, or outputs of its round are missing.
            RoundUnknownError: No panel owed an output for its round.
        """
        with self._node.reading() as session:
            row = session.get(ClearanceRow, declaration)
        if row is None:
            raise DrawUnknownError(declaration, "no ledger registered it; check the identifier")
        found = self.round(country_of(bytes.fromhex(declaration[2:])), row.round)
        if found.seed is None:
            raise DrawUnknownError(declaration, "its panel did not publish every output")
        keys = self._registrations(output.key for output in found.outputs)
        return {
            "format": FORMAT,
            "chain_id": found.chain_id,
            "country": found.country,
            "round": str(found.round),
            "block_hash": found.block_hash,
            "panel": [_seat(output, keys) for output in found.outputs],
            "digest": row.registration,
            "rate_ppm": str(row.rate),
        }

    def _round(
        self, contract: BeaconContract, panel: PanelState, country: str, block: Block
    ) -> Round:
        proofs = self._proofs(country, block.number)
        outputs = [
            Output(
                key=seat.key,
                organisation=seat.organisation,
                customs=seat.customs,
                modulus=seat.modulus,
                output=_hexadecimal(contract.output(country, block.number, key)),
                proof=proofs.get(seat.key),
            )
            for key, seat in zip(panel.keys, self._seats(contract, panel), strict=True)
        ]
        seed = contract.seed(country, block.number, block.timestamp)
        complete = seed.standing is SeedStanding.COMPLETE
        return Round(
            chain_id=str(self._node.folder.config.evm_chain_id),
            country=country,
            round=block.number,
            block_hash=block.hash,
            block_time=time_text(block.timestamp),
            standing=seed.standing.name.lower(),
            outputs=outputs,
            seed=_hexadecimal(seed.value) if complete else None,
        )

    def _seats(self, contract: BeaconContract, panel: PanelState) -> list[Seat]:
        seats: list[Seat] = []
        for key, customs in zip(panel.keys, panel.customs, strict=True):
            known = contract.key(key)
            if known is None:
                raise LedgerAnswerError("eth_call", f"key 0x{key.hex()} sits and is unknown")
            modulus = contract.modulus(key)
            seats.append(
                Seat(
                    key="0x" + key.hex(),
                    organisation="0x" + known.organisation.hex(),
                    customs=customs,
                    modulus="0x" + modulus.hex(),
                )
            )
        return seats

    def _proofs(self, country: str, number: int) -> dict[str, str]:
        name = "0x" + round_id(country, number).hex()
        records = self._records(BeaconPublish.TYPE_NAME, [name])
        return {each["key"]: each["proof"] for each in records}

    def _registrations(self, keys: Iterable[str]) -> dict[str, str]:
        records = self._records(BeaconKeyRegister.TYPE_NAME, list(keys))
        return {each["object"]: each["roots"] for each in records}

    def _records(self, kind: str, objects: list[str]) -> list[Mapping[str, Any]]:
        query = select(LedgerRecord.record).where(
            LedgerRecord.domain == DOMAIN,
            LedgerRecord.type_name == kind,
            LedgerRecord.object_id.in_(objects),
        )
        with self._node.reading() as session:
            return [json.loads(text)["message"] for text in session.scalars(query) if text]

    def _contract(self) -> BeaconContract:
        return beacon_at(self._node.ledger, speaking_contract(self._node.read))


def _seat(output: Output, roots: Mapping[str, str]) -> dict[str, str | bool]:
    if output.proof is None or output.key not in roots:
        raise DrawUnknownError(output.key, "this node has not read the key's own records")
    return {
        "organisation": output.organisation,
        "customs": output.customs,
        "modulus": output.modulus,
        "roots": roots[output.key],
        "proof": output.proof,
    }


def _hexadecimal(value: bytes | None) -> str | None:
    return None if value is None else "0x" + value.hex()
