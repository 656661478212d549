"""Schemas of the beacon."""

from typing import Annotated

from pydantic import Field

from api.schemas import Bytes32, Model, Time

Long = Annotated[str, Field(pattern="^0x[0-9a-f]+$", examples=["0x5c…"])]


class Seat(Model):
    """One key of a panel."""

    key: Bytes32
    organisation: Bytes32
    customs: bool = Field(description="Whether customs of the country holds it.")
    modulus: Long = Field(description="Of the RSA key, 256 bytes.")


class Panel(Model):
    """The keys that owe an output for each round, in their order."""

    country: str = Field(examples=["VN"])
    round: int = Field(description="The block that was asked about.")
    from_round: int = Field(description="The first round that this panel owes.")
    valid: bool = Field(description="Whether customs of the country and somebody else sit in it.")
    seats: list[Seat]


class Output(Model):
    """What one key published for a round; null while it has published nothing."""

    key: Bytes32
    organisation: Bytes32
    customs: bool
    modulus: Long
    output: Bytes32 | None
    proof: Long | None = Field(description="What shows the output (RSA-FDH-VRF, RFC 9381).")


class Round(Model):
    """A round: the block whose hash its outputs depend on, the outputs, the seed they make."""

    chain_id: str
    country: str
    round: int
    block_hash: Bytes32
    block_time: Time | None
    standing: str = Field(examples=["complete"], description="waiting, complete or withheld.")
    outputs: list[Output] = Field(description="In the order of the panel.")
    seed: Bytes32 | None = Field(description="keccak256 of the outputs; null unless complete.")
