# pragma version 0.4.3
# pragma evm-version prague
"""
@title Panels
@custom:contract-name panels
@notice Keeps beacon keys, and of each country the panel of keys as it stood in each round.
@dev A change made in block n counts from round n + 1, whose block nobody knows yet.
     Key.state: status 0..7, held by customs of the country 8.
     Panel.state: first round 0..63, number of seats 64..71, seats of customs 72..79.
"""

from contracts.records import members
from contracts.records import record_book
from contracts.records import refusal

uses: record_book


# ---------------------------------------------------------------- interfaces


interface Predecessor:
    def keyWords(key: bytes32) -> (bytes32, uint256): view
    def modulusOf(key: bytes32) -> Bytes[256]: view
    def panelWords(country: uint256, round: uint256) -> (uint256, bytes32[8]): view


# ------------------------------------------------------------------- structs


struct Key:
    organisation: bytes32
    state: uint256


struct Panel:
    state: uint256
    keys: bytes32[SEATS]


# ----------------------------------------------------------------- constants


SEATS: constant(uint256) = 8

REGISTERED: constant(uint256) = 1
SEATED: constant(uint256) = 2
ENDED: constant(uint256) = 3
BY_CUSTOMS: constant(uint256) = 1 << 8

MASK_8: constant(uint256) = 2**8 - 1
MASK_64: constant(uint256) = 2**64 - 1
# Halvings that find one of fewer than 2^64 panels.
HALVINGS: constant(uint256) = 64


# ------------------------------------------------------------------- storage


# key → organisation and packed state
keys: HashMap[bytes32, Key]
# key → modulus
moduli: HashMap[bytes32, bytes32[8]]
# country → number of panels; country → number → panel
panel_counts: HashMap[uint256, uint256]
panels: HashMap[uint256, HashMap[uint256, Panel]]


# --------------------------------------------------------------------- views


@external
@view
def keyWords(key: bytes32) -> (bytes32, uint256):
    """
    @notice Return a key's organisation and packed state, zeros for an unknown one.
    @param key Its identifier.
    """
    found: Key = self.key_of(key)
    return found.organisation, found.state


@external
@view
def modulusOf(key: bytes32) -> Bytes[256]:
    """
    @notice Return a key's modulus, 256 bytes of zeros for an unknown one.
    @param key Its identifier.
    """
    return self.modulus_of(key)


@external
@view
def panelWords(country: uint256, round: uint256) -> (uint256, bytes32[SEATS]):
    """
    @notice Return a country's panel of a round: its packed state and its keys.
    @param country Two letters as a number.
    @param round Number of a block.
    """
    found: Panel = self.panel_of(country, round)
    return found.state, found.keys


# -------------------------------------------------------- internal functions


@internal
@view
def key_of(key: bytes32) -> Key:
    """
    @notice Return a key, the predecessor's while untouched here.
    @param key Its identifier.
    """
    own: Key = self.keys[key]
    if own.state != 0 or record_book.PREDECESSOR == empty(address):
        return own
    before: Key = empty(Key)
    before.organisation, before.state = staticcall Predecessor(record_book.PREDECESSOR).keyWords(
        key
    )
    return before


@internal
@view
def modulus_of(key: bytes32) -> Bytes[256]:
    """
    @notice Return a key's modulus, the predecessor's where it was registered there.
    @param key Its identifier.
    """
    own: bytes32[8] = self.moduli[key]
    if own[0] != empty(bytes32) or record_book.PREDECESSOR == empty(address):
        return abi_encode(own)
    return staticcall Predecessor(record_book.PREDECESSOR).modulusOf(key)


@internal
@view
def panel_of(country: uint256, round: uint256) -> Panel:
    """
    @notice Return a country's panel of a round: the last one that began by then.
    @param country Two letters as a number.
    @param round Number of a block.
    """
    low: uint256 = 0
    high: uint256 = self.panel_counts[country]
    # The panels before `low` began by the round, those from `high` on after it.
    for _: uint256 in range(HALVINGS):
        if low == high:
            break
        middle: uint256 = (low + high) // 2
        if self.panels[country][middle].state & MASK_64 <= round:
            low = middle + 1
        else:
            high = middle
    if low != 0:
        return self.panels[country][low - 1]
    if record_book.PREDECESSOR == empty(address):
        return empty(Panel)
    before: Panel = empty(Panel)
    before.state, before.keys = staticcall Predecessor(record_book.PREDECESSOR).panelWords(
        country, round
    )
    return before


@internal
@pure
def seats_of(panel: Panel) -> uint256:
    """
    @notice Return the number of keys of a panel.
    @param panel The panel.
    """
    return panel.state >> 64 & MASK_8


@internal
@pure
def is_valid(panel: Panel) -> bool:
    """
    @notice Say whether customs of the country and somebody else sit in a panel.
    @param panel The panel.
    """
    customs: uint256 = panel.state >> 72 & MASK_8
    return customs != 0 and customs != (1 << self.seats_of(panel)) - 1


@internal
@pure
def place_of(panel: Panel, key: bytes32) -> uint256:
    """
    @notice Return a key's place in a panel, the number of seats where it has none.
    @param panel The panel.
    @param key Its identifier.
    """
    for place: uint256 in range(self.seats_of(panel), bound=SEATS):
        if panel.keys[place] == key:
            return place
    return self.seats_of(panel)


@internal
def register(key: bytes32, holder: members.Member, modulus: Bytes[256]):
    """
    @notice Keep a key that is not known yet.
    @param key Its identifier.
    @param holder Who holds it; customs of the key's country sits as such.
    @param modulus Its modulus.
    """
    refusal.demand(self.key_of(key).state == 0, "beacon: key exists")
    state: uint256 = REGISTERED
    if holder.roles & members.CUSTOMS != 0 and holder.country == members.country_of(key):
        state |= BY_CUSTOMS
    self.keys[key] = Key(organisation=holder.organisation, state=state)
    for index: uint256 in range(8):
        self.moduli[key][index] = extract32(modulus, index * 32)


@internal
def seat(key: bytes32) -> bytes32:
    """
    @notice Give a registered key a seat from the next round on, in the place of its
            organisation's former one; return that, or zero.
    @param key Its identifier.
    """
    found: Key = self.key_of(key)
    refusal.demand(found.state & MASK_8 == REGISTERED, "beacon: key is not registered")
    country: uint256 = members.country_of(key)
    panel: Panel = self.panel_of(country, max_value(uint256))
    size: uint256 = self.seats_of(panel)
    place: uint256 = 0
    former: bytes32 = empty(bytes32)
    for _: uint256 in range(SEATS):
        if place == size:
            break
        other: Key = self.key_of(panel.keys[place])
        if other.organisation == found.organisation:
            former = panel.keys[place]
            self._set_status(former, other, ENDED)
            break
        place += 1
    refusal.demand(place < SEATS, "beacon: panel is full")
    panel.keys[place] = key
    self._set_status(key, found, SEATED)
    self._keep(country, panel.keys, max(size, place + 1))
    return former


@internal
def end(key: bytes32, found: Key):
    """
    @notice End a key: from the next round on it has no seat.
    @param key Its identifier.
    @param found The key.
    """
    status: uint256 = found.state & MASK_8
    refusal.demand(status == REGISTERED or status == SEATED, "beacon: key has ended")
    self._set_status(key, found, ENDED)
    if status == REGISTERED:
        return
    country: uint256 = members.country_of(key)
    panel: Panel = self.panel_of(country, max_value(uint256))
    rest: bytes32[SEATS] = empty(bytes32[SEATS])
    size: uint256 = 0
    for place: uint256 in range(self.seats_of(panel), bound=SEATS):
        if panel.keys[place] != key:
            rest[size] = panel.keys[place]
            size += 1
    self._keep(country, rest, size)


@internal
def _set_status(key: bytes32, found: Key, status: uint256):
    """
    @notice Keep a key with another status.
    @param key Its identifier.
    @param found The key.
    @param status Its new status.
    """
    self.keys[key] = Key(
        organisation=found.organisation, state=found.state & BY_CUSTOMS | status
    )


@internal
def _keep(country: uint256, seated: bytes32[SEATS], size: uint256):
    """
    @notice Keep a country's panel that stands from the next round on.
    @param country Two letters as a number.
    @param seated Its keys, zeros behind them.
    @param size How many there are.
    """
    first: uint256 = block.number + 1
    state: uint256 = first | size << 64
    for place: uint256 in range(size, bound=SEATS):
        if self.is_by_customs(seated[place]):
            state |= 1 << (72 + place)
    count: uint256 = self.panel_counts[country]
    # Of several changes in one block the last one stands.
    if count != 0 and self.panels[country][count - 1].state & MASK_64 == first:
        count -= 1
    self.panels[country][count] = Panel(state=state, keys=seated)
    self.panel_counts[country] = count + 1


@internal
@view
def is_by_customs(key: bytes32) -> bool:
    """
    @notice Say whether customs of its country registered a key.
    @param key Its identifier.
    """
    return self.key_of(key).state & BY_CUSTOMS != 0
