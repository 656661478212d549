"""Sealed documents of one organisation: ciphertext by content, opened on demand."""
