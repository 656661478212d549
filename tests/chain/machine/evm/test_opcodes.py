"""Each instruction by itself gives what py-evm gives: at the edges, and where it fails."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from coincurve import PrivateKey
from eth.exceptions import (
    FullStack,
    InsufficientStack,
    InvalidInstruction,
    InvalidJumpDestination,
    OutOfBoundsRead,
    OutOfGas,
    Revert,
    WriteProtection,
)
from support.evm import (
    DELEGATED,
    FILL,
    KEEP_TOP,
    MAIN,
    NOBODY,
    OTHER,
    RETURN_MEMORY,
    THIRD,
    Given,
    Observed,
    PlainComputation,
    assert_same,
    gas_before_each,
    push,
    pushes,
    run_fast,
    run_plain,
)

from chain.machine.evm.calls import MAX_DEPTH
from chain.machine.evm.program import load_program
from chain.machine.rules import MAX_TRANSACTION_STEPS
from chain.proofs.keccak import keccak256

EDGES = (
    0, 1, 2, 3, 31, 32, 33, 127, 128, 255, 256, 2**128, 2**160 + 5,
    2**255 - 1, 2**255, 2**255 + 1, 2**256 - 2, 2**256 - 1,
)  # fmt: skip
FEW = (0, 1, 5, 2**255, 2**256 - 1)
PLACES = (0, 1, 31, 32, 64, 96, 97, 1_000, 2**32, 2**64, 2**256 - 1)
LENGTHS = (0, 1, 31, 32, 33, 100, 2**20, 2**64, 2**256 - 1)

LIKE_OTHERS = {*range(0x62, 0x7F), *range(0x82, 0x8F), *range(0x92, 0x9F)}  # PUSH, DUP, SWAP
DIFFERENT = sorted(set(PlainComputation.opcodes) - LIKE_OTHERS | {0x0C, 0xEF, 0xFE})
UNARY = (0x15, 0x19)
BINARY = (
    *range(0x01, 0x08),
    0x0A,
    0x0B,
    *range(0x10, 0x15),
    *range(0x16, 0x19),
    *range(0x1A, 0x1E),
)
TERNARY = (0x08, 0x09)

RETURNS = FILL + pushes(5, 60) + b"\xf3"
REVERTS = FILL + pushes(5, 60) + b"\xfd"
WRITES = pushes(1, 2) + b"\x55" + pushes(0, 32, 7) + b"\xa1" + RETURNS
CREATES = push(0x600160005360016000F3) + b"\x5f\x52" + pushes(0, 22, 10) + b"\xf0" + KEEP_TOP


def opcode(number: int) -> bytes:
    return bytes([number])


def given(code: bytes, **changes: object) -> Given:
    defaults: dict[str, object] = {
        "codes": {MAIN: code, OTHER: RETURNS, THIRD: b"\xef\x01\x00" + OTHER},
        "data": bytes(range(1, 101)),
        "storage": {(MAIN, 0): 7, (MAIN, 5): 1},
        "balances": {MAIN: 1_000},
        "creators": frozenset({MAIN}),
    }
    return Given(**(defaults | changes))  # type: ignore[arg-type]


def sweep(one: Given, least: int = 0) -> None:
    """Run with each amount of gas around what is spent before each instruction, from the least."""
    assert_same(one)
    spent = {one.gas - left for left in gas_before_each(one)} | {one.gas - run_plain(one).gas}
    around = {amount + offset for amount in spent for offset in (-1, 0, 1)}
    for gas in sorted(amount for amount in around if amount >= least):
        assert_same(replace(one, gas=gas))


@pytest.mark.parametrize("number", BINARY)
def test_binary_instructions_at_the_edges(number: int) -> None:
    code = b"".join(
        pushes(left, right) + opcode(number) + push(32 * place, 3) + b"\x52"
        for place, (left, right) in enumerate(product(EDGES, EDGES))
    )
    done = assert_same(given(code + RETURN_MEMORY, gas=10_000_000))
    assert done.error is None
    assert len(done.output) == 32 * len(EDGES) ** 2


@pytest.mark.parametrize("number", TERNARY)
def test_ternary_instructions_at_the_edges(number: int) -> None:
    operands = product(EDGES, FEW, EDGES)
    code = b"".join(
        pushes(*three) + opcode(number) + push(32 * place, 3) + b"\x52"
        for place, three in enumerate(operands)
    )
    assert assert_same(given(code + RETURN_MEMORY, gas=30_000_000)).error is None


@pytest.mark.parametrize("number", UNARY)
def test_unary_instructions_at_the_edges(number: int) -> None:
    for operand in EDGES:
        sweep(given(push(operand) + opcode(number) + KEEP_TOP + RETURN_MEMORY))


def test_every_byte_alone_on_stacks_of_every_height() -> None:
    for number, height in product(range(256), (0, 1, 2, 3, 6, 7, 17)):
        if number not in DIFFERENT and height > 1:
            continue
        code = b"\x60\x01" * height + opcode(number) + b"\x00" * 3
        for is_static in (False, True):
            assert_same(given(code, is_static=is_static))


def test_instructions_on_a_full_stack_and_one_below() -> None:
    growing = (0x30, 0x42, 0x58, 0x5A, 0x5F, 0x60, 0x7F, 0x80, 0x8F)
    for number, height in product((*growing, 0x01, 0x51, 0x54, 0x90, 0xFA), (1_023, 1_024)):
        done = assert_same(given(b"\x5f" * height + opcode(number) + b"\x00"))
        assert (done.error is FullStack) == (number in growing and height == 1_024)


def test_every_byte_at_every_gas() -> None:
    operands = pushes(0x20, 0x40, 0x21, 3, 5, 0x20, 0x10, 1)
    for number in DIFFERENT:
        one = given(operands + opcode(number) + RETURN_MEMORY)
        sweep(one, one.gas - gas_before_each(one)[8])


def test_the_stack_limits_by_name() -> None:
    assert assert_same(given(b"\x5f" * 1_024)).error is None
    assert assert_same(given(b"\x5f" * 1_025)).error is FullStack
    assert assert_same(given(b"\x5f" * 1_024 + b"\x80")).error is FullStack
    assert assert_same(given(b"\x5f\x01")).error is InsufficientStack
    assert assert_same(given(b"\x5f\x80\x83")).error is InsufficientStack


@pytest.mark.parametrize("number", [0x20, 0xF3, 0xFD, 0xA0])
def test_ranges_of_memory(number: int) -> None:
    for start, size in product(PLACES, LENGTHS):
        tail = KEEP_TOP if number == 0x20 else b""
        code = FILL + pushes(start, size) + opcode(number) + tail + RETURN_MEMORY
        assert_same(given(code, gas=200_000))
    sweep(given(FILL + pushes(40, 100) + opcode(number) + RETURN_MEMORY))


@pytest.mark.parametrize("number", [0x37, 0x39, 0x3E, 0x5E])
def test_copies(number: int) -> None:
    fetch = pushes(50_000, OTHER_WORD, 0, 0, 0, 0) + b"\xfa\x50"  # for return data
    for target, source, size in product(PLACES, PLACES, LENGTHS):
        code = FILL + fetch + pushes(target, source, size) + opcode(number) + RETURN_MEMORY
        assert_same(given(code, gas=300_000))
    sweep(given(FILL + pushes(40, 3, 0) + opcode(number) + RETURN_MEMORY))
    sweep(given(FILL + pushes(40, 3, 90) + opcode(number) + RETURN_MEMORY))


OTHER_WORD = int.from_bytes(OTHER, "big")


def test_return_data_may_not_be_read_beyond_its_end() -> None:
    fetch = pushes(50_000, OTHER_WORD, 0, 0, 0, 0) + b"\xfa\x50"
    within = fetch + pushes(0, 10, 50) + b"\x3e" + RETURN_MEMORY
    beyond = fetch + pushes(0, 10, 51) + b"\x3e" + RETURN_MEMORY
    assert assert_same(given(within)).error is None
    assert assert_same(given(beyond)).error is OutOfBoundsRead


def test_memory_words_and_bytes() -> None:
    for place, value in product(PLACES, FEW):
        for code in (
            FILL + pushes(place, value) + b"\x52" + RETURN_MEMORY,
            FILL + pushes(place, value) + b"\x53" + RETURN_MEMORY,
            FILL + push(place) + b"\x51" + KEEP_TOP + RETURN_MEMORY,
            push(place) + b"\x35" + KEEP_TOP + RETURN_MEMORY,
        ):
            assert_same(given(code, gas=200_000))
    for number in (0x51, 0x52, 0x53):
        sweep(given(pushes(1_000, 9) + opcode(number) + RETURN_MEMORY))


@pytest.mark.parametrize(
    "number",
    [0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3A, 0x3D, *range(0x41, 0x49), 0x4A, 0x58, 0x59, 0x5A],
)
def test_what_is_pushed_from_around(number: int) -> None:
    code = FILL + opcode(number) + KEEP_TOP + RETURN_MEMORY
    sweep(given(code, value=9))
    assert_same(given(code, data=b"", is_static=True))


def test_hashes_of_blocks_and_blobs() -> None:
    for number in (0, 1, 2, 50, 198, 199, 200, 201, 2**64, 2**256 - 1):
        sweep(given(push(number) + b"\x40" + KEEP_TOP + RETURN_MEMORY))
        sweep(given(push(number) + b"\x49" + KEEP_TOP + RETURN_MEMORY))


ACCOUNTS = [
    *(int.from_bytes(address, "big") for address in (MAIN, OTHER, THIRD, DELEGATED, NOBODY)),
    0, 1, 3, 9, 2**160 + OTHER_WORD, 2**256 - 1,
]  # fmt: skip


@pytest.mark.parametrize("number", [0x31, 0x3B, 0x3F])
def test_other_accounts(number: int) -> None:
    ask = opcode(number) + KEEP_TOP
    for account in ACCOUNTS:
        sweep(given((push(account) + ask) * 2 + RETURN_MEMORY))


def test_code_of_other_accounts() -> None:
    for account, start, size in product(ACCOUNTS[1:8], (0, 500, 2**256 - 1), (0, 40, 2**64)):
        sweep(given(FILL + pushes(account, 3, start, size) + b"\x3c" + RETURN_MEMORY, gas=50_000))


@pytest.mark.parametrize("original", [0, 5])
def test_storage_through_every_change(original: int) -> None:
    for values in product((0, 5, 9), repeat=3):
        code = b"".join(pushes(0, value) + b"\x55" for value in values)
        one = given(code, storage={(MAIN, 0): original})
        assert assert_same(one).error is None
        assert_same(replace(one, warm=((MAIN, 0),)))
    sweep(given(pushes(0, 9) + b"\x55" + pushes(0, 0) + b"\x55" + push(0) + b"\x54"))


def test_storage_needs_more_than_the_stipend() -> None:
    one = given(pushes(0, 7) + b"\x55", warm=((MAIN, 0),))
    before = gas_before_each(one)
    needed = one.gas - before[2]
    assert assert_same(replace(one, gas=needed + 2_300)).error is OutOfGas
    assert assert_same(replace(one, gas=needed + 2_301)).error is None


def test_reading_storage() -> None:
    for slot in (*EDGES, 5):
        sweep(given((push(slot) + b"\x54" + KEEP_TOP) * 2 + RETURN_MEMORY))


def test_transient_storage() -> None:
    for slot, value in product(FEW, FEW):
        code = pushes(slot, value) + b"\x5d" + push(slot) + b"\x5c" + KEEP_TOP + RETURN_MEMORY
        assert_same(given(code))
    sweep(given(pushes(1, 2) + b"\x5d" + push(1) + b"\x5c" + KEEP_TOP + RETURN_MEMORY))


@pytest.mark.parametrize("topics", range(5))
def test_logs(topics: int) -> None:
    one = given(
        FILL + pushes(3, 40, *EDGES[-topics:] if topics else ()) + opcode(0xA0 + topics) * 1
    )
    assert len(assert_same(one).logs) == 1
    sweep(one)
    static = replace(one, is_static=True)
    assert assert_same(static).error is WriteProtection
    assert not run_fast(static).logs


@pytest.mark.parametrize("write", [b"\x55", b"\x5d", b"\xa0", b"\xf0", b"\xf5", b"\xff"])
def test_static_calls_may_not_write(write: bytes) -> None:
    code = pushes(1, 2, 0, 0) + write
    assert assert_same(given(code, is_static=True)).error is WriteProtection
    assert assert_same(given(code)).error is None


def jump_table(target: int, condition: int | None) -> bytes:
    # position 0: PUSH32 target [condition below], then data that looks like code
    if condition is None:
        return push(target, 32) + b"\x56\x5b\x60\x5b\x5b\x00"
    return push(condition, 1) + push(target, 32) + b"\x57\x5b\x60\x5b\x5b\x00"


def test_jumps() -> None:
    for target in [*range(50), 2**32, 2**256 - 1]:
        assert_same(given(jump_table(target, None)))
        assert_same(given(jump_table(target, 0)))
        assert_same(given(jump_table(target, 1)))
    assert assert_same(given(jump_table(34, None))).error is None
    assert assert_same(given(jump_table(33, None))).error is InvalidJumpDestination
    assert assert_same(given(jump_table(36, None))).error is InvalidInstruction
    sweep(given(jump_table(34, None)))
    sweep(given(jump_table(36, 1)))


def test_a_loop_runs_until_the_gas_is_gone() -> None:
    done = assert_same(given(b"\x5b\x5f\x56", gas=10_000))
    assert (done.error, done.gas) == (OutOfGas, 0)


def test_code_that_ends_within_a_push() -> None:
    for size in range(33):
        for present in range(size):
            assert_same(given(opcode(0x5F + size) + b"\x5b" * present))


def test_invalid_instructions() -> None:
    for number in set(range(256)) - set(PlainComputation.opcodes):
        assert assert_same(given(opcode(number))).error is InvalidInstruction


def test_revert_keeps_gas_and_output() -> None:
    done = assert_same(given(pushes(1, 2) + b"\x55" + REVERTS))
    assert done.error is Revert
    assert done.gas > 900_000
    assert len(done.output) == 60


CALLS = (0xF1, 0xF2, 0xF4, 0xFA)


def calling(number: int, target: int, gas: int, value: int = 0, *places: int) -> bytes:
    operands = [gas, target, *([value] if number in {0xF1, 0xF2} else []), *places]
    return FILL + pushes(*operands) + opcode(number) + KEEP_TOP + b"\x3d" + push(0x420) + b"\x52"


@pytest.mark.parametrize("number", CALLS)
def test_calls_of_every_kind_of_account(number: int) -> None:
    for target in [*range(0x13), *ACCOUNTS]:
        for value in (0, 1, 1_001) if number in {0xF1, 0xF2} else (0,):
            code = calling(number, target, 30_000, value, 0, 64, 128, 40) + RETURN_MEMORY
            for is_static in (False, True):
                assert_same(given(code, is_static=is_static))


@pytest.mark.parametrize("number", CALLS)
@pytest.mark.parametrize("inner", [RETURNS, REVERTS, WRITES, CREATES, b"\xfe", b"\x5b\x5f\x56"])
def test_calls_of_every_outcome(number: int, inner: bytes) -> None:
    code = calling(number, OTHER_WORD, 60_000, 1, 0, 64, 128, 40) + RETURN_MEMORY
    codes = {MAIN: code, OTHER: inner}
    one = given(code, codes=codes, creators=frozenset({MAIN, OTHER}))
    assert_same(replace(one, gas=40_000))
    assert_same(replace(one, is_static=True))
    assert_same(replace(one, depth=1_023))
    assert_same(replace(one, depth=1_024))
    if inner != b"\x5b\x5f\x56":
        sweep(replace(one, gas=120_000))


@pytest.mark.parametrize("number", CALLS)
def test_calls_with_places_and_gas_at_the_edges(number: int) -> None:
    for gas, start, size in product((0, 1, 700, 2**64, 2**256 - 1), PLACES[:8], LENGTHS):
        code = calling(number, OTHER_WORD, gas, 1, start, size, 0, 0) + RETURN_MEMORY
        assert_same(given(code, gas=100_000))
        code = calling(number, OTHER_WORD, gas, 1, 0, 0, start, size) + RETURN_MEMORY
        assert_same(given(code, gas=100_000))


ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_recovery_of_signers() -> None:
    digest = b"\x11" * 32
    signed = PrivateKey(b"\x01" * 32).sign_recoverable(digest, hasher=None)
    r, s = int.from_bytes(signed[:32], "big"), int.from_bytes(signed[32:64], "big")
    good_v, answers = 27 + signed[64], []
    all_v = (good_v, 55 - good_v, 0, 1, 26, 29, 2**200 + good_v)
    all_r = (r, 0, 1, 5, ORDER - 1, ORDER, 2**256 - 1)
    for each in product(all_v, all_r, (s, ORDER - s, 0, ORDER, 2**256 - 1)):
        data = digest + b"".join(word.to_bytes(32, "big") for word in each)
        for size in (128, 127, 129, 64, 0):
            code = pushes(0, 0, 200) + b"\x37" + pushes(9_000, 1, 0, size, 0, 32) + b"\xfa"
            keep = KEEP_TOP + b"\x3d" + KEEP_TOP + RETURN_MEMORY
            answers.append(assert_same(given(code + keep, data=data)).return_data)
    expected = PrivateKey(b"\x01" * 32).public_key.format(compressed=False)
    assert answers[0] == keccak256(expected[1:])[12:].rjust(32, b"\0")
    assert answers.count(b"") > len(answers) // 2


def test_creation() -> None:
    for init_code in (
        b"", b"\x00", b"\xfe", b"\xfd", RETURNS[-5:], bytes.fromhex("600160005360016000f3"),
        bytes.fromhex("60ef60005360016000f3"), pushes(0, 24_577) + b"\xf3", WRITES, CREATES,
        pushes(0) + b"\xff", b"\x30\xff",
    ):  # fmt: skip
        size = len(init_code)
        load = b"".join(push(init_code[at], 1) + push(at) + b"\x53" for at in range(size))
        plain = load + pushes(3, 0, size) + b"\xf0" + KEEP_TOP + RETURN_MEMORY
        salted = load + pushes(3, 0, size, 9) + b"\xf5" + KEEP_TOP + RETURN_MEMORY
        twice = load + (pushes(3, 0, size, 9) + b"\xf5" + KEEP_TOP) * 2 + RETURN_MEMORY
        for code in (plain, salted, twice):
            assert_same(given(code, gas=6_000_000))
            assert_same(given(code, gas=6_000_000, balances={}))
            assert_same(given(code, gas=6_000_000, creators=frozenset()))
            assert_same(given(code, gas=6_000_000, depth=1_024))
    for number in (0xF0, 0xF5):
        sweep(given(pushes(0, 0, 32, 1) + opcode(number) + KEEP_TOP, gas=90_000))


def test_creation_with_places_at_the_edges() -> None:
    for number, start, size in product(
        (0xF0, 0xF5), (0, 1, 97, 2**64), (0, 32, 33, 49_152, 49_153, 2**64)
    ):
        code = FILL + pushes(0, start, size, 1) + opcode(number) + KEEP_TOP + RETURN_MEMORY
        assert_same(given(code, gas=1_000_000))


def test_self_destruction() -> None:
    for account in ACCOUNTS:
        sweep(given(push(account) + b"\xff"))
        assert_same(given(push(account) + b"\xff", balances={}))
    done: Observed = assert_same(given(b"\x30\xff"))
    assert not done.deleted  # it was not made in this transaction (EIP-6780)


def test_calls_reach_the_depth_limit_and_no_further() -> None:
    # counts calls in slot 0, then calls itself with all the gas there is
    count = b"\x60\x01\x5f\x54\x01\x5f\x55"
    code = count + pushes(2**256 - 1, int.from_bytes(MAIN, "big"), 0, 0, 0, 0, 0) + b"\xf1\x5a"
    done = assert_same(given(code, gas=2**63, storage={}))
    assert done.storage[MAIN, 0] == MAX_DEPTH + 1


def test_instructions_are_counted_exactly() -> None:
    code = FILL + calling(0xFA, OTHER_WORD, 50_000, 0, 0, 0, 0, 0) + b"\x5b\x5f\x5f\x01\x50\x00"
    total = assert_same(given(code)).steps
    for steps in range(total + 1):
        done = assert_same(given(code, steps=MAX_TRANSACTION_STEPS - steps))
        assert (done.error is OutOfGas) == (steps < total)


def test_programs_of_the_code_last_used_are_kept() -> None:
    assert load_program(RETURNS) is load_program(bytes(bytearray(RETURNS)))
    assert load_program(RETURNS) is not load_program(REVERTS)
