"""Certificates and messages of the exchange as XML in the shape of the WCO Data Model.

`declarations` and `responses` are the doors: bytes in, typed object out, and back. They
need the packages defusedxml and xmlschema, which the small installation does without.
"""
