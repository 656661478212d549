# pragma version 0.4.3
# pragma evm-version prague
"""
@title Random beacon
@custom:contract-name beacon
@notice For each round, which is the number of a block, and each country, a random seed that
        nobody can steer: every organisation of the country's panel owes one output of its
        verifiable random function, of which there is but one. Other contracts ask `seedOf`.
@dev The parts: `rsa` checks keys and outputs, `panels` keeps keys and panels.
     An output's input names the block's hash, so that nobody knows it before the block is
     there. Rounds.state: time of the last output 0..63, number of outputs 64..71. After an
     upgrade, what this contract has not touched yet is read from the predecessor.
"""

from contracts.beacon import panels
from contracts.beacon import rsa
from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

# First, so that `objects` and `records` take slots 0 and 1.
initializes: record_book
initializes: members
initializes: panels[record_book := record_book]

exports: (
    record_book.submit,
    record_book.headOf,
    record_book.objects,
    record_book.records,
    record_book.predecessor,
    panels.keyWords,
    panels.modulusOf,
    panels.panelWords,
)


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def roundWord(roundId: bytes32) -> uint256: view
    def outputOf(roundId: bytes32, key: bytes32) -> bytes32: view


# -------------------------------------------------------------------- events


event BeaconKeyRegistered:
    key: indexed(bytes32)
    organisation: indexed(bytes32)
    byCustoms: bool
    modulus: Bytes[256]
    registeredAt: uint64


event BeaconKeyAdmitted:
    key: indexed(bytes32)
    customs: indexed(bytes32)
    former: bytes32
    fromRound: uint256
    admittedAt: uint64


event BeaconKeyEnded:
    key: indexed(bytes32)
    organisation: indexed(bytes32)
    fromRound: uint256
    endedAt: uint64


event BeaconPublished:
    roundId: indexed(bytes32)
    key: indexed(bytes32)
    organisation: indexed(bytes32)
    round: uint64
    blockHash: bytes32
    output: bytes32
    proof: Bytes[256]


# ------------------------------------------------------------------- structs


struct BeaconKeyRegister:
    object: bytes32
    modulus: Bytes[256]
    roots: Bytes[3328]
    registeredAt: uint64
    expires: uint64


struct BeaconKeyAdmit:
    object: bytes32
    admittedAt: uint64
    expires: uint64


struct BeaconKeyEnd:
    object: bytes32
    endedAt: uint64
    expires: uint64


struct BeaconPublish:
    object: bytes32
    key: bytes32
    round: uint64
    proof: Bytes[256]
    expires: uint64


# ----------------------------------------------------------------- constants


DOMAIN: constant(bytes32) = 0x626561636f6e0000000000000000000000000000000000000000000000000000

BEACON_KEY_REGISTER: constant(bytes32) = keccak256(
    "BeaconKeyRegister(bytes32 object,bytes modulus,bytes roots,uint64 registeredAt,uint64 expires)"
)
BEACON_KEY_ADMIT: constant(bytes32) = keccak256(
    "BeaconKeyAdmit(bytes32 object,uint64 admittedAt,uint64 expires)"
)
BEACON_KEY_END: constant(bytes32) = keccak256(
    "BeaconKeyEnd(bytes32 object,uint64 endedAt,uint64 expires)"
)
BEACON_PUBLISH: constant(bytes32) = keccak256(
    "BeaconPublish(bytes32 object,bytes32 key,uint64 round,bytes proof,uint64 expires)"
)

WAITING: constant(uint256) = 0
COMPLETE: constant(uint256) = 1
WITHHELD: constant(uint256) = 2

# How long the panel has for its outputs, seconds of block time.
WINDOW: constant(uint256) = 30
# The ledger knows the hashes of so many blocks (EIP-210, BLOCKHASH).
HASHES_KEPT: constant(uint256) = 256

MASK_64: constant(uint256) = 2**64 - 1
# What of a hash stands behind the two letters of a country.
BEHIND_COUNTRY: constant(uint256) = 2**240 - 1
SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# round of a country → time of the last output and their number
rounds: HashMap[bytes32, uint256]
# round of a country → key → output
outputs: HashMap[bytes32, HashMap[bytes32, bytes32]]


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
def registerKey(record: BeaconKeyRegister, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Register a key, whose modulus is shown to permit one output for each input. It
            has no seat until customs of its country admits it.
    @param record The signed record.
    @param signature By the organisation that holds the key.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(
            abi_encode(
                BEACON_KEY_REGISTER,
                record.object,
                keccak256(record.modulus),
                keccak256(record.roots),
                record.registeredAt,
                record.expires,
            )
        ),
        record.expires,
        signature,
    )
    holder: members.Member = members.member_of(signer, members.SIGN)
    members.require_past(record.registeredAt)
    refusal.demand(
        record.object
        == self._of_country(members.country_of(record.object), keccak256(record.modulus)),
        "beacon: key id",
    )
    refusal.demand(panels.key_of(record.object).state == 0, "beacon: key exists")
    rsa.require_permutation(holder.organisation, record.modulus, record.roots)
    panels.register(record.object, holder, record.modulus)

    record_book.append(record.object, digest, signer)
    log BeaconKeyRegistered(
        key=record.object,
        organisation=holder.organisation,
        byCustoms=panels.is_by_customs(record.object),
        modulus=record.modulus,
        registeredAt=record.registeredAt,
    )


@external
def admitKey(record: BeaconKeyAdmit, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Give a registered key a seat in the panel from the next round on; a former key of
            its organisation ends.
    @param record The signed record.
    @param signature By customs of the key's country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(BEACON_KEY_ADMIT, record)), record.expires, signature
    )
    customs: members.Member = members.require_role(signer, members.CUSTOMS)
    members.require_past(record.admittedAt)
    refusal.demand(
        members.country_of(record.object) == customs.country,
        "beacon: key of another country",
    )
    former: bytes32 = panels.seat(record.object)

    record_book.append(record.object, digest, signer)
    log BeaconKeyAdmitted(
        key=record.object,
        customs=customs.organisation,
        former=former,
        fromRound=block.number + 1,
        admittedAt=record.admittedAt,
    )


@external
def endKey(record: BeaconKeyEnd, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice End a key: from the next round on it has no seat. For earlier rounds it still
            owes its outputs.
    @param record The signed record.
    @param signature By the organisation that holds it, or by customs of its country.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(BEACON_KEY_END, record)), record.expires, signature
    )
    member: members.Member = members.member_of(signer, members.SIGN)
    members.require_past(record.endedAt)
    found: panels.Key = panels.key_of(record.object)
    if member.organisation != found.organisation:
        refusal.demand(member.roles & members.CUSTOMS != 0, "beacon: not the holder")
        refusal.demand(
            members.country_of(record.object) == member.country,
            "beacon: key of another country",
        )
    panels.end(record.object, found)

    record_book.append(record.object, digest, signer)
    log BeaconKeyEnded(
        key=record.object,
        organisation=member.organisation,
        fromRound=block.number + 1,
        endedAt=record.endedAt,
    )


@external
def publish(record: BeaconPublish, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Publish the output of a key for a round in which it had a seat.
    @param record The signed record.
    @param signature By the organisation that holds the key.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(
            abi_encode(
                BEACON_PUBLISH,
                record.object,
                record.key,
                record.round,
                keccak256(record.proof),
                record.expires,
            )
        ),
        record.expires,
        signature,
    )
    member: members.Member = members.member_of(signer, members.SIGN)
    key: panels.Key = panels.key_of(record.key)
    refusal.demand(key.organisation == member.organisation, "beacon: not the holder")
    country: uint256 = members.country_of(record.key)
    round: uint256 = convert(record.round, uint256)
    refusal.demand(record.object == self._round_id(country, round), "beacon: round id")
    refusal.demand(round < block.number, "beacon: round is not over")
    refusal.demand(round + HASHES_KEPT >= block.number, "beacon: round is too long ago")
    panel: panels.Panel = panels.panel_of(country, round)
    refusal.demand(
        panels.place_of(panel, record.key) != panels.seats_of(panel),
        "beacon: key has no seat",
    )
    refusal.demand(
        self._output_of(record.object, record.key) == empty(bytes32),
        "beacon: output exists",
    )
    block_hash: bytes32 = blockhash(round)
    output: bytes32 = rsa.output_of(
        panels.modulus_of(record.key),
        abi_encode(DOMAIN, chain.id, country, round, block_hash),
        record.proof,
    )
    self.outputs[record.object][record.key] = output
    known: uint256 = self._round_word(record.object) >> 64
    self.rounds[record.object] = (known + 1) << 64 | block.timestamp

    record_book.append(record.object, digest, signer)
    log BeaconPublished(
        roundId=record.object,
        key=record.key,
        organisation=member.organisation,
        round=record.round,
        blockHash=block_hash,
        output=output,
        proof=record.proof,
    )


# --------------------------------------------------------------------- views


@external
@view
def seedOf(country: uint256, round: uint256, since: uint256) -> (uint256, bytes32):
    """
    @notice Return how a round stands, and its seed once that is complete. What is complete
            or withheld stays so.
    @param country Two letters as a number.
    @param round Number of a block.
    @param since When the panel's time began, seconds.
    """
    if round >= block.number:
        return WAITING, empty(bytes32)
    panel: panels.Panel = panels.panel_of(country, round)
    if not panels.is_valid(panel):
        return WITHHELD, empty(bytes32)
    round_id: bytes32 = self._round_id(country, round)
    state: uint256 = self._round_word(round_id)
    size: uint256 = panels.seats_of(panel)
    if state >> 64 == size and state & MASK_64 <= since + WINDOW:
        found: bytes32[panels.SEATS] = empty(bytes32[panels.SEATS])
        for place: uint256 in range(size, bound=panels.SEATS):
            found[place] = self._output_of(round_id, panel.keys[place])
        return COMPLETE, keccak256(abi_encode(country, round, size, found))
    if block.timestamp <= since + WINDOW:
        return WAITING, empty(bytes32)
    return WITHHELD, empty(bytes32)


@external
@view
def outputOf(roundId: bytes32, key: bytes32) -> bytes32:
    """
    @notice Return a key's output for a round, zero for none.
    @param roundId The round of a country.
    @param key The key's identifier.
    """
    return self._output_of(roundId, key)


@external
@view
def roundWord(roundId: bytes32) -> uint256:
    """
    @notice Return how many outputs a round has and when the last one came, packed.
    @param roundId The round of a country.
    """
    return self._round_word(roundId)


# -------------------------------------------------------- internal functions


@internal
@view
def _round_word(round_id: bytes32) -> uint256:
    """
    @notice Return a round's packed state, the predecessor's while untouched here.
    @param round_id The round of a country.
    """
    own: uint256 = self.rounds[round_id]
    if own != 0 or record_book.PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(record_book.PREDECESSOR).roundWord(round_id)


@internal
@view
def _output_of(round_id: bytes32, key: bytes32) -> bytes32:
    """
    @notice Return a key's output for a round, the predecessor's where there is none here.
    @param round_id The round of a country.
    @param key The key's identifier.
    """
    own: bytes32 = self.outputs[round_id][key]
    if own != empty(bytes32) or record_book.PREDECESSOR == empty(address):
        return own
    return staticcall Predecessor(record_book.PREDECESSOR).outputOf(round_id, key)


@internal
@pure
def _round_id(country: uint256, round: uint256) -> bytes32:
    """
    @notice Return the object whose history a round's outputs are.
    @param country Two letters as a number.
    @param round Number of a block.
    """
    return self._of_country(country, keccak256(abi_encode(DOMAIN, country, round)))


@internal
@pure
def _of_country(country: uint256, hashed: bytes32) -> bytes32:
    """
    @notice Return a hash with the letters of a country in the place of its first two bytes.
    @param country Two letters as a number, or less than 2^16.
    @param hashed The hash.
    """
    return convert(country << 240 | convert(hashed, uint256) & BEHIND_COUNTRY, bytes32)
