"""Commands whose every refusal is one bare Japanese sentence on stderr."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor

REFUSED, WRONG_USAGE = 1, 2


class PlainCommand(BaseCommand):
    """Tell a refusal without a traceback; callers in Python get the CommandError."""

    requires_system_checks = ()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; a database that cannot be used is a refusal like any other."""
        try:
            return self._execute(*args, **options)
        except CommandError as problem:
            if not getattr(self, "_called_from_command_line", False) or options.get("traceback"):
                raise
            self.stderr.write(str(problem), style_func=str)
            sys.exit(problem.returncode)

    def _execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as problem:
            sentence = _database_sentence(problem)
            if sentence is None:
                raise
            raise CommandError(sentence, returncode=REFUSED) from problem


def _database_sentence(problem: DatabaseError) -> str | None:
    """Return what is wrong with the database and what to do, None where the fault is not the database's."""
    try:
        executor = MigrationExecutor(connection)
        unmigrated = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "データベースに接続できません。DATABASE_URL と、データベースが動いているかを確認してください。"
    if unmigrated:
        return "データベースの準備ができていません。先に「python manage.py migrate」を実行してください。"
    if isinstance(problem, OperationalError):
        return f"データベースを使えません（{problem}）。しばらくしてから、もう一度実行してください。"
    return None
