# pragma version 0.4.3
# pragma evm-version prague
"""
@title Export lines
@custom:contract-name lines
@notice Certifies the lines of export declarations once: exporting customs countersigns
        which part of a line makes an item of a certificate, never beyond the line's
        whole, and gives it back when the certificate falls. The object of a record is
        the line, so that its history tells everything that was certified of it.
@dev Lines and certificates begin with their country: its customs alone certifies.
"""

from contracts.commitments import bn254
from contracts.commitments import drawdown
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal
from contracts.records import registry

uses: members
uses: record_book


# ---------------------------------------------------------------- interfaces


interface Origin:
    def certificateWords(certificate: bytes32) -> (bytes32, uint256): view
    def itemState(certificate: bytes32, number: uint16) -> (uint16, uint256, uint256): view


interface Predecessor:
    def lineWords(line: bytes32) -> (uint256, uint256, uint256): view
    def partWords(certificate: bytes32, item: uint16, line: bytes32) -> (uint256, uint256): view
    def coveredItems(certificate: bytes32) -> uint256: view
    def partCount(certificate: bytes32, item: uint16) -> uint256: view


# -------------------------------------------------------------------- events


event LineCertified:
    line: indexed(bytes32)
    certificate: indexed(bytes32)
    customs: indexed(bytes32)
    item: uint16
    share: uint16
    commitmentX: uint256
    commitmentY: uint256
    quantityX: uint256
    quantityY: uint256
    certifiedAt: uint64


event LineReleased:
    line: indexed(bytes32)
    certificate: indexed(bytes32)
    customs: indexed(bytes32)
    item: uint16
    share: uint16
    commitmentX: uint256
    commitmentY: uint256
    releasedAt: uint64


# ------------------------------------------------------------------- structs


struct LineCertify:
    object: bytes32
    certificate: bytes32
    item: uint16
    shareBefore: uint16
    shareAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    quantityX: uint256
    quantityY: uint256
    certifiedAt: uint64
    expires: uint64


struct LineRelease:
    object: bytes32
    certificate: bytes32
    item: uint16
    shareBefore: uint16
    shareAfter: uint16
    commitmentX: uint256
    commitmentY: uint256
    releasedAt: uint64
    expires: uint64


# ----------------------------------------------------------------- constants


LINE_CERTIFY: constant(bytes32) = keccak256(
    "LineCertify(bytes32 object,bytes32 certificate,uint16 item,uint16 shareBefore,uint16 shareAfter,uint256 commitmentX,uint256 commitmentY,uint256 quantityX,uint256 quantityY,uint64 certifiedAt,uint64 expires)"
)
LINE_RELEASE: constant(bytes32) = keccak256(
    "LineRelease(bytes32 object,bytes32 certificate,uint16 item,uint16 shareBefore,uint16 shareAfter,uint256 commitmentX,uint256 commitmentY,uint64 releasedAt,uint64 expires)"
)
ORIGIN: constant(bytes32) = 0x6f726967696e0000000000000000000000000000000000000000000000000000
# Status of a certificate in force, as the contract of origin has it.
ISSUED: constant(uint256) = 1
ITEMS_LIMIT: constant(uint16) = 999
SIGNATURE_SIZE: constant(uint256) = 65
# Marks a word that this contract has written, so that zero stays "ask the predecessor".
WRITTEN: constant(uint256) = 1 << 255
# No point of the curve: a part that was given back here.
GIVEN_BACK: constant(bn254.Point) = bn254.Point(x=0, y=1)


# ------------------------------------------------------------------- storage


# line → share and commitment
lines: HashMap[bytes32, drawdown.Balance]
# certificate → item → line → commitment to the part
parts: HashMap[bytes32, HashMap[uint16, HashMap[bytes32, bn254.Point]]]
# certificate → number of items with a part
covered: HashMap[bytes32, uint256]
# certificate → item → number of parts
item_parts: HashMap[bytes32, HashMap[uint16, uint256]]


# -------------------------------------------------------- external functions


@external
def certifyLine(record: LineCertify, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Certify part of an export line for an item of a certificate to be issued.
    @param record The signed record, with the line's share before and its new state.
    @param signature By customs of the exporting country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(LINE_CERTIFY, record)), record.expires, signature
    )
    customs: members.Member = members.require_role(signer, members.CUSTOMS)
    members.require_past(record.certifiedAt)
    refusal.demand(
        self._status_of(record.certificate) == 0,
        "issuance: certificate exists",
    )
    refusal.demand(
        members.country_of(record.certificate) == customs.country,
        "issuance: certificate of another country",
    )
    self._require_own(record.object, customs)
    refusal.demand(
        record.item != 0 and record.item <= ITEMS_LIMIT,
        "issuance: no such item",
    )
    part: bn254.Point = bn254.Point(x=record.quantityX, y=record.quantityY)
    refusal.demand(bn254.is_hiding(part), "issuance: commitment")
    before: bn254.Point = self._part(record.certificate, record.item, record.object)
    refusal.demand(not bn254.is_hiding(before), "issuance: line certified")

    self._cover(record.certificate, record.item)
    self.parts[record.certificate][record.item][record.object] = part
    self.lines[record.object] = drawdown.drawn(
        self._line(record.object),
        part,
        drawdown.Posting(
            shareBefore=record.shareBefore,
            shareAfter=record.shareAfter,
            x=record.commitmentX,
            y=record.commitmentY,
        ),
    )
    record_book.append(record.object, digest, signer)
    log LineCertified(
        line=record.object,
        certificate=record.certificate,
        customs=customs.organisation,
        item=record.item,
        share=record.shareAfter,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        quantityX=record.quantityX,
        quantityY=record.quantityY,
        certifiedAt=record.certifiedAt,
    )


@external
def releaseLine(record: LineRelease, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Give an item's part of a line back: the certificate was never issued, or is
            out of force with nothing of the item drawn.
    @param record The signed record, with the line's share before and its new state.
    @param signature By customs of the exporting country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(LINE_RELEASE, record)), record.expires, signature
    )
    customs: members.Member = members.require_role(signer, members.CUSTOMS)
    members.require_past(record.releasedAt)
    self._require_own(record.object, customs)
    refusal.demand(
        self._status_of(record.certificate) != ISSUED,
        "issuance: certificate in force",
    )
    part: bn254.Point = self._part(record.certificate, record.item, record.object)
    refusal.demand(bn254.is_hiding(part), "issuance: line not certified")
    refusal.demand(
        self._share_of(record.certificate, record.item) == 0,
        "issuance: item is drawn",
    )

    self._uncover(record.certificate, record.item)
    self.parts[record.certificate][record.item][record.object] = GIVEN_BACK
    self.lines[record.object] = drawdown.restored(
        self._line(record.object),
        part,
        drawdown.Posting(
            shareBefore=record.shareBefore,
            shareAfter=record.shareAfter,
            x=record.commitmentX,
            y=record.commitmentY,
        ),
    )
    record_book.append(record.object, digest, signer)
    log LineReleased(
        line=record.object,
        certificate=record.certificate,
        customs=customs.organisation,
        item=record.item,
        share=record.shareAfter,
        commitmentX=record.commitmentX,
        commitmentY=record.commitmentY,
        releasedAt=record.releasedAt,
    )


# --------------------------------------------------------------------- views


@external
@view
def lineWords(line: bytes32) -> (uint256, uint256, uint256):
    """
    @notice Return an export line's packed state and commitment, zeros for an unknown one.
    @param line Keyed hash of the export declaration and its line.
    """
    found: drawdown.Balance = self._line(line)
    return found.state, found.commitment.x, found.commitment.y


@external
@view
def partWords(certificate: bytes32, item: uint16, line: bytes32) -> (uint256, uint256):
    """
    @notice Return the commitment to an item's part of a line; (0, 0) for none, (0, 1)
            for one given back.
    @param certificate The certificate's identifier.
    @param item The item's number.
    @param line The line.
    """
    found: bn254.Point = self._part(certificate, item, line)
    return found.x, found.y


@external
@view
def coveredItems(certificate: bytes32) -> uint256:
    """
    @notice Return how many items of a certificate have an export line.
    @param certificate Its identifier.
    """
    return self._covered_of(certificate)


@external
@view
def partCount(certificate: bytes32, item: uint16) -> uint256:
    """
    @notice Return the number of an item's parts.
    @param certificate The certificate's identifier.
    @param item The item's number.
    """
    return self._parts_of(certificate, item)


# -------------------------------------------------------- internal functions


@internal
@pure
def _require_own(line: bytes32, customs: members.Member):
    """
    @notice Refuse customs of another country than the line's.
    @param line Keyed hash of the export declaration and its line.
    @param customs Who signs.
    """
    refusal.demand(
        members.country_of(line) == customs.country,
        "issuance: line of another country",
    )


@internal
@view
def _status_of(certificate: bytes32) -> uint256:
    """
    @notice Return how a certificate stands by the contract of origin, zero for unknown.
    @param certificate Its identifier.
    """
    issuer: bytes32 = empty(bytes32)
    state: uint256 = 0
    origin: address = registry.speaker(members.MEMBERSHIP, ORIGIN)
    issuer, state = staticcall Origin(origin).certificateWords(certificate)
    return state & 255


@internal
@view
def _share_of(certificate: bytes32, item: uint16) -> uint16:
    """
    @notice Return how much of an item is drawn by the contract of origin.
    @param certificate The certificate's identifier.
    @param item The item's number.
    """
    share: uint16 = 0
    x: uint256 = 0
    y: uint256 = 0
    origin: address = registry.speaker(members.MEMBERSHIP, ORIGIN)
    share, x, y = staticcall Origin(origin).itemState(certificate, item)
    return share


@internal
def _cover(certificate: bytes32, item: uint16):
    """
    @notice Count a part of an item. Items are covered in their order, so that as many as
            are covered are the first ones.
    @param certificate The certificate's identifier.
    @param item The item's number.
    """
    items: uint256 = self._covered_of(certificate)
    parts: uint256 = self._parts_of(certificate, item)
    if parts == 0:
        items += 1
        refusal.demand(
            convert(item, uint256) == items,
            "issuance: certify the items in their order",
        )
    self.covered[certificate] = WRITTEN | items
    self.item_parts[certificate][item] = WRITTEN | (parts + 1)


@internal
def _uncover(certificate: bytes32, item: uint16):
    """
    @notice Take a part of an item away again, the last items first.
    @param certificate The certificate's identifier.
    @param item The item's number.
    """
    items: uint256 = self._covered_of(certificate)
    parts: uint256 = self._parts_of(certificate, item)
    if parts == 1:
        # The part exists, so that at least one item is covered.
        refusal.demand(
            items == convert(item, uint256),
            "issuance: release the last items first",
        )
        self.covered[certificate] = WRITTEN | (items - 1)
    self.item_parts[certificate][item] = WRITTEN | (parts - 1)


@internal
@view
def _line(line: bytes32) -> drawdown.Balance:
    """
    @notice Return a line's balance, the predecessor's while untouched here.
    @param line Keyed hash of the export declaration and its line.
    """
    own: drawdown.Balance = self.lines[line]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: drawdown.Balance = empty(drawdown.Balance)
    before.state, before.commitment.x, before.commitment.y = staticcall Predecessor(
        record_book.PREDECESSOR
    ).lineWords(line)
    return before


@internal
@view
def _part(certificate: bytes32, item: uint16, line: bytes32) -> bn254.Point:
    """
    @notice Return the commitment to a part, the predecessor's while untouched here.
    @param certificate The certificate's identifier.
    @param item The item's number.
    @param line The line.
    """
    own: bn254.Point = self.parts[certificate][item][line]
    if own.y != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: bn254.Point = empty(bn254.Point)
    before.x, before.y = staticcall Predecessor(record_book.PREDECESSOR).partWords(
        certificate, item, line
    )
    return before


@internal
@view
def _covered_of(certificate: bytes32) -> uint256:
    """
    @notice Return how many items are covered, the predecessor's while untouched here.
    @param certificate Its identifier.
    """
    own: uint256 = self.covered[certificate]
    if own == 0 and record_book.PREDECESSOR != empty(address):
        own = staticcall Predecessor(record_book.PREDECESSOR).coveredItems(certificate)
    return own & ~WRITTEN


@internal
@view
def _parts_of(certificate: bytes32, item: uint16) -> uint256:
    """
    @notice Return the number of an item's parts, the predecessor's while untouched here.
    @param certificate The certificate's identifier.
    @param item The item's number.
    """
    own: uint256 = self.item_parts[certificate][item]
    if own == 0 and record_book.PREDECESSOR != empty(address):
        own = staticcall Predecessor(record_book.PREDECESSOR).partCount(certificate, item)
    return own & ~WRITTEN
