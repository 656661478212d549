"""An interpreter of contract code, for speed; py-evm says what is right.

`program` cuts code into segments, `interpreter` runs them, the other modules hold the instructions.
A message, its failure and its precompiles stay py-evm's (see `chain.machine.computation`).
"""
