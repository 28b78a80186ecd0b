"""Print docs/workflow.md's picture and table as the code has them, or write them into the document."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from evaluations.calculations.workflow_table import document

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "workflow.md"


class Command(BaseCommand):
    """Keep the document's picture and table the code's own."""

    help = "シートの流れの図と表を出します（--write で docs/workflow.md に書きます）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to write the document."""
        parser.add_argument("--write", action="store_true", help="docs/workflow.md に書きます。")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or write."""
        text = DOCUMENT.read_text(encoding="utf-8")
        if options["write"]:
            DOCUMENT.write_text(document(text), encoding="utf-8")
            self.stdout.write(f"{DOCUMENT.name} を書きました。")
        else:
            self.stdout.write(document(text))
