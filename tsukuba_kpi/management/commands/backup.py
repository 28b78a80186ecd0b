"""Write the database and all uploaded files into one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tsukuba_kpi import clock
from tsukuba_kpi.backups import BackupRefused, write_backup


class Command(BaseCommand):
    """`manage.py backup FILE`: may run while people work."""

    help = "データベースとアップロードされたファイルを一つのファイルに保存します。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file."""
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Back up and say what is in it."""
        try:
            contents = write_backup(options["file"], at=clock.now())
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as fault:
            raise CommandError(f"{options['file']} に書けません（{fault.strerror}）。") from fault
        self.stdout.write(
            f"{options['file']} に保存しました（{contents.engine}、ファイル {contents.files} 件、"
            f"{contents.size:,} バイト）。"
        )
