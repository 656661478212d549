# pragma version 0.4.3
# pragma evm-version prague
"""
@title Certificates of origin
@custom:contract-name origin
@notice A certificate is issued by an authority of the exporting country, or by an exporter
        that it certified, over export lines that customs countersigned; sent to the
        importing country and received there; claimed item by item, drawn down and never
        beyond its whole, through certificates issued back-to-back from it too; verified
        on doubt; and taken out of force by its issuer.
@dev The parts: `certificates` keeps the standing, `claims` the draw-down; the export lines
     are kept by the contract of the domain "issuance". Words are packed so that a record
     touches few slots. After an upgrade, what this contract has not touched yet is read
     from the predecessor.
"""

from contracts.commitments import bn254
from contracts.commitments import drawdown
from contracts.origin import certificates
from contracts.origin import claims
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal
from contracts.records import registry

# First, so that `objects` and `records` take slots 0 and 1.
initializes: record_book
initializes: members
# Verifiers read `certificates` and `links` at slots 2 and 3.
initializes: certificates[record_book := record_book, members := members]
initializes: claims[record_book := record_book, certificates := certificates]

exports: (
    record_book.submit,
    record_book.headOf,
    record_book.objects,
    record_book.records,
    record_book.predecessor,
    claims.claim,
    claims.accept,
    claims.reject,
    claims.reverse,
    claims.doubt,
    claims.step,
    claims.itemState,
    claims.itemWords,
    claims.claimWords,
    claims.childOf,
)


# ---------------------------------------------------------------- interfaces


interface Issuance:
    def approvedCertificate(application: bytes32) -> bytes32: view
    def authorisedExporter(exporter: bytes32) -> (bytes32, uint256): view
    def coveredItems(certificate: bytes32) -> uint256: view


# -------------------------------------------------------------------- events


event CertificateIssued:
    certificate: indexed(bytes32)
    issuer: indexed(bytes32)
    consignment: indexed(bytes32)
    document: bytes32
    documentKey: bytes32
    form: bytes8
    issuingCountry: bytes2
    importingCountry: bytes2
    items: uint16
    application: bytes32
    authorisation: bytes32
    parent: bytes32
    supersedes: bytes32
    issuedAt: uint64
    expiresAt: uint64


event CertificateMessaged:
    certificate: indexed(bytes32)
    reference: indexed(bytes32)
    organisation: indexed(bytes32)
    kind: uint8
    exchange: uint8
    document: bytes32
    reason: bytes32
    sentAt: uint64


event CertificateDrawn:
    certificate: indexed(bytes32)
    claim: indexed(bytes32)
    child: indexed(bytes32)
    organisation: bytes32
    item: uint16
    childItem: uint16
    share: uint16
    commitmentX: uint256
    commitmentY: uint256
    quantityX: uint256
    quantityY: uint256
    drawnAt: uint64


event CertificateCancelled:
    certificate: indexed(bytes32)
    issuer: indexed(bytes32)
    reason: bytes32
    cancelledAt: uint64


event CertificateSuperseded:
    certificate: indexed(bytes32)
    successor: indexed(bytes32)
    issuer: indexed(bytes32)
    reason: bytes32
    supersededAt: uint64


# ------------------------------------------------------------------- structs


struct CertificateIssue:
    object: bytes32
    document: bytes32
    documentKey: bytes32
    form: bytes8
    issuingCountry: bytes2
    importingCountry: bytes2
    items: uint16
    consignment: bytes32
    application: bytes32
    authorisation: bytes32
    parent: bytes32
    supersedes: bytes32
    issuedAt: uint64
    expiresAt: uint64
    expires: uint64


struct CertificateMessage:
    object: bytes32
    kind: uint8
    reference: bytes32
    document: bytes32
    reason: bytes32
    sentAt: uint64
    expires: uint64


struct CertificateDraw:
    object: bytes32
    item: uint16
    child: bytes32
    childItem: uint16
    shareBefore: uint16
    shareAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    quantityX: uint256
    quantityY: uint256
    drawnAt: uint64
    expires: uint64


struct CertificateCancel:
    object: bytes32
    reason: bytes32
    cancelledAt: uint64
    expires: uint64


struct CertificateSupersede:
    object: bytes32
    successor: bytes32
    reason: bytes32
    supersededAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


DOMAIN: constant(bytes32) = 0x6f726967696e0000000000000000000000000000000000000000000000000000
ISSUANCE: constant(bytes32) = 0x69737375616e6365000000000000000000000000000000000000000000000000

CERTIFICATE_ISSUE: constant(bytes32) = keccak256(
    "CertificateIssue(bytes32 object,bytes32 document,bytes32 documentKey,bytes8 form,bytes2 issuingCountry,bytes2 importingCountry,uint16 items,bytes32 consignment,bytes32 application,bytes32 authorisation,bytes32 parent,bytes32 supersedes,uint64 issuedAt,uint64 expiresAt,uint64 expires)"
)
CERTIFICATE_MESSAGE: constant(bytes32) = keccak256(
    "CertificateMessage(bytes32 object,uint8 kind,bytes32 reference,bytes32 document,bytes32 reason,uint64 sentAt,uint64 expires)"
)
CERTIFICATE_DRAW: constant(bytes32) = keccak256(
    "CertificateDraw(bytes32 object,uint16 item,bytes32 child,uint16 childItem,uint16 shareBefore,uint16 shareAfter,uint256 commitmentX,uint256 commitmentY,uint256 quantityX,uint256 quantityY,uint64 drawnAt,uint64 expires)"
)
CERTIFICATE_CANCEL: constant(bytes32) = keccak256(
    "CertificateCancel(bytes32 object,bytes32 reason,uint64 cancelledAt,uint64 expires)"
)
CERTIFICATE_SUPERSEDE: constant(bytes32) = keccak256(
    "CertificateSupersede(bytes32 object,bytes32 successor,bytes32 reason,uint64 supersededAt,uint64 expires)"
)

TRANSMIT: constant(uint8) = 1
ACKNOWLEDGE: constant(uint8) = 2
REFUSE: constant(uint8) = 3
RECEIVE: constant(uint8) = 4
PAPER: constant(uint8) = 5
COPY: constant(uint8) = 6
CONSENT: constant(uint8) = 7
ERASE: constant(uint8) = 8

ITEMS_LIMIT: constant(uint16) = 999
MASK_8: constant(uint256) = 2**8 - 1
MASK_64: constant(uint256) = 2**64 - 1
SIGNATURE_SIZE: constant(uint256) = 65
TOGETHER_LIMIT: constant(uint256) = 128
TOGETHER_CALL_LIMIT: constant(uint256) = 768
# No form is valid, and no copy made, longer than a year after the issue; seconds of a
# leap year.
VALIDITY_LIMIT: constant(uint64) = 31_622_400


# ------------------------------------------------------------------- storage


# Within one transaction: whether calls stand and fall together, and the child certificate
# whose draws wait for its issue.
together: transient(bool)
open_child: transient(bytes32)
open_parent: transient(bytes32)
open_items: transient(uint16)


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
def submitTogether(calls: DynArray[Bytes[TOGETHER_CALL_LIMIT], TOGETHER_LIMIT]):
    """
    @notice Carry records that belong together: all are accepted, or none.
    @param calls Calldata of this contract's own functions.
    """
    refusal.demand(not self.together, "origin: together already")
    self.together = True
    for call: Bytes[TOGETHER_CALL_LIMIT] in calls:
        raw_call(self, call, is_delegate_call=True)
    refusal.demand(self.open_child == empty(bytes32), "origin: drawn for no child")
    self.together = False


@external
def issue(record: CertificateIssue, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Put a certificate into force.
    @param record The signed record.
    @param signature By an issuing authority of the issuing country, or by the certified
                     exporter that the record's authorisation names.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_ISSUE, record)), record.expires, signature
    )
    issuer: bytes32 = self._require_issuing(signer, record)
    self._require_sound(record)
    refusal.demand(
        certificates.find(record.object).state == 0,
        "origin: certificate exists",
    )
    self._require_prepared(record)
    if record.supersedes != empty(bytes32):
        self._require_superseded(record, issuer)

    certificates.certificates[record.object] = certificates.Certificate(
        issuer=issuer, state=self._packed(record)
    )
    if record.parent != empty(bytes32):
        self._descend(record)
    record_book.append(record.object, digest, signer)
    log CertificateIssued(
        certificate=record.object,
        issuer=issuer,
        consignment=record.consignment,
        document=record.document,
        documentKey=record.documentKey,
        form=record.form,
        issuingCountry=record.issuingCountry,
        importingCountry=record.importingCountry,
        items=record.items,
        application=record.application,
        authorisation=record.authorisation,
        parent=record.parent,
        supersedes=record.supersedes,
        issuedAt=record.issuedAt,
        expiresAt=record.expiresAt,
    )


@external
def draw(record: CertificateDraw, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Draw a parent's item for a child that is issued in the same transaction.
    @param record The signed record, with the item's share before and its new state.
    @param signature By customs or an issuing authority of the parent's importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_DRAW, record)), record.expires, signature
    )
    refusal.demand(self.together, "origin: draw and issue together")
    parent: certificates.Certificate = certificates.in_force(record.object)
    organisation: bytes32 = certificates.require_importing(
        signer, parent.state, members.CUSTOMS | members.ISSUING_AUTHORITY
    )
    certificates.require_received(parent.state)
    certificates.require_unexpired(parent.state)
    certificates.require_lineage(record.object)
    certificates.require_item(parent.state, record.item)
    members.require_past(record.drawnAt)
    part: bn254.Point = bn254.Point(x=record.quantityX, y=record.quantityY)
    refusal.demand(bn254.is_hiding(part), "origin: commitment")
    self._await_child(record)

    claims.draw(
        record.object,
        record.item,
        digest,
        part,
        drawdown.Posting(
            shareBefore=record.shareBefore,
            shareAfter=record.shareAfter,
            x=record.commitmentX,
            y=record.commitmentY,
        ),
        record.child,
    )
    parent.state += certificates.ONE_ACCEPTED
    certificates.certificates[record.object] = parent
    record_book.append(record.object, digest, signer)
    log CertificateDrawn(
        certificate=record.object,
        claim=digest,
        child=record.child,
        organisation=organisation,
        item=record.item,
        childItem=record.childItem,
        share=record.shareAfter,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        quantityX=record.quantityX,
        quantityY=record.quantityY,
        drawnAt=record.drawnAt,
    )


@external
def tell(record: CertificateMessage, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Record what one administration tells the other about a certificate.
    @param record The signed record.
    @param signature Of a transmission: by customs or an issuing authority of the issuing
                     country; of a copy or erasure: by the issuer; of the others: by
                     customs of the importing country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_MESSAGE, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.known(record.object)
    if record.kind != ERASE:
        certificate = certificates.in_force(record.object)
    organisation: bytes32 = self._require_speaker(signer, certificate, record.kind)
    members.require_past(record.sentAt)
    certificate.state = self._told(certificate.state, record)

    certificates.certificates[record.object] = certificate
    record_book.append(record.object, digest, signer)
    log CertificateMessaged(
        certificate=record.object,
        reference=record.reference,
        organisation=organisation,
        kind=record.kind,
        exchange=convert(certificate.state >> 216 & MASK_8, uint8),
        document=record.document,
        reason=record.reason,
        sentAt=record.sentAt,
    )


@external
def cancel(record: CertificateCancel, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Take a certificate out of force while nothing of it is drawn, or with the
            consent of importing customs.
    @param record The signed record.
    @param signature By the organisation that issued it.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_CANCEL, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.in_force(record.object)
    certificates.require_issuer(signer, certificate)
    self._require_withdrawable(certificate.state)
    members.require_past(record.cancelledAt)

    certificate.state = certificates.with_status(certificate.state, certificates.CANCELLED)
    certificates.certificates[record.object] = certificate
    record_book.append(record.object, digest, signer)
    log CertificateCancelled(
        certificate=record.object,
        issuer=certificate.issuer,
        reason=record.reason,
        cancelledAt=record.cancelledAt,
    )


@external
def supersede(record: CertificateSupersede, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Take a certificate out of force for a corrected one, which may be issued then.
    @param record The signed record.
    @param signature By the organisation that issued it.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(CERTIFICATE_SUPERSEDE, record)), record.expires, signature
    )
    certificate: certificates.Certificate = certificates.in_force(record.object)
    certificates.require_issuer(signer, certificate)
    self._require_withdrawable(certificate.state)
    members.require_past(record.supersededAt)
    refusal.demand(
        record.successor != empty(bytes32) and certificates.find(record.successor).state == 0,
        "origin: successor",
    )

    certificate.state = certificates.with_status(certificate.state, certificates.SUPERSEDED)
    certificates.certificates[record.object] = certificate
    link: certificates.Link = certificates.link_of(record.object)
    link.successor = record.successor
    certificates.links[record.object] = link
    record_book.append(record.object, digest, signer)
    log CertificateSuperseded(
        certificate=record.object,
        successor=record.successor,
        issuer=certificate.issuer,
        reason=record.reason,
        supersededAt=record.supersededAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def certificateWords(certificate: bytes32) -> (bytes32, uint256):
    """
    @notice Return a certificate's issuer and packed state, zeros for an unknown one.
    @param certificate Its identifier.
    """
    found: certificates.Certificate = certificates.find(certificate)
    return found.issuer, found.state


@external
@view
def linkWords(certificate: bytes32) -> (bytes32, bytes32):
    """
    @notice Return what a certificate was issued back-to-back from, and what replaced it.
    @param certificate Its identifier.
    """
    found: certificates.Link = certificates.link_of(certificate)
    return found.parent, found.successor


# ------------------------------------------------------------ internal guards


@internal
@view
def _require_issuing(signer: bytes32, record: CertificateIssue) -> bytes32:
    """
    @notice Refuse a signer who may not issue this certificate; return its organisation.
    @param signer Key id.
    @param record The record that issues it.
    """
    member: members.Member = members.member_of(signer, members.SIGN)
    country: uint256 = member.country
    if record.authorisation == empty(bytes32):
        refusal.demand(
            member.roles & members.ISSUING_AUTHORITY != 0,
            "origin: not an issuing authority",
        )
    else:
        exporter: bytes32 = empty(bytes32)
        issuance: address = registry.speaker(members.MEMBERSHIP, ISSUANCE)
        exporter, country = staticcall Issuance(issuance).authorisedExporter(
            record.authorisation
        )
        refusal.demand(exporter == member.organisation, "origin: not the certified exporter")
    issuing: uint256 = convert(convert(record.issuingCountry, uint16), uint256)
    refusal.demand(country == issuing, "origin: not of the issuing country")
    refusal.demand(members.country_of(record.object) == issuing, "origin: identifier")
    owner: members.Member = members.member_of(record.documentKey, members.DOCUMENT)
    refusal.demand(
        owner.organisation == member.organisation,
        "origin: document key of another organisation",
    )
    return member.organisation


@internal
@view
def _require_sound(record: CertificateIssue):
    """
    @notice Refuse a certificate whose fields break a rule.
    @param record The record that issues it.
    """
    refusal.demand(
        record.importingCountry != record.issuingCountry,
        "origin: importing country",
    )
    letters: uint256 = convert(convert(record.importingCountry, uint16), uint256)
    refusal.demand(
        self._is_letter(letters >> 8) and self._is_letter(letters & MASK_8),
        "origin: importing country",
    )
    refusal.demand(record.items != 0 and record.items <= ITEMS_LIMIT, "origin: items")
    refusal.demand(record.document != empty(bytes32), "origin: document")
    refusal.demand(record.form != empty(bytes8), "origin: form")
    members.require_past(record.issuedAt)
    refusal.demand(
        block.timestamp < convert(record.expiresAt, uint256),
        "origin: certificate expired",
    )
    # Both fit in 64 bits after `require_past`.
    refusal.demand(
        record.expiresAt <= record.issuedAt + VALIDITY_LIMIT,
        "origin: validity",
    )


@internal
@view
def _require_prepared(record: CertificateIssue):
    """
    @notice Refuse a certificate of which an item has no export line that customs of the
            issuing country countersigned, or which is not what its application was
            approved for.
    @param record The record that issues it.
    """
    issuance: address = registry.speaker(members.MEMBERSHIP, ISSUANCE)
    covered: uint256 = staticcall Issuance(issuance).coveredItems(record.object)
    refusal.demand(covered == convert(record.items, uint256), "origin: export lines")
    if record.application != empty(bytes32):
        approved: bytes32 = staticcall Issuance(issuance).approvedCertificate(
            record.application
        )
        refusal.demand(approved == record.object, "origin: application")


@internal
@view
def _require_superseded(record: CertificateIssue, issuer: bytes32):
    """
    @notice Refuse a replacement that the replaced certificate does not name.
    @param record The record that issues it.
    @param issuer The issuing organisation.
    """
    replaced: certificates.Certificate = certificates.known(record.supersedes)
    refusal.demand(replaced.issuer == issuer, "origin: not the issuer")
    successor: bytes32 = certificates.link_of(record.supersedes).successor
    refusal.demand(successor == record.object, "origin: successor")


@internal
@view
def _require_speaker(
    signer: bytes32, certificate: certificates.Certificate, kind: uint8
) -> bytes32:
    """
    @notice Refuse a signer who may not say this; return its organisation.
    @param signer Key id.
    @param certificate The certificate.
    @param kind What is said.
    """
    if kind == TRANSMIT:
        return certificates.require_exporting(
            signer,
            certificate.state,
            members.CUSTOMS | members.ISSUING_AUTHORITY,
        )
    if kind == COPY or kind == ERASE:
        certificates.require_issuer(signer, certificate)
        return certificate.issuer
    return certificates.require_importing(signer, certificate.state, members.CUSTOMS)


@internal
@view
def _require_withdrawable(state: uint256):
    """
    @notice Refuse to withdraw a certificate that is drawn, without consent.
    @param state Its packed state.
    """
    unused: bool = state >> 184 & certificates.MASK_32 == 0
    refusal.demand(
        unused or state & certificates.CONSENT_BIT != 0,
        "origin: claims are accepted",
    )


@internal
@pure
def _is_letter(code: uint256) -> bool:
    """
    @notice Say whether a byte is an upper-case letter in ASCII.
    @param code The byte.
    """
    return code >= 65 and code <= 90


# ----------------------------------------------------------- internal effects


@internal
def _await_child(record: CertificateDraw):
    """
    @notice Expect the issue of the child that a draw is made for.
    @param record The draw.
    """
    refusal.demand(record.child != empty(bytes32), "origin: child")
    if self.open_child == empty(bytes32):
        self.open_child = record.child
        self.open_parent = record.object
        self.open_items = 0
    refusal.demand(
        self.open_child == record.child,
        "origin: draws for one child at a time",
    )
    refusal.demand(self.open_parent == record.object, "origin: draws on one parent")
    # At most 128 draws stand together.
    refusal.demand(
        record.childItem == self.open_items + 1,
        "origin: draw the items in their order",
    )
    self.open_items = record.childItem


@internal
def _descend(record: CertificateIssue):
    """
    @notice Make a certificate the child of the one that was just drawn for it.
    @param record The record that issues it.
    """
    refusal.demand(
        self.open_child == record.object and self.open_parent == record.parent,
        "origin: nothing drawn on the parent",
    )
    refusal.demand(self.open_items == record.items, "origin: draws and items")
    self.open_child = empty(bytes32)
    parent: certificates.Certificate = certificates.in_force(record.parent)
    country: uint256 = convert(convert(record.issuingCountry, uint16), uint256)
    # The draws' signers are of the parent's importing country.
    refusal.demand(
        country == parent.state >> 24 & 65535,
        "origin: not the parent's importing country",
    )
    latest: uint256 = parent.state >> 120 & MASK_64
    refusal.demand(
        convert(record.expiresAt, uint256) <= latest,
        "origin: outlives its parent",
    )
    certificates.links[record.object] = certificates.Link(
        parent=record.parent, successor=empty(bytes32)
    )
    certificates.require_lineage(record.object)


@internal
@view
def _told(state: uint256, record: CertificateMessage) -> uint256:
    """
    @notice Return the packed state of a certificate after a message.
    @param state Its packed state.
    @param record The message.
    """
    exchange: uint256 = state >> 216 & MASK_8
    sent: bool = exchange == certificates.SENT or exchange == certificates.ACKNOWLEDGED
    after: uint256 = exchange
    if record.kind == TRANSMIT:
        waiting: bool = exchange == certificates.NOT_SENT or exchange == certificates.FAILED
        refusal.demand(waiting, "origin: already sent")
        after = certificates.SENT
    elif record.kind == ACKNOWLEDGE:
        refusal.demand(exchange == certificates.SENT, "origin: not sent")
        after = certificates.ACKNOWLEDGED
    elif record.kind == REFUSE:
        refusal.demand(sent, "origin: not sent")
        after = certificates.FAILED
    elif record.kind == RECEIVE:
        refusal.demand(sent, "origin: not sent")
        after = certificates.RECEIVED
    elif record.kind == PAPER:
        refusal.demand(exchange != certificates.RECEIVED, "origin: already received")
        return self._exchanged(state, certificates.RECEIVED) | certificates.PAPER_BIT
    elif record.kind == COPY:
        refusal.demand(record.document != empty(bytes32), "origin: document")
        issued: uint256 = state >> 56 & MASK_64
        limit: uint256 = issued + convert(VALIDITY_LIMIT, uint256)
        refusal.demand(block.timestamp <= limit, "origin: too late for a copy")
    elif record.kind == CONSENT:
        return state | certificates.CONSENT_BIT
    elif record.kind == ERASE:
        refusal.demand(record.document != empty(bytes32), "origin: document")
    else:
        raise "origin: message kind"
    return self._exchanged(state, after)


@internal
@pure
def _exchanged(state: uint256, exchange: uint256) -> uint256:
    """
    @notice Return a packed state with another state of exchange.
    @param state The certificate's packed state.
    @param exchange The state of exchange.
    """
    return (state & ~(MASK_8 << 216)) | exchange << 216


@internal
@pure
def _packed(record: CertificateIssue) -> uint256:
    """
    @notice Return the packed state of a certificate in force.
    @param record The record that issues it, sound.
    """
    return (
        certificates.ISSUED
        | (convert(convert(record.issuingCountry, uint16), uint256) << 8)
        | (convert(convert(record.importingCountry, uint16), uint256) << 24)
        | (convert(record.items, uint256) << 40)
        | (convert(record.issuedAt, uint256) << 56)
        | (convert(record.expiresAt, uint256) << 120)
    )
