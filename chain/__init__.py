"""How facts are ordered, executed and proved."""

import os

# eth-hash picks pycryptodome first; the C implementation of safe-pysha3 is several times faster.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
