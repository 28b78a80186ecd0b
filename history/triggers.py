"""The triggers by which the database itself refuses to change or delete a revision."""

from django.db.backends.base.base import BaseDatabaseWrapper

MESSAGE = "revisions are append-only"

SQLITE = [
    f"""CREATE TRIGGER history_revision_no_{act.lower()} BEFORE {act} ON history_revision
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
    for act in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    f"""CREATE FUNCTION history_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER history_revision_no_change BEFORE UPDATE OR DELETE ON history_revision
        FOR EACH ROW EXECUTE FUNCTION history_refuse_change()""",
]
SQLITE_DROP = [
    "DROP TRIGGER IF EXISTS history_revision_no_update",
    "DROP TRIGGER IF EXISTS history_revision_no_delete",
]
POSTGRESQL_DROP = [
    "DROP TRIGGER IF EXISTS history_revision_no_change ON history_revision",
    "DROP FUNCTION IF EXISTS history_refuse_change()",
]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    _run(connection, SQLITE, POSTGRESQL)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for the reverse migration, and for test databases that are emptied between tests."""
    _run(connection, SQLITE_DROP, POSTGRESQL_DROP)


def _run(connection: BaseDatabaseWrapper, sqlite: list[str], postgresql: list[str]) -> None:
    statements = {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
