# pragma version 0.4.3
"""
@title What tests of the ledger make a contract do
"""

struct Entry:
    count: uint256
    head: bytes32

event Registered:
    key: indexed(bytes32)
    count: uint256
    head: bytes32

entries: public(HashMap[bytes32, Entry])
values: public(HashMap[uint256, uint256])
scratch: transient(uint256)

@external
def register(key: bytes32, digest: bytes32):
    entry: Entry = self.entries[key]
    entry.count += 1
    entry.head = keccak256(concat(entry.head, digest))
    self.entries[key] = entry
    self.values[convert(digest, uint256)] = block.timestamp
    log Registered(key=key, count=entry.count, head=entry.head)

@external
def put(slot: uint256, amount: uint256):
    self.values[slot] = amount

@external
def put_and_fail(slot: uint256, amount: uint256):
    self.values[slot] = amount
    raise "exercise: refused on purpose"

@external
def put_around(slot: uint256, amount: uint256, inner: uint256):
    self.values[slot] = amount
    success: bool = raw_call(
        self,
        abi_encode(slot, inner, method_id=method_id("put_and_fail(uint256,uint256)")),
        revert_on_failure=False,
    )
    assert not success

@external
def spin():
    for i: uint256 in range(10_000_000):
        self.values[i] += 1

@external
@view
def ancestor(number: uint256) -> bytes32:
    return blockhash(number)

@external
@view
def now() -> uint256:
    return block.timestamp

@external
def use_transient(amount: uint256) -> uint256:
    before: uint256 = self.scratch
    self.scratch = amount
    return before

@external
def make(init_code: Bytes[4096]) -> address:
    return raw_create(init_code)

@external
@view
def precompile(number: address, data: Bytes[4096]) -> Bytes[512]:
    return raw_call(number, data, max_outsize=512, is_static_call=True)

@external
@view
def add_points(times: uint256) -> uint256:
    p: uint256[2] = [1, 2]
    for i: uint256 in range(times, bound=20_000):
        p = ecadd(p, [1, 2])
    return p[0]

@external
@view
def deep(depth: uint256) -> uint256:
    if depth == 0:
        return 0
    return convert(
        raw_call(
            self,
            abi_encode(depth - 1, method_id=method_id("deep(uint256)")),
            max_outsize=32,
            is_static_call=True,
        ),
        uint256,
    ) + 1
