# pragma version 0.4.3
# pragma evm-version prague
"""
@title Record book
@custom:contract-name record_book
@notice Accepts each signed record once and chains it to the history of its object.
        Every domain contract begins its storage with this module, so that one proof
        of `objects` or `records` reads alike in all of them:
        slot 0 holds `objects`, slot 1 holds `records`.
@dev A record is EIP-712 typed data. Its signer authorises it; `msg.sender` authorises
     nothing, so that any member may carry any record.
     head_0 = keccak256(domain ‖ chain id ‖ object), head_n = keccak256(head_{n-1} ‖ digest).
     After an upgrade an object's count and head are imported from the predecessor
     when the object is first touched; the chain refuses calls to the predecessor then.
"""


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def headOf(object: bytes32) -> ObjectHead: view


# -------------------------------------------------------------------- events


event Recorded:
    object: indexed(bytes32)
    digest: indexed(bytes32)
    signer: indexed(bytes32)
    count: uint256
    head: bytes32


event Refused:
    index: uint256
    reason: bytes32


# ------------------------------------------------------------------- structs


struct ObjectHead:
    count: uint256
    head: bytes32


# ----------------------------------------------------------------- constants


DOMAIN_TYPE_HASH: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
NAME_HASH: constant(bytes32) = keccak256("Tradeseal")
VERSION_HASH: constant(bytes32) = keccak256("1")
# What one call copies to memory, and pays for, is the product of both limits.
SUBMIT_LIMIT: constant(uint256) = 128
SUBMIT_CALL_LIMIT: constant(uint256) = 768
REASON_LIMIT: constant(uint256) = 256
SIGNATURE_SIZE: constant(uint256) = 65
# Order of secp256k1: r lies below it, and a low s at or below its half (EIP-2).
ORDER: constant(uint256) = 115792089237316195423570985008687907852837564279074904382605163141518161494337
HALF_ORDER: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168


# ---------------------------------------------------------------- immutables


DOMAIN: immutable(bytes32)
PREDECESSOR: immutable(address)


# ------------------------------------------------------------------- storage


# object id → number of records and last link of the chain over their digests
objects: public(HashMap[bytes32, ObjectHead])
# digest → (block number << 64) | block timestamp; non-zero means used
records: public(HashMap[bytes32, uint256])


# --------------------------------------------------------------- constructor


@deploy
def __init__(domain: bytes32, predecessor: address):
    """
    @param domain ASCII name of the domain, padded on the right.
    @param predecessor The contract that this one replaces, or zero.
    """
    DOMAIN = domain
    PREDECESSOR = predecessor


# -------------------------------------------------------- external functions


@external
def submit(calls: DynArray[Bytes[SUBMIT_CALL_LIMIT], SUBMIT_LIMIT]):
    """
    @notice Carry many records in one transaction. A refused one does not undo the
            others; it is reported by `Refused` with the hash of its revert data.
    @dev Each call runs on this contract by delegatecall, so that `msg.sender` stays
         the carrier: a batch can never pass for a call of the contract on itself.
    @param calls Calldata of this contract's own functions.
    """
    index: uint256 = 0
    for call: Bytes[SUBMIT_CALL_LIMIT] in calls:
        accepted: bool = False
        response: Bytes[REASON_LIMIT] = b""
        accepted, response = raw_call(
            self,
            call,
            max_outsize=REASON_LIMIT,
            is_delegate_call=True,
            revert_on_failure=False,
        )
        if not accepted:
            log Refused(index=index, reason=keccak256(response))
        index += 1


@external
@view
def headOf(object: bytes32) -> ObjectHead:
    """
    @notice Return an object's history, the predecessor's while it is untouched here.
    @param object The object's identifier.
    """
    return self._head_of(object)


@external
@view
def predecessor() -> address:
    """
    @notice Return the contract that this one replaced, or zero.
    """
    return PREDECESSOR


# -------------------------------------------------------- internal functions


@internal
@view
def verify(struct_hash: bytes32, expires: uint64, signature: Bytes[SIGNATURE_SIZE]) -> (
    bytes32, bytes32
):
    """
    @notice Return digest and signer of a record that may still be accepted.
    @param struct_hash EIP-712 struct hash of the record.
    @param expires Last block time at which it is accepted.
    @param signature r ‖ s ‖ v, v 27 or 28, low s.
    """
    digest: bytes32 = self.fresh_digest(struct_hash, expires)
    return digest, self.signer_of(digest, signature)


@internal
@view
def fresh_digest(struct_hash: bytes32, expires: uint64) -> bytes32:
    """
    @notice Return the digest of a record that is neither expired nor used.
    @param struct_hash EIP-712 struct hash of the record.
    @param expires Last block time at which it is accepted.
    """
    assert block.timestamp <= convert(expires, uint256), "records: expired"
    digest: bytes32 = self.digest_of(struct_hash)
    assert self.records[digest] == 0, "records: used"
    return digest


@internal
@view
def digest_of(struct_hash: bytes32) -> bytes32:
    """
    @notice Return the EIP-712 digest for this contract on this chain.
    @param struct_hash EIP-712 struct hash of the record.
    """
    separator: bytes32 = keccak256(
        abi_encode(DOMAIN_TYPE_HASH, NAME_HASH, VERSION_HASH, chain.id, self)
    )
    return keccak256(concat(x"1901", separator, struct_hash))


@internal
@pure
def signer_of(digest: bytes32, signature: Bytes[SIGNATURE_SIZE]) -> bytes32:
    """
    @notice Return the key id (address padded on the left) that made a signature.
    @param digest What was signed.
    @param signature r ‖ s ‖ v.
    """
    assert len(signature) == SIGNATURE_SIZE, "records: signature size"
    r: uint256 = convert(slice(signature, 0, 32), uint256)
    s: uint256 = convert(slice(signature, 32, 32), uint256)
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    assert v == 27 or v == 28, "records: signature v"
    assert r != 0 and r < ORDER, "records: signature r"
    assert s != 0 and s <= HALF_ORDER, "records: signature s"
    signer: address = ecrecover(digest, v, r, s)
    assert signer != empty(address), "records: signature"
    return convert(convert(signer, uint256), bytes32)


@internal
def append(object: bytes32, digest: bytes32, signer: bytes32):
    """
    @notice Mark a record as used and chain it to its object's history.
    @param object The object's identifier.
    @param digest The record's digest, fresh.
    @param signer Key id of its signer.
    """
    before: ObjectHead = self._head_of(object)
    if before.count == 0:
        before.head = keccak256(concat(DOMAIN, convert(chain.id, bytes32), object))
    count: uint256 = before.count + 1
    head: bytes32 = keccak256(concat(before.head, digest))
    self.objects[object] = ObjectHead(count=count, head=head)
    # A block number and a time in seconds each fit in 64 bits for longer than the Earth lasts.
    self.records[digest] = (block.number << 64) | block.timestamp
    log Recorded(object=object, digest=digest, signer=signer, count=count, head=head)


@internal
@view
def _head_of(object: bytes32) -> ObjectHead:
    """
    @notice Return an object's history, asking the predecessor while it is untouched here.
    @param object The object's identifier.
    """
    own: ObjectHead = self.objects[object]
    if own.count != 0 or PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(PREDECESSOR).headOf(object)
