"""Use cases of certificates of origin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.errors import BodyMalformedError, FindingsError
from api.records.typed_data import typed_data
from contracts.origin.certificate import CertificateForm, parse_certificate, read_certificate
from contracts.origin.findings.context import ExaminationContext
from contracts.origin.findings.examiner import examine
from contracts.origin.records import DOMAIN, CertificateIssue
from contracts.records.record import Record, RecordDomain
from node.errors import LedgerAnswerError
from node.membership.queries import MembershipQueries
from node.organisation import OrganisationNode

_BYTES32: Final = re.compile(r"0x[0-9a-f]{64}")
_LONGEST_WAIT_SECONDS: Final = 7 * 86_400
_MEMBERS: Final = frozenset(
    {"certificate", "object", "document", "document_key", "consignment", "expires_in"}
)
_LINKS: Final = frozenset({"application", "authorisation", "parent", "supersedes"})


@dataclass(frozen=True, slots=True)
class PrepareRequest:
    """What an issuing officer wants to sign.

    Attributes:
        certificate: The checked certificate.
        object: Its identifier on the ledger.
        document: SHA-256 of the issuer-signed JWS.
        document_key: Key id of the key that signed it.
        consignment: Keyed hash of the consignment's reference.
        expires_in: Seconds of block time for which the record stays acceptable.
        links: application, authorisation, parent and supersedes; zeros for none.
    """

    certificate: CertificateForm
    object: bytes
    document: bytes
    document_key: bytes
    consignment: bytes
    expires_in: int
    links: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class PreparedRecord:
    """A record that waits for its signature."""

    record: Record
    domain: RecordDomain

    def unsigned(self) -> dict[str, object]:
        """Return the signed-record object without its signature."""
        return {
            "type": self.record.TYPE_NAME,
            "contract": "0x" + self.domain.contract.hex(),
            "message": self.record.message(),
        }

    def typed_data(self) -> dict[str, object]:
        """Return it as wallets sign it."""
        return typed_data(self.record, self.domain)

    @property
    def digest(self) -> str:
        """What the key signs."""
        return "0x" + self.record.digest(self.domain).hex()


def parse_prepare_request(value: object) -> PrepareRequest:
    """Parse the body of a request to prepare an issue.

    Raises:
        BodyMalformedError: A member is missing, unknown or malformed.
        FormError: The certificate breaks a rule of its form.
        FindingsError: It would be refused abroad; the codes say why.
    """
    if not isinstance(value, dict) or value.keys() - _LINKS != _MEMBERS:
        members, links = ", ".join(sorted(_MEMBERS)), ", ".join(sorted(_LINKS))
        raise BodyMalformedError(
            f"give exactly the members {members}, and of {links} what there is"
        )
    expires_in = value["expires_in"]
    if type(expires_in) is not int or not 0 < expires_in <= _LONGEST_WAIT_SECONDS:
        raise BodyMalformedError(f"expires_in must be 1 to {_LONGEST_WAIT_SECONDS} seconds")
    return PrepareRequest(
        certificate=_parse_sound(value["certificate"]),
        object=_bytes32(value, "object"),
        document=_bytes32(value, "document"),
        document_key=_bytes32(value, "document_key"),
        consignment=_bytes32(value, "consignment"),
        expires_in=expires_in,
        links={name: _bytes32(value, name) if name in value else bytes(32) for name in _LINKS},
    )


def prepare_issue(node: OrganisationNode, request: PrepareRequest) -> PreparedRecord:
    """Return the record that puts a certificate into force, for its officer to sign.

    Raises:
        LedgerAnswerError: No contract speaks for origin (yet).
    """
    form, position = request.certificate, node.indexer.position()
    with node.reading() as session:
        versions = [row for row in MembershipQueries(session).contracts() if row.domain == DOMAIN]
    if position is None or not versions:
        raise LedgerAnswerError("eth_getLogs", "no contract speaks for origin yet")
    spoken = [row for row in versions if row.from_block <= position.block_number + 1]
    record = CertificateIssue(
        object=request.object,
        document=request.document,
        document_key=request.document_key,
        form=form.form.encode().ljust(8, b"\0"),
        issuing_country=form.issued_in.encode(),
        importing_country=form.importing_country.encode(),
        items=len(form.items),
        consignment=request.consignment,
        application=request.links["application"],
        authorisation=request.links["authorisation"],
        parent=request.links["parent"],
        supersedes=request.links["supersedes"],
        issued_at=form.issued_at,
        expires_at=form.expires_at,
        expires=position.block_time + request.expires_in,
    )
    contract = bytes.fromhex(spoken[-1].address[2:])
    return PreparedRecord(record, RecordDomain(node.folder.config.evm_chain_id, contract))


def _bytes32(value: dict[str, object], name: str) -> bytes:
    text = value[name]
    if not isinstance(text, str) or _BYTES32.fullmatch(text) is None:
        raise BodyMalformedError(f"{name} must be 0x and 64 lower-case hexadecimal digits")
    return bytes.fromhex(text[2:])


def _parse_sound(value: object) -> CertificateForm:
    """Parse a certificate; what importing customs would refuse is told with its codes."""
    form = read_certificate(value)
    day = form.certification.date
    if found := examine(form, ExaminationContext(day=day)):
        raise FindingsError(found)
    return parse_certificate(value)
