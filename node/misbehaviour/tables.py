"""How far misbehaviour is reported, in the state database."""

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import StateTable


class MisbehaviourPosition(StateTable):
    """The last height whose evidence is in the outbox or needs no report; one row."""

    __tablename__ = "misbehaviour_position"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    height: Mapped[int] = mapped_column(BigInteger)
