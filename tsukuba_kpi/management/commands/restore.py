"""Put a backup in the place of the database and all uploaded files."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tsukuba_kpi.backups import BackupRefused, restore_backup


class Command(BaseCommand):
    """`manage.py restore FILE`: checks every byte first, then replaces, then migrates to this version."""

    help = "backup で保存したファイルから復元します。"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file, and for a word when something would be lost."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--replace", action="store_true", help="いまのデータを置き換えます。")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore and say what is there now."""
        try:
            contents = restore_backup(options["file"], replace=options["replace"])
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        call_command("migrate", verbosity=0, interactive=False)
        self.stdout.write(
            f"{contents.made_at} のバックアップから復元しました（ファイル {contents.files} 件）。"
            "利用者はもう一度サインインしてください。"
        )
