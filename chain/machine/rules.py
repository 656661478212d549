"""The limits of the state machine, each with its purpose.

The hard fork is Prague, the last one that py-evm knows. Base fee and gas price are zero and there
is no currency, so gas does not pay for anything: it bounds work. Gas is not time, though. A pairing
costs 181,000 gas and 0.65 s here, and 30,000,000 gas buy ten million cheap instructions, some 10 s.
Hence what is slow for its gas is off or counted, and instructions are counted too.
"""

from typing import Final

HARD_FORK: Final = "prague"

MAX_TRANSACTION_BYTES: Final = 131_072
"""Largest raw transaction; the same bound as go-ethereum's transaction pool."""

MAX_TRANSACTION_GAS: Final = 30_000_000
"""Gas limit of one transaction: a batch of 256 signed records takes about 19,000,000."""

MAX_BLOCK_GAS: Final = 60_000_000
"""Gas limit of one block."""

MAX_TRANSACTION_STEPS: Final = 3_000_000
"""Instructions of one transaction: about 3 s on one slow core."""

MAX_BLOCK_STEPS: Final = 3_000_000
"""Once a block has executed so many instructions, the rest waits for the next one."""

MAX_BLOCK_TRANSACTIONS: Final = 1_000
"""Transactions of one block."""

MAX_ACCESS_LIST_ENTRIES: Final = 256
"""Addresses and slots together in a transaction's access list."""

MAX_CALL_GAS: Final = 60_000_000
"""Gas of an eth_call, which nobody else waits for."""

MAX_MODEXP_BYTES: Final = 256
"""Longest base, exponent or modulus of the MODEXP precompile: enough for RSA-2048."""

MAX_CURVE_WORK: Final = 8_192
"""Work on bn254 in one transaction: an addition counts 1 (0.08 ms), a multiplication 75 (6 ms).

At its price of 150 gas, 30,000,000 gas would buy 16 s of additions.
"""

CURVE_ADDITION_WORK: Final = 1
CURVE_MULTIPLICATION_WORK: Final = 75

GENESIS_GAS: Final = 1_000_000_000
"""Gas of one founding entry; the founders write it, nobody else."""

# Ethereum's own constants.
TRANSACTION_GAS: Final = 21_000  # Yellow Paper, appendix G
ZERO_BYTE_GAS: Final = 4  # EIP-2028
OTHER_BYTE_GAS: Final = 16  # EIP-2028
ACCESS_LIST_ADDRESS_GAS: Final = 2_400  # EIP-2930
ACCESS_LIST_SLOT_GAS: Final = 1_900  # EIP-2930
FLOOR_GAS_PER_TOKEN: Final = 10  # EIP-7623
TOKENS_PER_OTHER_BYTE: Final = 4  # EIP-7623
MAX_REFUND_QUOTIENT: Final = 5  # EIP-3529
