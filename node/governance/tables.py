"""Tables of proposals, in the state database: votes exist nowhere else before the decision."""

from typing import Final

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import BYTES32, StateTable

_SIGNATURE: Final = 132


class ProposalRow(StateTable):
    """A proposal as JSON, without its votes."""

    __tablename__ = "proposals"

    digest: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    ballot: Mapped[str] = mapped_column(Text)
    received_at: Mapped[str] = mapped_column(String(32))


class VoteRow(StateTable):
    """One key's signature over a proposal."""

    __tablename__ = "proposal_votes"

    digest: Mapped[str] = mapped_column(
        String(BYTES32), ForeignKey("proposals.digest"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    signature: Mapped[str] = mapped_column(String(_SIGNATURE))
    received_at: Mapped[str] = mapped_column(String(32))
