"""Run the migrations of this database on the connection that `node.database.schema` gives."""

from alembic import context

from node.database.migration import configure_context

configure_context(context)
with context.begin_transaction():
    context.run_migrations()
