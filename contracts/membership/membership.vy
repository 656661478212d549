# pragma version 0.4.3
# pragma evm-version prague
"""
@title Membership
@custom:contract-name membership
@notice Who belongs to the network and with which keys, who validates, and which
        contract speaks for which domain. It is never replaced: its address, code and
        layout stand in every trust file.
@dev Governing organisations decide by votes of more than two thirds, each vote the
     signature of an admin key over the same proposal, whose sequence is the number of
     proposals decided before it. An organisation's admin key adds, rotates and revokes
     its own keys at once. Founders are entered at block 0. Each change emits an event
     of this contract, on which the chain drops what it remembers of the answers of
     `maySend`, `mayCall` and `validators`.

     Validators change one at a time, at most once per block, so that the sets that
     follow one another differ by one decision. A validator key belongs to the
     organisation that runs it, for ever, as every other key does: what it signs twice
     is that organisation's doing. No power is refused for being a third or more of the
     total: in a small network that is unavoidable, and voters see it.

     What no vote may do, because nobody could undo it: leave no validator, or one whose
     key anybody can sign for; leave nobody who governs, or so few organisations with an
     admin key that nothing could be decided any more. Admin keys never lapse and may
     send, so that a decision can always be carried.

     Words are packed so that few storage proofs show a signer:
     organisation: roles 0..31, country 32..47, governing 48, active 49, known 50,
                   admin keys 64..79
     key state:    purposes 0..31, valid from 32..87, valid until 88..143,
                   revoked at 144..199, compromised since 200..255; seconds
     version:      address 0..159, first block 160..255
     window:       first block 0..63, first block after 64..127 (0: open), known 128
"""

from contracts.records import record_book

# First, so that `objects` and `records` take slots 0 and 1.
initializes: record_book

exports: (
    record_book.submit,
    record_book.headOf,
    record_book.objects,
    record_book.records,
    record_book.predecessor,
)


# -------------------------------------------------------------------- events


event OrganisationSet:
    organisation: indexed(bytes32)
    roles: uint32
    country: bytes2
    governing: bool
    active: bool


event KeySet:
    key: indexed(bytes32)
    organisation: indexed(bytes32)
    purposes: uint32
    validFrom: uint64
    validUntil: uint64
    material: Bytes[MATERIAL_LIMIT]


event KeyRevoked:
    key: indexed(bytes32)
    organisation: indexed(bytes32)
    revokedAt: uint64
    compromisedSince: uint64


event ValidatorSet:
    publicKey: indexed(bytes32)
    organisation: indexed(bytes32)
    power: uint64


event MisbehaviourReported:
    object: indexed(bytes32)
    organisation: indexed(bytes32)
    kind: uint8
    validator: bytes20
    height: uint64
    time: uint64
    totalPower: uint64
    reports: uint256


event ContractSet:
    domain: indexed(bytes32)
    contract: indexed(address)
    codeHash: bytes32
    fromBlock: uint256
    index: uint256


event IdentifierKeySet:
    organisation: indexed(bytes32)
    name: indexed(bytes32)
    commitment: bytes32


event Decided:
    sequence: indexed(uint64)
    digest: indexed(bytes32)
    votes: uint256
    action: Bytes[ACTION_LIMIT]


# ------------------------------------------------------------------- structs


struct Key:
    organisation: bytes32
    state: uint256


struct Version:
    place: uint256
    code_hash: bytes32


struct Validator:
    publicKey: bytes32
    power: uint64


struct KeyAdd:
    object: bytes32
    sequence: uint64
    key: bytes32
    purposes: uint32
    validFrom: uint64
    validUntil: uint64
    material: Bytes[MATERIAL_LIMIT]
    expires: uint64


struct KeyRotate:
    object: bytes32
    sequence: uint64
    key: bytes32
    successor: bytes32
    validUntil: uint64
    material: Bytes[MATERIAL_LIMIT]
    expires: uint64


struct KeyRevoke:
    object: bytes32
    sequence: uint64
    key: bytes32
    expires: uint64


struct IdentifierKeyCommit:
    object: bytes32
    sequence: uint64
    name: bytes32
    commitment: bytes32
    expires: uint64


struct MisbehaviourReport:
    object: bytes32
    organisation: bytes32
    kind: uint8
    validator: bytes20
    height: uint64
    time: uint64
    totalPower: uint64
    expires: uint64


struct Proposal:
    object: bytes32
    sequence: uint64
    action: Bytes[ACTION_LIMIT]
    expires: uint64


# ----------------------------------------------------------------- constants


DOMAIN: constant(bytes32) = 0x6d656d6265727368697000000000000000000000000000000000000000000000
GOVERNANCE: constant(bytes32) = 0x676f7665726e616e636500000000000000000000000000000000000000000000
MISBEHAVIOUR: constant(bytes32) = 0x6d69736265686176696f75720000000000000000000000000000000000000000
CONSORTIUM: constant(bytes32) = empty(bytes32)

KEY_ADD: constant(bytes32) = keccak256(
    "KeyAdd(bytes32 object,uint64 sequence,bytes32 key,uint32 purposes,uint64 validFrom,uint64 validUntil,bytes material,uint64 expires)"
)
KEY_ROTATE: constant(bytes32) = keccak256(
    "KeyRotate(bytes32 object,uint64 sequence,bytes32 key,bytes32 successor,uint64 validUntil,bytes material,uint64 expires)"
)
KEY_REVOKE: constant(bytes32) = keccak256(
    "KeyRevoke(bytes32 object,uint64 sequence,bytes32 key,uint64 expires)"
)
KEY_POSSESSION: constant(bytes32) = keccak256(
    "KeyPossession(bytes32 object,bytes32 key,uint64 expires)"
)
IDENTIFIER_KEY_COMMIT: constant(bytes32) = keccak256(
    "IdentifierKeyCommit(bytes32 object,uint64 sequence,bytes32 name,bytes32 commitment,uint64 expires)"
)
MISBEHAVIOUR_REPORT: constant(bytes32) = keccak256(
    "MisbehaviourReport(bytes32 object,bytes32 organisation,uint8 kind,bytes20 validator,uint64 height,uint64 time,uint64 totalPower,uint64 expires)"
)
PROPOSAL: constant(bytes32) = keccak256(
    "Proposal(bytes32 object,uint64 sequence,bytes action,uint64 expires)"
)

# Purposes of secp256k1 keys.
ADMIN: constant(uint256) = 1
SIGN: constant(uint256) = 2
CARRY: constant(uint256) = 4
ACCOUNT_PURPOSES: constant(uint256) = 7
# Purposes of P-256 keys: document 8, device 16.
ATTESTING_PURPOSES: constant(uint256) = 24
# Purpose of encryption keys.
ENCRYPT: constant(uint256) = 32

NO_END: constant(uint256) = 2**56 - 1
MASK_16: constant(uint256) = 2**16 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_64: constant(uint256) = 2**64 - 1
GOVERNING_BIT: constant(uint256) = 2**48
ACTIVE_BIT: constant(uint256) = 2**49
KNOWN_BIT: constant(uint256) = 2**50
ADMIN_KEY_UNIT: constant(uint256) = 2**64
ADMIN_KEYS_LIMIT: constant(uint256) = 64
WINDOW_KNOWN: constant(uint256) = 2**128
ROLES_LIMIT: constant(uint256) = 256

MATERIAL_LIMIT: constant(uint256) = 2048
ACTION_LIMIT: constant(uint256) = 4096
# EIP-3860.
INIT_CODE_LIMIT: constant(uint256) = 49152
VOTES_LIMIT: constant(uint256) = 128
VALIDATORS_LIMIT: constant(uint256) = 128
# Keeps every total far below the greatest that CometBFT allows, 2**60.
POWER_LIMIT: constant(uint64) = 1_000_000_000
# Kinds of misbehaviour, numbered as in ABCI: a vote twice, an attack on light clients.
MISBEHAVIOUR_KINDS: constant(uint8) = 2
# All of an Ed25519 key but the sign of x, the top bit of its last byte.
WITHOUT_SIGN: constant(uint256) = max_value(uint256) - 128
# The seven ways to write y of a point whose order divides 8 (ZIP-215 takes them all).
SMALL_ORDER: constant(bytes32[7]) = [
    0x0000000000000000000000000000000000000000000000000000000000000000,
    0x0100000000000000000000000000000000000000000000000000000000000000,
    0xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,
    0xedffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,
    0xeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,
    0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a,
    0x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05,
]
SIGNATURE_SIZE: constant(uint256) = 65


# ------------------------------------------------------------------- storage


# organisation id → packed word
organisations: HashMap[bytes32, uint256]
# key id → organisation and packed state
keys: HashMap[bytes32, Key]
# domain → number of versions
version_counts: HashMap[bytes32, uint256]
# domain → index → packed place and code hash
versions: HashMap[bytes32, HashMap[uint256, Version]]
# contract → packed window of blocks in which it speaks
windows: HashMap[address, uint256]
# organisation, or zero for the consortium → name → commitment
identifier_keys: HashMap[bytes32, HashMap[bytes32, bytes32]]
# number of organisations that are governing and active
governing_count: uint256
# number of those that have an admin key, and so can vote
voiced_count: uint256
# CometBFT address of every validator that is or was one → organisation that runs it
validator_organisations: HashMap[bytes20, bytes32]
# block of the last decision about validators
validators_changed: uint256
# misbehaviour → organisation → whether it reported it
reported: HashMap[bytes32, HashMap[bytes32, bool]]
validator_list: DynArray[Validator, VALIDATORS_LIMIT]


# --------------------------------------------------------------- constructor


@deploy
def __init__():
    """
    @notice Begin empty; the founding calls of the genesis follow at block 0.
    """
    record_book.__init__(DOMAIN, empty(address))


# ------------------------------------------------------------------ founding


@external
def foundOrganisation(
    organisation: bytes32, roles: uint32, country: bytes2, governing: bool, adminKey: bytes32
):
    """
    @notice Enter a founding organisation with its first admin key.
    @param organisation Its identifier.
    @param roles Bit mask of what it is.
    @param country ISO 3166 alpha-2 code.
    @param governing Whether it votes.
    @param adminKey Key id of a secp256k1 key.
    """
    self._require_founding()
    self._admit(organisation, roles, country, governing, adminKey)


@external
def foundKey(
    organisation: bytes32,
    key: bytes32,
    purposes: uint32,
    validFrom: uint64,
    validUntil: uint64,
    material: Bytes[MATERIAL_LIMIT],
):
    """
    @notice Enter a key of a founding organisation.
    @param organisation Whose key it is.
    @param key Key id.
    @param purposes Bit mask of what it may do.
    @param validFrom First second of validity, 0 for the genesis.
    @param validUntil First second after it.
    @param material The public key, unless the key id is an address.
    """
    self._require_founding()
    self._bind(organisation, key, purposes, validFrom, validUntil, material)


@external
def foundValidator(publicKey: bytes32, power: uint64, organisation: bytes32):
    """
    @notice Enter a founding validator.
    @param publicKey Ed25519 public key.
    @param power Voting power.
    @param organisation Who runs it.
    """
    self._require_founding()
    assert power != 0, "membership: power"
    self._set_validator(publicKey, power, organisation)


@external
def foundContract(domain: bytes32, initCode: Bytes[INIT_CODE_LIMIT]):
    """
    @notice Create the first contract of a domain.
    @param domain ASCII name, padded on the right.
    @param initCode Creation code with constructor arguments.
    """
    self._require_founding()
    self._install(domain, initCode, 0)


@external
def foundIdentifierKey(organisation: bytes32, name: bytes32, commitment: bytes32):
    """
    @notice Enter the commitment to an identifier key.
    @param organisation Whose key it is, zero for the consortium.
    @param name ASCII name, padded on the right.
    @param commitment Commitment to the key.
    """
    self._require_founding()
    assert (
        organisation == CONSORTIUM or self.organisations[organisation] != 0
    ), "membership: unknown organisation"
    self._commit_identifier_key(organisation, name, commitment)


# ---------------------------------------------------------- an organisation's


@external
def addKey(record: KeyAdd, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Add a key to the signer's own organisation.
    @param record The signed record.
    @param signature An admin key's.
    """
    struct_hash: bytes32 = keccak256(
        abi_encode(
            KEY_ADD,
            record.object,
            record.sequence,
            record.key,
            record.purposes,
            record.validFrom,
            record.validUntil,
            keccak256(record.material),
            record.expires,
        )
    )
    self._accept(struct_hash, record.object, record.sequence, record.expires, signature)
    if convert(record.purposes, uint256) & ACCOUNT_PURPOSES != 0:
        self._require_possession(record.object, record.key, record.material, record.expires)
    self._bind(
        record.object,
        record.key,
        record.purposes,
        record.validFrom,
        record.validUntil,
        record.material,
    )


@external
def rotateKey(record: KeyRotate, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Replace a key of the signer's own organisation by a successor, at once.
    @param record The signed record.
    @param signature An admin key's; it may be the key that is replaced.
    """
    struct_hash: bytes32 = keccak256(
        abi_encode(
            KEY_ROTATE,
            record.object,
            record.sequence,
            record.key,
            record.successor,
            record.validUntil,
            keccak256(record.material),
            record.expires,
        )
    )
    self._accept(struct_hash, record.object, record.sequence, record.expires, signature)
    assert self.keys[record.key].organisation == record.object, "membership: foreign key"
    purposes: uint256 = self.keys[record.key].state & MASK_32
    if purposes & ACCOUNT_PURPOSES != 0:
        self._require_possession(record.object, record.successor, record.material, record.expires)
    # The successor first, so that the last admin key can be rotated.
    self._bind(
        record.object,
        record.successor,
        convert(purposes, uint32),
        0,
        record.validUntil,
        record.material,
    )
    self._revoke(record.object, record.key)


@external
def revokeKey(record: KeyRevoke, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Revoke a key of the signer's own organisation, at once.
    @param record The signed record.
    @param signature An admin key's.
    """
    struct_hash: bytes32 = keccak256(abi_encode(KEY_REVOKE, record))
    self._accept(struct_hash, record.object, record.sequence, record.expires, signature)
    self._revoke(record.object, record.key)


@external
def commitIdentifierKey(record: IdentifierKeyCommit, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Commit the signer's own organisation to an identifier key, once per name.
    @param record The signed record.
    @param signature An admin key's.
    """
    struct_hash: bytes32 = keccak256(abi_encode(IDENTIFIER_KEY_COMMIT, record))
    self._accept(struct_hash, record.object, record.sequence, record.expires, signature)
    self._commit_identifier_key(record.object, record.name, record.commitment)


# -------------------------------------------------------------- misbehaviour


@external
def reportMisbehaviour(record: MisbehaviourReport, signature: Bytes[SIGNATURE_SIZE]):
    """
    @notice Report a validator's misbehaviour that the signer's node saw in a block. Each
            governing organisation reports once, in its own name; several reports
            corroborate each other.
    @param record The signed record.
    @param signature A carrying key's, which a node holds unattended.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(
        keccak256(abi_encode(MISBEHAVIOUR_REPORT, record)), record.expires, signature
    )
    bound: Key = self.keys[signer]
    assert bound.organisation != empty(bytes32), "membership: unknown key"
    assert bound.organisation == record.organisation, "membership: foreign organisation"
    self._require_valid(bound.state, CARRY)
    voter: uint256 = self.organisations[bound.organisation]
    assert voter & ACTIVE_BIT != 0, "membership: organisation not active"
    assert voter & GOVERNING_BIT != 0, "membership: not governing"
    self._require_plausible(record)
    assert not self.reported[record.object][bound.organisation], "membership: reported"
    self.reported[record.object][bound.organisation] = True
    record_book.append(record.object, digest, signer)
    log MisbehaviourReported(
        object=record.object,
        organisation=bound.organisation,
        kind=record.kind,
        validator=record.validator,
        height=record.height,
        time=record.time,
        totalPower=record.totalPower,
        reports=record_book.objects[record.object].count,
    )


# ---------------------------------------------------------------- governance


@external
def decide(
    proposal: Proposal, signatures: DynArray[Bytes[SIGNATURE_SIZE], VOTES_LIMIT]
):
    """
    @notice Carry out what more than two thirds of the governing organisations signed.
    @param proposal Its action is calldata of one of the functions below.
    @param signatures One per organisation, in ascending order of organisations.
    """
    self._count_votes(proposal, signatures)
    # The contract calls itself: `msg.sender == self` is what the functions below ask for.
    raw_call(self, proposal.action)


@external
def install(
    proposal: Proposal,
    signatures: DynArray[Bytes[SIGNATURE_SIZE], VOTES_LIMIT],
    initCode: Bytes[INIT_CODE_LIMIT],
):
    """
    @notice Create a contract of a domain as the governing organisations decided.
    @param proposal Its action is `installContract(domain, keccak256(initCode), fromBlock)`.
    @param signatures One per organisation, in ascending order of organisations.
    @param initCode Creation code with constructor arguments.
    """
    assert len(proposal.action) == 100, "membership: action"
    domain: bytes32 = convert(slice(proposal.action, 4, 32), bytes32)
    from_block: uint256 = convert(slice(proposal.action, 68, 32), uint256)
    expected: Bytes[100] = abi_encode(
        domain,
        keccak256(initCode),
        from_block,
        method_id=method_id("installContract(bytes32,bytes32,uint256)"),
    )
    assert keccak256(expected) == keccak256(proposal.action), "membership: init code"
    self._count_votes(proposal, signatures)
    # Strictly later, so that exactly one contract speaks in each block.
    assert from_block > block.number, "membership: from block"
    self._install(domain, initCode, from_block)


@external
def admitOrganisation(
    organisation: bytes32, roles: uint32, country: bytes2, governing: bool, adminKey: bytes32
):
    """
    @notice Admit an organisation with its first admin key; by decision.
    @param organisation Its identifier.
    @param roles Bit mask of what it is.
    @param country ISO 3166 alpha-2 code.
    @param governing Whether it votes.
    @param adminKey Key id of a secp256k1 key.
    """
    self._require_decision()
    self._admit(organisation, roles, country, governing, adminKey)


@external
def changeOrganisation(organisation: bytes32, roles: uint32, governing: bool, active: bool):
    """
    @notice Change an organisation's roles, vote and standing; by decision.
    @param organisation Its identifier.
    @param roles Bit mask of what it is.
    @param governing Whether it votes.
    @param active Whether its keys count.
    """
    self._require_decision()
    before: uint256 = self.organisations[organisation]
    assert before != 0, "membership: unknown organisation"
    kept: uint256 = (
        (before >> 64 << 64) | (before & (MASK_16 << 32)) | KNOWN_BIT
    )
    self._set_organisation(organisation, before, kept, roles, governing, active)
    self._require_governable()


@external
def grantAdminKey(organisation: bytes32, key: bytes32):
    """
    @notice Give an organisation that lost its admin keys a new one; by decision.
    @param organisation Its identifier.
    @param key Key id of a secp256k1 key.
    """
    self._require_decision()
    self._bind(organisation, key, convert(ADMIN, uint32), 0, convert(NO_END, uint64), b"")


@external
def markCompromised(key: bytes32, since: uint64):
    """
    @notice Revoke a key and mark what it signed since a time as doubtful; by decision.
    @param key Key id.
    @param since Block time from which on others may have used it, at most now.
    """
    self._require_decision()
    bound: Key = self.keys[key]
    assert bound.organisation != empty(bytes32), "membership: unknown key"
    mark: uint256 = convert(since, uint256)
    assert mark != 0 and mark <= block.timestamp, "membership: compromised since"
    if bound.state >> 144 & NO_END == 0:
        self._take_from_admins(bound.organisation, bound.state)
        self._require_governable()
        bound.state |= block.timestamp << 144
    bound.state = (bound.state & (2**200 - 1)) | (mark << 200)
    self.keys[key].state = bound.state
    log KeyRevoked(
        key=key,
        organisation=bound.organisation,
        revokedAt=convert(bound.state >> 144 & NO_END, uint64),
        compromisedSince=since,
    )


@external
def setValidator(publicKey: bytes32, power: uint64, organisation: bytes32):
    """
    @notice Add a validator, change its power, or remove it with power 0; by decision.
    @param publicKey Ed25519 public key.
    @param power Voting power.
    @param organisation Who runs it; the same whenever the key is named.
    """
    self._require_decision()
    self._take_turn()
    self._set_validator(publicKey, power, organisation)


@external
def replaceValidator(publicKey: bytes32, successor: bytes32):
    """
    @notice Replace a validator's key by one never used, of the same organisation and
            power; by decision.
    @param publicKey Ed25519 public key of a validator.
    @param successor Ed25519 public key that takes its place.
    """
    self._require_decision()
    self._take_turn()
    count: uint256 = len(self.validator_list)
    place: uint256 = self._place_of(publicKey)
    assert place != count, "membership: unknown validator"
    runner: bytes32 = self.validator_organisations[self._validator_address(publicKey)]
    taken: bytes32 = self.validator_organisations[self._validator_address(successor)]
    assert taken == empty(bytes32), "membership: validator key used"
    self._bind_validator(successor, runner)
    power: uint64 = self.validator_list[place].power
    self.validator_list[place].publicKey = successor
    log ValidatorSet(publicKey=publicKey, organisation=runner, power=0)
    log ValidatorSet(publicKey=successor, organisation=runner, power=power)


@external
def commitConsortiumKey(name: bytes32, commitment: bytes32):
    """
    @notice Commit the consortium to an identifier key, once per name; by decision.
    @param name ASCII name, padded on the right.
    @param commitment Commitment to the key.
    """
    self._require_decision()
    self._commit_identifier_key(CONSORTIUM, name, commitment)


# --------------------------------------------------------------------- views


@external
@view
def maySend(account: address) -> bytes32:
    """
    @notice Return the organisation for which an account may send transactions now, zero
            for none. The chain limits each member, so it asks for whom and not only
            whether.
    @dev Admin keys may send too: they never lapse, while all carrying keys might.
    @param account The account.
    """
    key: Key = self.keys[convert(convert(account, uint256), bytes32)]
    if self._is_valid(key.state, CARRY | ADMIN) and self._is_active(key.organisation):
        return key.organisation
    return empty(bytes32)


@external
@view
def mayCall(contract: address) -> bool:
    """
    @notice Say whether a transaction may be sent to an address in this block.
    @param contract The address.
    """
    return contract == self or self._speaks(contract)


@external
@view
def validators() -> DynArray[Validator, VALIDATORS_LIMIT]:
    """
    @notice Return who validates.
    """
    return self.validator_list


@external
@view
def validatorOrganisation(validator: bytes20) -> bytes32:
    """
    @notice Return the organisation that runs or ran a validator, zero for an unknown one.
    @param validator CometBFT address: the first 20 bytes of SHA-256 of the public key.
    """
    return self.validator_organisations[validator]


@external
@view
def hasReported(object: bytes32, organisation: bytes32) -> bool:
    """
    @notice Say whether an organisation reported a misbehaviour.
    @param object The misbehaviour's identifier.
    @param organisation The organisation's.
    """
    return self.reported[object][organisation]


@external
@view
def authorise(key: bytes32, purpose: uint256) -> (bytes32, uint256, bytes2):
    """
    @notice Return organisation, roles and country of a key that may act now; for the
            contracts in force.
    @param key Key id.
    @param purpose The one purpose that it must have.
    """
    assert self._speaks(msg.sender), "membership: contract not in force"
    bound: Key = self.keys[key]
    assert bound.organisation != empty(bytes32), "membership: unknown key"
    self._require_valid(bound.state, purpose)
    organisation: uint256 = self.organisations[bound.organisation]
    assert organisation & ACTIVE_BIT != 0, "membership: organisation not active"
    return (
        bound.organisation,
        organisation & MASK_32,
        convert(convert(organisation >> 32 & MASK_16, uint16), bytes2),
    )


@external
@view
def organisationWord(organisation: bytes32) -> uint256:
    """
    @notice Return an organisation's packed word, 0 for an unknown one.
    @param organisation Its identifier.
    """
    return self.organisations[organisation]


@external
@view
def keyWords(key: bytes32) -> (bytes32, uint256):
    """
    @notice Return a key's organisation and packed state, zeros for an unknown one.
    @param key Key id.
    """
    bound: Key = self.keys[key]
    return bound.organisation, bound.state


@external
@view
def versionCount(domain: bytes32) -> uint256:
    """
    @notice Return how many contracts speak or spoke for a domain.
    @param domain ASCII name, padded on the right.
    """
    return self.version_counts[domain]


@external
@view
def versionWords(domain: bytes32, index: uint256) -> (uint256, bytes32):
    """
    @notice Return a version's packed place and its code hash, zeros for an unknown one.
    @param domain ASCII name, padded on the right.
    @param index Number of the version, from 0.
    """
    version: Version = self.versions[domain][index]
    return version.place, version.code_hash


@external
@view
def identifierKeys(organisation: bytes32, name: bytes32) -> bytes32:
    """
    @notice Return the commitment to an identifier key, zero for none.
    @param organisation Whose key it is, zero for the consortium.
    @param name ASCII name, padded on the right.
    """
    return self.identifier_keys[organisation][name]


@external
@view
def governingCount() -> uint256:
    """
    @notice Return how many organisations vote.
    """
    return self.governing_count


# ------------------------------------------------------------ internal guards


@internal
@view
def _require_founding():
    """
    @notice Refuse after block 0.
    """
    assert block.number == 0, "membership: founding is over"


@internal
@view
def _require_decision():
    """
    @notice Refuse everybody but this contract, which `decide` makes call itself.
    """
    assert msg.sender == self, "membership: by decision only"


@internal
@view
def _require_governable():
    """
    @notice Refuse a change after which nothing could be decided any more.
    """
    assert self.governing_count != 0, "membership: nobody would govern"
    assert (
        3 * self.voiced_count > 2 * self.governing_count
    ), "membership: too few could vote"


@internal
@view
def _require_plausible(record: MisbehaviourReport):
    """
    @notice Refuse a report that no block can have given reason for.
    @param record The report.
    """
    assert record.kind != 0 and record.kind <= MISBEHAVIOUR_KINDS, "membership: kind"
    expected: bytes32 = keccak256(
        abi_encode(MISBEHAVIOUR, record.kind, record.validator, record.height)
    )
    assert record.object == expected, "membership: misbehaviour object"
    runner: bytes32 = self.validator_organisations[record.validator]
    assert runner != empty(bytes32), "membership: unknown validator"
    assert record.height != 0, "membership: height"
    assert convert(record.time, uint256) <= block.timestamp, "membership: time"
    assert record.totalPower != 0, "membership: power"


@internal
@view
def _require_valid(state: uint256, purpose: uint256):
    """
    @notice Refuse a key that may not act for a purpose now, and say why.
    @param state Packed state of the key.
    @param purpose The one purpose.
    """
    assert state & purpose != 0, "membership: key purpose"
    assert state >> 144 & NO_END == 0, "membership: key revoked"
    assert block.timestamp >= state >> 32 & NO_END, "membership: key not yet valid"
    assert block.timestamp < state >> 88 & NO_END, "membership: key no longer valid"


@internal
@view
def _require_possession(
    organisation: bytes32, key: bytes32, signature: Bytes[MATERIAL_LIMIT], expires: uint64
):
    """
    @notice Refuse a key whose holder did not sign that it belongs here.
    @param organisation Whose key it shall be.
    @param key Key id.
    @param signature The key's own signature over `KeyPossession`.
    @param expires Equal to the adding record's.
    """
    assert len(signature) == SIGNATURE_SIZE, "membership: possession"
    digest: bytes32 = record_book.digest_of(
        keccak256(abi_encode(KEY_POSSESSION, organisation, key, expires))
    )
    holder: bytes32 = record_book.signer_of(digest, slice(signature, 0, SIGNATURE_SIZE))
    assert holder == key, "membership: possession"


@internal
@view
def _is_valid(state: uint256, purpose: uint256) -> bool:
    """
    @notice Say whether a key may act for a purpose now.
    @param state Packed state of the key, 0 for an unknown one.
    @param purpose Bit mask of purposes, one of which is enough.
    """
    return (
        state & purpose != 0
        and state >> 144 & NO_END == 0
        and block.timestamp >= state >> 32 & NO_END
        and block.timestamp < state >> 88 & NO_END
    )


@internal
@view
def _is_active(organisation: bytes32) -> bool:
    """
    @notice Say whether an organisation's keys count.
    @param organisation Its identifier.
    """
    return self.organisations[organisation] & ACTIVE_BIT != 0


@internal
@view
def _speaks(contract: address) -> bool:
    """
    @notice Say whether a contract is in force in this block.
    @param contract The address.
    """
    window: uint256 = self.windows[contract]
    if window == 0 or block.number < window & MASK_64:
        return False
    end: uint256 = window >> 64 & MASK_64
    return end == 0 or block.number < end


# ----------------------------------------------------------- internal effects


@internal
def _accept(
    struct_hash: bytes32,
    organisation: bytes32,
    sequence: uint64,
    expires: uint64,
    signature: Bytes[SIGNATURE_SIZE],
):
    """
    @notice Accept a record of an organisation's own admin key, in its sequence.
    @param struct_hash EIP-712 struct hash of the record.
    @param organisation The record's object.
    @param sequence The record's sequence.
    @param expires Last block time at which it is accepted.
    @param signature The admin key's.
    """
    digest: bytes32 = empty(bytes32)
    signer: bytes32 = empty(bytes32)
    digest, signer = record_book.verify(struct_hash, expires, signature)
    bound: Key = self.keys[signer]
    assert bound.organisation != empty(bytes32), "membership: unknown key"
    assert bound.organisation == organisation, "membership: foreign organisation"
    self._require_valid(bound.state, ADMIN)
    assert self._is_active(organisation), "membership: organisation not active"
    expected: uint256 = record_book.objects[organisation].count
    assert convert(sequence, uint256) == expected, "membership: sequence"
    record_book.append(organisation, digest, signer)


@internal
def _count_votes(
    proposal: Proposal, signatures: DynArray[Bytes[SIGNATURE_SIZE], VOTES_LIMIT]
):
    """
    @notice Accept a proposal that more than two thirds of the governing signed.
    @param proposal The proposal.
    @param signatures One per organisation, in ascending order of organisations.
    """
    assert proposal.object == GOVERNANCE, "membership: governance object"
    struct_hash: bytes32 = keccak256(
        abi_encode(
            PROPOSAL,
            proposal.object,
            proposal.sequence,
            keccak256(proposal.action),
            proposal.expires,
        )
    )
    digest: bytes32 = record_book.fresh_digest(struct_hash, proposal.expires)
    expected: uint256 = record_book.objects[GOVERNANCE].count
    assert convert(proposal.sequence, uint256) == expected, "membership: sequence"
    first: bytes32 = empty(bytes32)
    last: uint256 = 0
    for signature: Bytes[SIGNATURE_SIZE] in signatures:
        signer: bytes32 = record_book.signer_of(digest, signature)
        bound: Key = self.keys[signer]
        assert bound.organisation != empty(bytes32), "membership: unknown key"
        self._require_valid(bound.state, ADMIN)
        voter: uint256 = self.organisations[bound.organisation]
        assert voter & ACTIVE_BIT != 0, "membership: organisation not active"
        assert voter & GOVERNING_BIT != 0, "membership: not governing"
        # Ascending and distinct: one vote for each organisation, whatever its keys.
        current: uint256 = convert(bound.organisation, uint256)
        assert current > last, "membership: order of votes"
        last = current
        if first == empty(bytes32):
            first = signer
    assert 3 * len(signatures) > 2 * self.governing_count, "membership: too few votes"
    record_book.append(GOVERNANCE, digest, first)
    log Decided(
        sequence=proposal.sequence,
        digest=digest,
        votes=len(signatures),
        action=proposal.action,
    )


@internal
def _admit(
    organisation: bytes32, roles: uint32, country: bytes2, governing: bool, admin_key: bytes32
):
    """
    @notice Enter an organisation with its first admin key.
    @param organisation Its identifier.
    @param roles Bit mask of what it is.
    @param country ISO 3166 alpha-2 code.
    @param governing Whether it votes.
    @param admin_key Key id of a secp256k1 key.
    """
    assert organisation != CONSORTIUM and organisation != GOVERNANCE, "membership: organisation"
    assert self.organisations[organisation] == 0, "membership: organisation known"
    letters: uint256 = convert(convert(country, uint16), uint256)
    assert self._is_letter(letters >> 8) and self._is_letter(letters & 255), "membership: country"
    self._set_organisation(
        organisation, 0, KNOWN_BIT | (letters << 32), roles, governing, True
    )
    self._bind(organisation, admin_key, convert(ADMIN, uint32), 0, convert(NO_END, uint64), b"")


@internal
@pure
def _is_letter(code: uint256) -> bool:
    """
    @notice Say whether a byte is an upper-case letter in ASCII.
    @param code The byte.
    """
    return code >= 65 and code <= 90


@internal
def _set_organisation(
    organisation: bytes32,
    before: uint256,
    kept: uint256,
    roles: uint32,
    governing: bool,
    active: bool,
):
    """
    @notice Store an organisation's word and keep the number of those that vote.
    @param organisation Its identifier.
    @param before Its word so far, 0 for a new one.
    @param kept What of its word stays.
    @param roles Bit mask of what it is.
    @param governing Whether it votes.
    @param active Whether its keys count.
    """
    mask: uint256 = convert(roles, uint256)
    assert mask != 0 and mask < ROLES_LIMIT, "membership: roles"
    after: uint256 = kept | mask
    if governing:
        after |= GOVERNING_BIT
    if active:
        after |= ACTIVE_BIT
    self._store(organisation, before, after)
    assert self.governing_count <= VOTES_LIMIT, "membership: too many govern"
    log OrganisationSet(
        organisation=organisation,
        roles=roles,
        country=convert(convert(after >> 32 & MASK_16, uint16), bytes2),
        governing=governing,
        active=active,
    )


@internal
def _store(organisation: bytes32, before: uint256, after: uint256):
    """
    @notice Store an organisation's word, and count who governs and who of them can vote.
    @param organisation Its identifier.
    @param before Its word so far, 0 for a new one.
    @param after Its word from now on.
    """
    self.organisations[organisation] = after
    governs: uint256 = GOVERNING_BIT | ACTIVE_BIT
    if before & governs == governs:
        self.governing_count -= 1
        if before >> 64 & MASK_16 != 0:
            self.voiced_count -= 1
    if after & governs == governs:
        self.governing_count += 1
        if after >> 64 & MASK_16 != 0:
            self.voiced_count += 1


@internal
def _bind(
    organisation: bytes32,
    key: bytes32,
    purposes: uint32,
    valid_from: uint64,
    valid_until: uint64,
    material: Bytes[MATERIAL_LIMIT],
):
    """
    @notice Bind a new key to an organisation, for ever.
    @param organisation Whose key it is.
    @param key Key id.
    @param purposes Bit mask of what it may do.
    @param valid_from First second of validity; the past means now.
    @param valid_until First second after it.
    @param material The public key, or the possession's signature; emitted for readers.
    """
    assert self.organisations[organisation] != 0, "membership: unknown organisation"
    assert self.keys[key].organisation == empty(bytes32), "membership: key bound"
    mask: uint256 = convert(purposes, uint256)
    self._require_kind(key, mask, material)
    start: uint256 = max(convert(valid_from, uint256), block.timestamp)
    end: uint256 = convert(valid_until, uint256)
    assert end > start and end <= NO_END, "membership: validity"
    if mask & ADMIN != 0:
        # Its admin keys never lapse, so that an organisation cannot lock itself out.
        assert start == block.timestamp and end == NO_END, "membership: admin validity"
        word: uint256 = self.organisations[organisation]
        assert word >> 64 & MASK_16 < ADMIN_KEYS_LIMIT, "membership: too many admin keys"
        self._store(organisation, word, word + ADMIN_KEY_UNIT)
    self.keys[key] = Key(organisation=organisation, state=mask | (start << 32) | (end << 88))
    log KeySet(
        key=key,
        organisation=organisation,
        purposes=purposes,
        validFrom=convert(start, uint64),
        validUntil=valid_until,
        material=material,
    )


@internal
@pure
def _require_kind(key: bytes32, purposes: uint256, material: Bytes[MATERIAL_LIMIT]):
    """
    @notice Refuse purposes of several kinds, and a key id that is not of its kind.
    @param key Key id.
    @param purposes Bit mask of what it may do.
    @param material The public key behind a hashed key id.
    """
    assert purposes != 0, "membership: key purposes"
    if purposes | ACCOUNT_PURPOSES == ACCOUNT_PURPOSES:
        number: uint256 = convert(key, uint256)
        assert number != 0 and number >> 160 == 0, "membership: key is no address"
    else:
        assert (
            purposes | ATTESTING_PURPOSES == ATTESTING_PURPOSES or purposes == ENCRYPT
        ), "membership: key purposes"
        assert sha256(material) == key, "membership: key material"


@internal
def _revoke(organisation: bytes32, key: bytes32):
    """
    @notice Revoke a key of an organisation at once, unless it is the last admin key.
    @param organisation Whose key it is.
    @param key Key id.
    """
    bound: Key = self.keys[key]
    assert bound.organisation == organisation, "membership: foreign key"
    assert bound.state >> 144 & NO_END == 0, "membership: key revoked"
    self._take_from_admins(organisation, bound.state)
    if bound.state & ADMIN != 0:
        assert self.organisations[organisation] >> 64 & MASK_16 != 0, "membership: last admin key"
    self.keys[key].state = bound.state | (block.timestamp << 144)
    log KeyRevoked(
        key=key,
        organisation=organisation,
        revokedAt=convert(block.timestamp, uint64),
        compromisedSince=0,
    )


@internal
def _take_from_admins(organisation: bytes32, state: uint256):
    """
    @notice Count an organisation's admin keys down when one of them goes.
    @param organisation Its identifier.
    @param state Packed state of the key that goes.
    """
    if state & ADMIN != 0:
        word: uint256 = self.organisations[organisation]
        self._store(organisation, word, word - ADMIN_KEY_UNIT)


@internal
def _commit_identifier_key(organisation: bytes32, name: bytes32, commitment: bytes32):
    """
    @notice Set the commitment to an identifier key, once.
    @param organisation Whose key it is, zero for the consortium.
    @param name ASCII name, padded on the right.
    @param commitment Commitment to the key.
    """
    assert name != empty(bytes32) and commitment != empty(bytes32), "membership: identifier key"
    assert (
        self.identifier_keys[organisation][name] == empty(bytes32)
    ), "membership: identifier key set"
    self.identifier_keys[organisation][name] = commitment
    log IdentifierKeySet(organisation=organisation, name=name, commitment=commitment)


@internal
def _take_turn():
    """
    @notice Let at most one decision change the validators in a block.
    """
    assert self.validators_changed != block.number, "membership: one validator per block"
    self.validators_changed = block.number


@internal
def _set_validator(public_key: bytes32, power: uint64, organisation: bytes32):
    """
    @notice Add, change or remove one validator; the last one stays.
    @param public_key Ed25519 public key.
    @param power Voting power, 0 to remove.
    @param organisation Who runs it.
    """
    assert power <= POWER_LIMIT, "membership: power"
    count: uint256 = len(self.validator_list)
    place: uint256 = self._place_of(public_key)
    if power == 0:
        assert place != count, "membership: unknown validator"
        assert count != 1, "membership: last validator"
    self._bind_validator(public_key, organisation)
    if power == 0:
        self.validator_list[place] = self.validator_list[count - 1]
        self.validator_list.pop()
    elif place == count:
        assert count != VALIDATORS_LIMIT, "membership: too many validators"
        assert self._is_active(organisation), "membership: organisation not active"
        self.validator_list.append(Validator(publicKey=public_key, power=power))
    else:
        self.validator_list[place].power = power
    log ValidatorSet(publicKey=public_key, organisation=organisation, power=power)


@internal
@view
def _place_of(public_key: bytes32) -> uint256:
    """
    @notice Return a validator's place in the list, the list's length for an unknown one.
    @param public_key Ed25519 public key.
    """
    count: uint256 = len(self.validator_list)
    for index: uint256 in range(count, bound=VALIDATORS_LIMIT):
        if self.validator_list[index].publicKey == public_key:
            return index
    return count


@internal
def _bind_validator(public_key: bytes32, organisation: bytes32):
    """
    @notice Bind a validator key to the organisation that runs it, for ever.
    @param public_key Ed25519 public key.
    @param organisation Who runs it.
    """
    assert self.organisations[organisation] != 0, "membership: unknown organisation"
    # Anybody could sign for a key of small order.
    point: bytes32 = convert(convert(public_key, uint256) & WITHOUT_SIGN, bytes32)
    assert point not in SMALL_ORDER, "membership: validator key"
    validator: bytes20 = self._validator_address(public_key)
    runner: bytes32 = self.validator_organisations[validator]
    if runner == empty(bytes32):
        self.validator_organisations[validator] = organisation
    else:
        assert runner == organisation, "membership: foreign validator"


@internal
@pure
def _validator_address(public_key: bytes32) -> bytes20:
    """
    @notice Return the name under which CometBFT knows a validator.
    @param public_key Ed25519 public key.
    """
    return convert(slice(sha256(public_key), 0, 20), bytes20)


@internal
def _install(domain: bytes32, init_code: Bytes[INIT_CODE_LIMIT], from_block: uint256):
    """
    @notice Create a contract that speaks for a domain from a block on.
    @param domain ASCII name, padded on the right.
    @param init_code Creation code with constructor arguments.
    @param from_block First block in which it speaks; its predecessor's ends there.
    """
    assert domain != empty(bytes32) and domain != DOMAIN, "membership: domain"
    assert from_block <= MASK_64, "membership: from block"
    index: uint256 = self.version_counts[domain]
    if index != 0:
        place: uint256 = self.versions[domain][index - 1].place
        assert from_block > place >> 160, "membership: from block"
        previous: address = convert(convert(place & (2**160 - 1), uint160), address)
        self.windows[previous] |= from_block << 64
    created: address = raw_create(init_code)
    assert created.is_contract, "membership: no code"
    self.version_counts[domain] = index + 1
    self.versions[domain][index] = Version(
        place=convert(created, uint256) | (from_block << 160), code_hash=created.codehash
    )
    self.windows[created] = WINDOW_KNOWN | from_block
    log ContractSet(
        domain=domain,
        contract=created,
        codeHash=created.codehash,
        fromBlock=from_block,
        index=index,
    )
