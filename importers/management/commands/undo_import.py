"""Undo an applied run as a whole, and tell what became of each of its rows."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from history.enums import Through
from history.services import Authorship
from importers.enums import UndoResult
from importers.management.plain_command import PlainCommand
from importers.models import ImportRow, ImportRun
from importers.services.undo import CannotUndo, undo_run
from tsukuba_kpi import clock


class Command(PlainCommand):
    """What was edited since, or is needed by later records, is kept and told."""

    help = "反映した取込を、行ごとに結果を示して取り消します。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the run's number; without one, list the runs that can be undone."""
        parser.add_argument("run", nargs="?", type=int, help="取込番号（省略すると一覧を表示）")

    def handle(self, *args: Any, **options: Any) -> None:
        """Undo the run, or list the runs."""
        if options["run"] is None:
            for run in ImportRun.objects.filter(state="applied"):
                self.stdout.write(f"{run.pk}  {run.applied_at:%Y-%m-%d %H:%M}  {run.file_name}")
            return
        try:
            run = ImportRun.objects.get(pk=options["run"])
            report = undo_run(run, authorship=Authorship(by=None, at=clock.now(), through=Through.UNDO))
        except ImportRun.DoesNotExist:
            raise CommandError(f"取込{options['run']}はありません。番号を確認してください。") from None
        except CannotUndo as refusal:
            raise CommandError(f"取込{options['run']}: {refusal}") from None
        summary = "　".join(f"{result.label} {count}" for result, count in report.counts.items())
        self.stdout.write(f"{run.file_name}の取込を取り消しました。{summary}")
        left = ImportRow.objects.filter(run=run, undo_result__in=[UndoResult.KEPT, UndoResult.FAILED])
        for row in left:
            self.stdout.write(f"{row.position}行目　{row.get_undo_result_display()}　{row.undo_note}")
