"""Random programs that mean something: most instructions find what they need, some do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from support.evm import DELEGATED, MAIN, NOBODY, OTHER, THIRD, Given, push

from chain.machine.rules import MAX_TRANSACTION_STEPS

WORDS = (0, 1, 2, 3, 31, 32, 33, 64, 255, 256, 2**64, 2**128 + 1, 2**255 - 1, 2**255, 2**256 - 1)
SLOTS = (0, 1, 2, 2**255)
ADDRESSES = [int.from_bytes(a, "big") for a in (MAIN, OTHER, THIRD, DELEGATED, NOBODY)]
PRECOMPILES = (1, 2, 3, 4, 5, 6, 9)
COMPUTE = {
    1: (0x15, 0x19),
    2: (*range(0x01, 0x08), 0x0A, 0x0B, *range(0x10, 0x15), 0x16, 0x17, 0x18, *range(0x1A, 0x1E)),
    3: (0x08, 0x09),
}
AROUND = (
    0x30,
    0x32,
    0x33,
    0x34,
    0x36,
    0x38,
    0x3A,
    0x3D,
    *range(0x41, 0x49),
    0x4A,
    0x58,
    0x59,
    0x5A,
)


@dataclass
class Writer:
    """Writes one contract; `height` is what the stack holds if all has gone well."""

    random: Random
    code: bytearray = field(default_factory=bytearray)
    height: int = 0
    open_jumps: list[tuple[int, int]] = field(default_factory=list)
    landings: list[int] = field(default_factory=list)

    def emit(self, opcode: int, change: int) -> None:
        self.code.append(opcode)
        self.height = max(0, self.height + change)

    def push(self, value: int, size: int | None = None) -> None:
        if size is None and self.random.random() < 0.1:
            size = 32
        self.code += push(value, size)
        self.height += 1

    def word(self) -> int:
        kind = self.random.random()
        if kind < 0.6:
            return self.random.choice(WORDS)
        return self.random.getrandbits(self.random.choice((8, 16, 160, 256)))

    def place(self) -> int:
        """Return an offset or a length: small, hardly ever enormous."""
        kind = self.random.random()
        if kind < 0.99:
            return self.random.choice((0, 1, 31, 32, 33, 64, 100, 300))
        return self.random.choice((5_000, 2**32, 2**256 - 1))

    def operands(self, count: int) -> None:
        for _ in range(count):
            self.push(self.word())

    def step(self) -> None:
        steps = (
            (20, self.compute),
            (10, self.shuffle),
            (6, self.around),
            (10, self.memory),
            (7, self.copy),
            (9, self.storage),
            (3, self.log),
            (7, self.call),
            (3, self.account),
            (6, self.jump),
            (4, self.land),
            (2, self.create),
            (1, self.end),
            (0.5, self.nonsense),
        )
        weights = [weight for weight, _ in steps]
        self.random.choices([write for _, write in steps], weights)[0]()

    def compute(self) -> None:
        arity = self.random.choice((1, 2, 2, 2, 2, 3))
        if self.height < arity or self.random.random() < 0.6:
            self.operands(arity)
        self.emit(self.random.choice(COMPUTE[arity]), 1 - arity)

    def shuffle(self) -> None:
        if self.height < 2:
            self.operands(2)
        depth = self.random.randint(1, min(16, self.height - 1))
        self.emit(*self.random.choice(((0x7F + depth, 1), (0x8F + depth, 0), (0x50, -1))))

    def around(self) -> None:
        self.emit(self.random.choice(AROUND), 1)

    def memory(self) -> None:
        opcode = self.random.choice((0x51, 0x52, 0x52, 0x53, 0x35))
        if opcode in {0x52, 0x53} and self.random.random() < 0.5:
            self.push(self.word())
        self.push(self.place())
        self.emit(opcode, 0 if opcode in {0x51, 0x35} else -2)

    def copy(self) -> None:
        opcode = self.random.choice((0x20, 0x37, 0x39, 0x3E, 0x5E, 0x3C))
        self.push(self.place())
        self.push(self.place())
        if opcode == 0x20:
            self.emit(opcode, -1)
            return
        if opcode == 0x3E and self.random.random() < 0.9:
            self.emit(0x50, -1)
            self.emit(0x50, -1)
            self.emit(0x3D, 1)
            self.push(0)
        self.push(self.place())
        if opcode == 0x3C:
            self.push(self.random.choice(ADDRESSES))
        self.emit(opcode, -4 if opcode == 0x3C else -3)

    def storage(self) -> None:
        opcode = self.random.choice((0x54, 0x55, 0x55, 0x5C, 0x5D))
        if opcode in {0x55, 0x5D}:
            self.push(self.random.choice((0, 1, 2, self.word())))
        self.push(self.random.choice(SLOTS))
        self.emit(opcode, -2 if opcode in {0x55, 0x5D} else 0)

    def log(self) -> None:
        topics = self.random.randint(0, 4)
        self.operands(topics)
        self.push(self.place())
        self.push(self.place())
        self.emit(0xA0 + topics, -2 - topics)

    def account(self) -> None:
        self.push(self.random.choice((*ADDRESSES, *PRECOMPILES, self.word())))
        self.emit(self.random.choice((0x31, 0x3B, 0x3F, 0x40, 0x49)), 0)

    def call(self) -> None:
        opcode = self.random.choice((0xF1, 0xF1, 0xF2, 0xF4, 0xFA, 0xFA))
        for _ in range(4):
            self.push(self.place())
        if opcode in {0xF1, 0xF2}:
            self.push(self.random.choice((0, 0, 0, 1, 2**200)))
        self.push(self.random.choice((*ADDRESSES, OTHER_WORD, OTHER_WORD, *PRECOMPILES)))
        self.push(self.random.choice((0, 100, 3_000, 30_000, 30_000, 2**64, 2**256 - 1)))
        self.emit(opcode, -6 if opcode in {0xF1, 0xF2} else -5)

    def create(self) -> None:
        opcode = self.random.choice((0xF0, 0xF5))
        init_code = self.random.choice(INIT_CODES)
        self.push(int.from_bytes(init_code.ljust(32, b"\0"), "big"), 32)
        self.push(0)
        self.emit(0x52, -2)
        if opcode == 0xF5:
            self.push(self.random.randint(0, 1))
        self.push(len(init_code))
        self.push(0)
        self.push(self.random.choice((0, 0, 1)))
        self.emit(opcode, -2 if opcode == 0xF0 else -3)

    def jump(self) -> None:
        conditional = self.random.random() < 0.7
        if conditional:
            self.push(self.random.choice((0, 1, self.word())))
        back = self.landings and self.random.random() < 0.05
        self.code += b"\x61"
        if back:
            self.code += self.random.choice(self.landings).to_bytes(2, "big")
        else:
            self.open_jumps.append((len(self.code), self.height - conditional))
            self.code += self.random.getrandbits(7).to_bytes(2, "big")
        self.code.append(0x57 if conditional else 0x56)
        self.height = max(0, self.height - conditional)
        if not conditional:
            self.land()

    def land(self) -> None:
        position = len(self.code)
        if self.random.random() < 0.95:
            for jump, height in self.open_jumps:
                self.code[jump : jump + 2] = position.to_bytes(2, "big")
                self.height = min(self.height, height)
            self.open_jumps.clear()
            self.landings.append(position)
        self.code.append(0x5B)

    def end(self) -> None:
        if len(self.code) < 100:  # let it first do something
            return
        self.push(self.place())
        self.push(self.place())
        if self.random.random() < 0.1:
            self.push(self.random.choice(ADDRESSES))
            self.emit(0xFF, 0)
        self.emit(self.random.choice((0x00, 0xF3, 0xF3, 0xFD)), 0)

    def nonsense(self) -> None:
        self.emit(self.random.randrange(256), 0)


OTHER_WORD = int.from_bytes(OTHER, "big")
INIT_CODES = [
    bytes.fromhex(code)
    for code in ("", "00", "fe", "5f5ffd", "600160005360016000f3", "600a60005260206000f3", "30ff")
]


def random_code(random: Random, steps: int) -> bytes:
    writer = Writer(random)
    for _ in range(steps):
        writer.step()
    writer.land()
    writer.push(1_000 if random.random() < 0.2 else 96)
    writer.push(0)
    writer.emit(random.choice((0xF3, 0xF3, 0xF3, 0xFD)), 0)
    return bytes(writer.code)


def random_given(seed: int) -> Given:
    """Return contracts that call each other and a call of the first, the same for a seed."""
    random = Random(seed)
    codes = {
        MAIN: random_code(random, random.randint(3, 60)),
        OTHER: random_code(random, random.randint(1, 25)),
        THIRD: random_code(random, random.randint(1, 10)),
        DELEGATED: b"\xef\x01\x00" + random.choice((OTHER, THIRD, NOBODY)),
    }
    gas = random.choice((200_000, 200_000, 200_000, 60_000, random.randrange(30_000)))
    few_steps = random.randrange(400) if random.random() < 0.1 else MAX_TRANSACTION_STEPS
    return Given(
        codes,
        gas,
        data=random.randbytes(random.choice((0, 4, 36, 100))),
        value=random.choice((0, 0, 5)),
        is_static=random.random() < 0.1,
        depth=random.choice((0, 0, 0, 1_020)),
        storage={(MAIN, 0): 7, (OTHER, 1): 1, (MAIN, 2**255): 2**256 - 1},
        balances={MAIN: 3} if random.random() < 0.7 else {},
        warm=((MAIN, 1),) if random.random() < 0.5 else (),
        creators=frozenset({MAIN}) if random.random() < 0.7 else frozenset(),
        steps=MAX_TRANSACTION_STEPS - few_steps,
    )
