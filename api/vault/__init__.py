"""Sealed contents: from the organisation's own clients in, to other members' nodes out."""
