"""Questions about who may do what."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from node.errors import OrganisationUnknownError
from node.membership.tables import (
    ContractRow,
    DecisionRow,
    KeyRow,
    MisbehaviourReportRow,
    OrganisationRow,
    ValidatorSeatRow,
)


class MembershipQueries:
    """Reads of one session; Membership is public to every member, so nothing is scoped."""

    def __init__(self, session: Session) -> None:
        """Read in one session."""
        self._session = session

    def organisations(self, after: str | None, limit: int) -> list[OrganisationRow]:
        """Return organisations by identifier, those behind `after`."""
        query = select(OrganisationRow).order_by(OrganisationRow.id).limit(limit)
        if after is not None:
            query = query.where(OrganisationRow.id > after)
        return list(self._session.scalars(query))

    def organisation(self, identifier: str) -> OrganisationRow:
        """Return one organisation.

        Raises:
            OrganisationUnknownError: There is none of this identifier.
        """
        row = self._session.get(OrganisationRow, identifier)
        if row is None:
            raise OrganisationUnknownError(identifier)
        return row

    def keys(self, organisation: str, after: str | None, limit: int) -> list[KeyRow]:
        """Return an organisation's keys by identifier, those behind `after`.

        Raises:
            OrganisationUnknownError: There is no such organisation.
        """
        self.organisation(organisation)
        query = select(KeyRow).where(KeyRow.organisation == organisation)
        if after is not None:
            query = query.where(KeyRow.id > after)
        return list(self._session.scalars(query.order_by(KeyRow.id).limit(limit)))

    def contracts(self) -> list[ContractRow]:
        """Return every contract that speaks or spoke for a domain, oldest first."""
        query = select(ContractRow).order_by(ContractRow.domain, ContractRow.version)
        return list(self._session.scalars(query))

    def contract_domain(self, address: str) -> str | None:
        """Return the domain a contract speaks or spoke for, None for a stranger."""
        query = select(ContractRow.domain).where(ContractRow.address == address)
        return self._session.scalar(query)

    def validators(self, block: int | None = None) -> list[ValidatorSeatRow]:
        """Return who validates at the end of a block, the last one read for None."""
        query = select(ValidatorSeatRow)
        if block is None:
            query = query.where(ValidatorSeatRow.until_block.is_(None))
        else:
            until = ValidatorSeatRow.until_block
            still = or_(until.is_(None), until > block)
            query = query.where(ValidatorSeatRow.from_block <= block, still)
        return list(self._session.scalars(query.order_by(ValidatorSeatRow.public_key)))

    def seats(self) -> list[ValidatorSeatRow]:
        """Return who ever validated, in the order of their beginning."""
        order = (ValidatorSeatRow.from_block, ValidatorSeatRow.public_key)
        return list(self._session.scalars(select(ValidatorSeatRow).order_by(*order)))

    def validator_organisation(self, address: str) -> str | None:
        """Return who runs or ran the validator of a CometBFT address, None for a stranger."""
        query = select(ValidatorSeatRow.organisation).where(ValidatorSeatRow.address == address)
        return self._session.scalar(query.limit(1))

    def misbehaviour(self, after: str | None, limit: int) -> list[list[MisbehaviourReportRow]]:
        """Return the reports of each misbehaviour, by its identifier, those behind `after`."""
        chosen = select(MisbehaviourReportRow.object_id).distinct()
        if after is not None:
            chosen = chosen.where(MisbehaviourReportRow.object_id > after)
        names = list(
            self._session.scalars(chosen.order_by(MisbehaviourReportRow.object_id).limit(limit))
        )
        query = select(MisbehaviourReportRow).where(MisbehaviourReportRow.object_id.in_(names))
        found: dict[str, list[MisbehaviourReportRow]] = {name: [] for name in names}
        order = (MisbehaviourReportRow.block_number, MisbehaviourReportRow.organisation)
        for row in self._session.scalars(query.order_by(*order)):
            found[row.object_id].append(row)
        return list(found.values())

    def decision(self, digest: str) -> DecisionRow | None:
        """Return a decision by its proposal's digest, None where it is not decided."""
        return self._session.scalar(select(DecisionRow).where(DecisionRow.digest == digest))

    def decisions(self, first: int, limit: int) -> list[DecisionRow]:
        """Return decisions in their order, from a sequence on."""
        query = select(DecisionRow).where(DecisionRow.sequence >= first)
        return list(self._session.scalars(query.order_by(DecisionRow.sequence).limit(limit)))

    def decision_count(self) -> int:
        """Return how many proposals are decided: the sequence of the next."""
        return self._session.scalar(select(func.count()).select_from(DecisionRow)) or 0

    def governing_count(self) -> int:
        """Return how many organisations vote."""
        query = select(func.count()).select_from(OrganisationRow)
        votes = query.where(OrganisationRow.governing, OrganisationRow.active)
        return self._session.scalar(votes) or 0
