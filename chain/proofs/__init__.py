"""Verify facts about the ledger from bytes alone.

Everything here is pure: bytes in, a trusted object or an exception out. No
input or output, no clock, no randomness, no engine. Only canonical encodings
are accepted, so one fact has one sequence of bytes.
"""
