# pragma version 0.4.3
# pragma evm-version prague
"""
@title Applications and certified exporters
@custom:contract-name issuance
@notice What comes before a certificate of origin: an exporter applies and the authority
        decides; an authority certifies exporters, who may declare origin themselves; and
        customs countersigns the export lines.
@dev Application.state: the status. Exporter.state is packed: country 0..15, valid from
     16..79, valid to 80..143, withdrawn 144. After an upgrade, what this contract has not
     touched yet is read from the predecessor.
"""

from contracts.issuance import lines
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

# First, so that `objects` and `records` take slots 0 and 1.
initializes: record_book
initializes: members
initializes: lines[record_book := record_book, members := members]

exports: (
    record_book.submit,
    record_book.headOf,
    record_book.objects,
    record_book.records,
    record_book.predecessor,
    lines.certifyLine,
    lines.releaseLine,
    lines.lineWords,
    lines.partWords,
    lines.coveredItems,
    lines.partCount,
)


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def applicationWords(application: bytes32) -> (
        uint256, bytes32, bytes32, bytes32
    ): view
    def exporterWords(exporter: bytes32) -> (bytes32, bytes32, uint256): view


# -------------------------------------------------------------------- events


event ApplicationMade:
    application: indexed(bytes32)
    applicant: indexed(bytes32)
    authority: indexed(bytes32)
    document: bytes32
    appliedAt: uint64


event ApplicationStepped:
    application: indexed(bytes32)
    organisation: indexed(bytes32)
    reference: indexed(bytes32)
    kind: uint8
    document: bytes32
    reason: bytes32
    statedAt: uint64


event ExporterAuthorised:
    exporter: indexed(bytes32)
    organisation: indexed(bytes32)
    authority: indexed(bytes32)
    country: bytes2
    goods: bytes32
    validFrom: uint64
    validTo: uint64
    authorisedAt: uint64


event ExporterWithdrawn:
    exporter: indexed(bytes32)
    authority: indexed(bytes32)
    reason: bytes32
    withdrawnAt: uint64


# ------------------------------------------------------------------- structs


struct Application:
    state: uint256
    applicant: bytes32
    authority: bytes32
    certificate: bytes32


struct Exporter:
    organisation: bytes32
    goods: bytes32
    state: uint256


struct CertificateApply:
    object: bytes32
    authority: bytes32
    document: bytes32
    appliedAt: uint64
    expires: uint64


struct ApplicationStep:
    object: bytes32
    kind: uint8
    reference: bytes32
    document: bytes32
    reason: bytes32
    statedAt: uint64
    expires: uint64


struct ExporterAuthorise:
    object: bytes32
    organisation: bytes32
    goods: bytes32
    validFrom: uint64
    validTo: uint64
    authorisedAt: uint64
    expires: uint64


struct ExporterWithdraw:
    object: bytes32
    reason: bytes32
    withdrawnAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


DOMAIN: constant(bytes32) = 0x69737375616e6365000000000000000000000000000000000000000000000000

CERTIFICATE_APPLY: constant(bytes32) = keccak256(
    "CertificateApply(bytes32 object,bytes32 authority,bytes32 document,uint64 appliedAt,uint64 expires)"
)
APPLICATION_STEP: constant(bytes32) = keccak256(
    "ApplicationStep(bytes32 object,uint8 kind,bytes32 reference,bytes32 document,bytes32 reason,uint64 statedAt,uint64 expires)"
)
EXPORTER_AUTHORISE: constant(bytes32) = keccak256(
    "ExporterAuthorise(bytes32 object,bytes32 organisation,bytes32 goods,uint64 validFrom,uint64 validTo,uint64 authorisedAt,uint64 expires)"
)
EXPORTER_WITHDRAW: constant(bytes32) = keccak256(
    "ExporterWithdraw(bytes32 object,bytes32 reason,uint64 withdrawnAt,uint64 expires)"
)

OPEN: constant(uint256) = 1
INFORMATION_REQUESTED: constant(uint256) = 2
REFUSED: constant(uint256) = 3
APPROVED: constant(uint256) = 4
WITHDRAWN: constant(uint256) = 5

REQUEST_INFORMATION: constant(uint8) = 1
SUPPLY_INFORMATION: constant(uint8) = 2
REFUSE: constant(uint8) = 3
APPROVE: constant(uint8) = 4
WITHDRAW: constant(uint8) = 5

WITHDRAWN_BIT: constant(uint256) = 1 << 144
MASK_16: constant(uint256) = 2**16 - 1
MASK_64: constant(uint256) = 2**64 - 1
SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# application → status, parties and the approved certificate
applications: HashMap[bytes32, Application]
# certified exporter → organisation, goods and packed state
exporters: HashMap[bytes32, Exporter]


# --------------------------------------------------------------- constructor


@deploy
def __init__(membership: address, predecessor: address):
    """
    @param membership The Membership contract.
    @param predecessor The contract that this one replaces, or zero.
    """
    record_book.__init__(DOMAIN, predecessor)
    members.__init__(membership)


# -------------------------------------------------------- external functions


@external
def apply(record: CertificateApply, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Apply for a certificate.
    @param record The signed record.
    @param signature By an enterprise.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_APPLY, record)), record.expires, signature
    )
    applicant: members.Member = members.require_role(signer, members.ENTERPRISE)
    members.require_past(record.appliedAt)
    refusal.demand(record.authority != empty(bytes32), "issuance: authority")
    refusal.demand(record.document != empty(bytes32), "issuance: document")
    refusal.demand(
        self._application(record.object).state == 0,
        "issuance: application exists",
    )

    self.applications[record.object] = Application(
        state=OPEN,
        applicant=applicant.organisation,
        authority=record.authority,
        certificate=empty(bytes32),
    )
    record_book.append(record.object, digest, signer)
    log ApplicationMade(
        application=record.object,
        applicant=applicant.organisation,
        authority=record.authority,
        document=record.document,
        appliedAt=record.appliedAt,
    )


@external
def decide(record: ApplicationStep, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Take an application further.
    @param record The signed record.
    @param signature Of supplied information or a withdrawal: by the applicant; of the
                     others: by the authority that the application names.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(APPLICATION_STEP, record)), record.expires, signature
    )
    application: Application = self._application(record.object)
    refusal.demand(application.state != 0, "issuance: unknown application")
    member: members.Member = empty(members.Member)
    if record.kind == SUPPLY_INFORMATION or record.kind == WITHDRAW:
        member = members.require_role(signer, members.ENTERPRISE)
        refusal.demand(
            member.organisation == application.applicant,
            "issuance: not the applicant",
        )
    else:
        member = members.require_role(signer, members.ISSUING_AUTHORITY)
        refusal.demand(
            member.organisation == application.authority,
            "issuance: not the authority",
        )
    members.require_past(record.statedAt)
    application.state = self._stepped(application.state, record.kind)
    approval: bool = record.kind == APPROVE
    refusal.demand(
        (record.reference != empty(bytes32)) == approval,
        "issuance: reference",
    )
    if approval:
        application.certificate = record.reference

    self.applications[record.object] = application
    record_book.append(record.object, digest, signer)
    log ApplicationStepped(
        application=record.object,
        organisation=member.organisation,
        reference=record.reference,
        kind=record.kind,
        document=record.document,
        reason=record.reason,
        statedAt=record.statedAt,
    )


@external
def authoriseExporter(record: ExporterAuthorise, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Authorise a certified exporter, or renew its authorisation.
    @param record The signed record.
    @param signature By an issuing authority; a renewal by one of the same country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(EXPORTER_AUTHORISE, record)), record.expires, signature
    )
    authority: members.Member = members.require_role(signer, members.ISSUING_AUTHORITY)
    members.require_past(record.authorisedAt)
    refusal.demand(
        members.country_of(record.object) == authority.country,
        "issuance: exporter of another country",
    )
    refusal.demand(record.validFrom < record.validTo, "issuance: validity")
    refusal.demand(record.organisation != empty(bytes32), "issuance: organisation")
    refusal.demand(record.goods != empty(bytes32), "issuance: goods")
    before: Exporter = self._exporter(record.object)
    if before.state != 0:
        refusal.demand(before.organisation == record.organisation, "issuance: organisation")

    self.exporters[record.object] = Exporter(
        organisation=record.organisation,
        goods=record.goods,
        state=authority.country
        | convert(record.validFrom, uint256) << 16
        | convert(record.validTo, uint256) << 80,
    )
    record_book.append(record.object, digest, signer)
    log ExporterAuthorised(
        exporter=record.object,
        organisation=record.organisation,
        authority=authority.organisation,
        country=convert(convert(authority.country, uint16), bytes2),
        goods=record.goods,
        validFrom=record.validFrom,
        validTo=record.validTo,
        authorisedAt=record.authorisedAt,
    )


@external
def withdrawExporter(record: ExporterWithdraw, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Withdraw a certified exporter's authorisation, at once.
    @param record The signed record.
    @param signature By an issuing authority of the country that authorised it.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(EXPORTER_WITHDRAW, record)), record.expires, signature
    )
    authority: members.Member = members.require_role(signer, members.ISSUING_AUTHORITY)
    members.require_past(record.withdrawnAt)
    exporter: Exporter = self._exporter(record.object)
    refusal.demand(exporter.state != 0, "issuance: unknown exporter")
    refusal.demand(
        exporter.state & MASK_16 == authority.country,
        "issuance: exporter of another country",
    )
    refusal.demand(exporter.state & WITHDRAWN_BIT == 0, "issuance: withdrawn")

    exporter.state |= WITHDRAWN_BIT
    self.exporters[record.object] = exporter
    record_book.append(record.object, digest, signer)
    log ExporterWithdrawn(
        exporter=record.object,
        authority=authority.organisation,
        reason=record.reason,
        withdrawnAt=record.withdrawnAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def approvedCertificate(application: bytes32) -> bytes32:
    """
    @notice Return the certificate that an application was approved for, zero for none.
    @param application Its identifier.
    """
    return self._application(application).certificate


@external
@view
def authorisedExporter(exporter: bytes32) -> (bytes32, uint256):
    """
    @notice Return organisation and country (as a number) of an exporter certified now.
    @param exporter Its identifier.
    """
    found: Exporter = self._exporter(exporter)
    refusal.demand(found.state != 0, "issuance: unknown exporter")
    refusal.demand(found.state & WITHDRAWN_BIT == 0, "issuance: withdrawn")
    refusal.demand(
        block.timestamp >= found.state >> 16 & MASK_64,
        "issuance: not yet authorised",
    )
    refusal.demand(
        block.timestamp < found.state >> 80 & MASK_64,
        "issuance: authorisation expired",
    )
    return found.organisation, found.state & MASK_16


@external
@view
def applicationWords(application: bytes32) -> (uint256, bytes32, bytes32, bytes32):
    """
    @notice Return an application's status, applicant, authority and certificate.
    @param application Its identifier.
    """
    found: Application = self._application(application)
    return found.state, found.applicant, found.authority, found.certificate


@external
@view
def exporterWords(exporter: bytes32) -> (bytes32, bytes32, uint256):
    """
    @notice Return a certified exporter's organisation, goods and packed state.
    @param exporter Its identifier.
    """
    found: Exporter = self._exporter(exporter)
    return found.organisation, found.goods, found.state


# -------------------------------------------------------- internal functions


@internal
@pure
def _stepped(before: uint256, kind: uint8) -> uint256:
    """
    @notice Return the status of an application after a step.
    @param before Its status.
    @param kind The step.
    """
    refusal.demand(before == OPEN or before == INFORMATION_REQUESTED, "issuance: decided")
    if kind == REQUEST_INFORMATION and before == OPEN:
        return INFORMATION_REQUESTED
    if kind == SUPPLY_INFORMATION and before == INFORMATION_REQUESTED:
        return OPEN
    if kind == APPROVE and before == OPEN:
        return APPROVED
    if kind == REFUSE:
        return REFUSED
    if kind == WITHDRAW:
        return WITHDRAWN
    raise "issuance: step"


@internal
@view
def _application(application: bytes32) -> Application:
    """
    @notice Return an application, the predecessor's while untouched here.
    @param application Its identifier.
    """
    own: Application = self.applications[application]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Application = empty(Application)
    before.state, before.applicant, before.authority, before.certificate = staticcall Predecessor(
        record_book.PREDECESSOR
    ).applicationWords(application)
    return before


@internal
@view
def _exporter(exporter: bytes32) -> Exporter:
    """
    @notice Return a certified exporter, the predecessor's while untouched here.
    @param exporter Its identifier.
    """
    own: Exporter = self.exporters[exporter]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Exporter = empty(Exporter)
    before.organisation, before.goods, before.state = staticcall Predecessor(
        record_book.PREDECESSOR
    ).exporterWords(exporter)
    return before
