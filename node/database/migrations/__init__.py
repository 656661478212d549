"""Alembic migrations, one history per database."""
