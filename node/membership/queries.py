"""Questions about who may do what."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.errors import OrganisationUnknownError
from node.membership.tables import ContractRow, KeyRow, OrganisationRow, ValidatorRow


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

    def validators(self) -> list[ValidatorRow]:
        """Return who validates."""
        return list(self._session.scalars(select(ValidatorRow).order_by(ValidatorRow.public_key)))
