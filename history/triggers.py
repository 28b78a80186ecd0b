"""The triggers by which the database itself refuses to change or delete a revision."""

from django.db.backends.base.base import BaseDatabaseWrapper

MESSAGE = "revisions are append-only"

SQLITE = [
    *(
        f"""CREATE TRIGGER history_revision_no_{act.lower()} BEFORE {act} ON history_revision
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
        for act in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes the row in its way without asking the trigger on DELETE.
    f"""CREATE TRIGGER history_revision_no_replace BEFORE INSERT ON history_revision
        WHEN EXISTS (SELECT 1 FROM history_revision WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",  # noqa: S608 - our own words only
]
POSTGRESQL = [
    f"""CREATE FUNCTION history_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER history_revision_no_change BEFORE UPDATE OR DELETE ON history_revision
        FOR EACH ROW EXECUTE FUNCTION history_refuse_change()""",
    """CREATE TRIGGER history_revision_no_truncate BEFORE TRUNCATE ON history_revision
        FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change()""",
]
SQLITE_DROP = [f"DROP TRIGGER IF EXISTS history_revision_no_{act}" for act in ("update", "delete", "replace")]
POSTGRESQL_DROP = [
    "DROP TRIGGER IF EXISTS history_revision_no_change ON history_revision",
    "DROP TRIGGER IF EXISTS history_revision_no_truncate ON history_revision",
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
