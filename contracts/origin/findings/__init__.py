"""Findings of an examination of certificates: twelve codes, in two languages."""

from contracts.origin.findings.codes import Code

__all__ = ["Code"]
