"""What all import commands share: options, reading, plan or apply, report, exit status."""

import datetime
import sys
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandError, CommandParser

from history.enums import Through
from history.services import Authorship
from importers.calculations.plan import HELD_KINDS
from importers.calculations.report import plan_to_dict, report_lines, to_json
from importers.enums import DocumentKind
from importers.management.plain_command import REFUSED, WRONG_USAGE, PlainCommand
from importers.services.imports import (
    Applied,
    EarlyLoad,
    ImportOptions,
    ImportRefused,
    apply_document,
    check_acceptable,
    complete,
    prepare,
)
from importers.services.read_file import ReadFile, read_file
from importers.sources.day_cells import read_day
from tsukuba_kpi import clock
from tsukuba_kpi.lib.collector import collector_at_rest
from tsukuba_kpi.lib.fiscal_year import parse_fiscal_year


class ImportCommand(PlainCommand):
    """Preview a document's changes; with --apply write them in one transaction."""

    kind: ClassVar[DocumentKind]
    needs_fiscal_year: ClassVar[bool] = False
    takes_plan: ClassVar[bool] = False
    takes_effective_on: ClassVar[bool] = False
    takes_reason: ClassVar[bool] = False
    takes_demo: ClassVar[bool] = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of the stable interface, and --demo for made-up data."""
        parser.add_argument("file", metavar="FILE", help="取り込むファイル")
        if self.takes_plan:
            parser.add_argument("--plan", metavar="NAME", help="計画の名称（なければ新しく作ります）")
        if self.needs_fiscal_year:
            parser.add_argument(
                "--fiscal-year", metavar="R6", required=True, help="対象年度（R6、令和6年度、2024 など）"
            )
        if self.takes_effective_on:
            parser.add_argument(
                "--effective-on", metavar="2025-04-01", help="適用日（行に日付や年度がないとき。R7.4.1 など）"
            )
        if self.kind in HELD_KINDS:
            parser.add_argument(
                "--take-review",
                action="store_true",
                help="要確認の行も、確認したものとして反映する（一覧にないものは変えません）",
            )
        if self.takes_reason:
            parser.add_argument("--reason", default="", help="照会を始めた後に目標値などを変える理由")
        parser.add_argument("--apply", action="store_true", help="反映する（なければ確認だけ）")
        parser.add_argument("--strict", action="store_true", help="取込不可の行があれば全体を取り込まない")
        parser.add_argument("--json", action="store_true", help="結果をJSONで出力する")
        parser.add_argument("--include-hidden", action="store_true", help="非表示の行やシートも読む")
        if self.takes_demo:
            parser.add_argument("--demo", action="store_true", help="デモデータとして取り込む")

    @collector_at_rest()
    def handle(self, *args: Any, **options: Any) -> None:
        """Read, plan and perhaps write the document."""
        settings = ImportOptions(
            kind=self.kind,
            plan_name=options.get("plan"),
            fiscal_year=self._fiscal_year(options),
            demo=options.get("demo", False),
            strict=options["strict"],
            include_hidden=options["include_hidden"],
            effective_on=self._effective_on(options),
            take_review=options.get("take_review", False),
            reason=options.get("reason", ""),
        )
        early = EarlyLoad(settings)
        try:
            read = self._read(Path(options["file"]), settings, early)
            done = self._run(read, settings, early, apply=options["apply"])
        except ImportRefused as refusal:
            if options["json"] and refusal.plan is not None:
                self.stdout.write(to_json(plan_to_dict(refusal.plan, refusal.sha256)))
            raise CommandError(str(refusal), returncode=REFUSED) from None
        if options["json"]:
            self._tell_notes(done)
            self.stdout.write(to_json(plan_to_dict(done.plan, read.file.sha256)))
            return
        lines = report_lines(done.plan, applied=options["apply"], sha256=read.file.sha256)
        self.stdout.write("\n".join(lines))

    def _fiscal_year(self, options: dict[str, Any]) -> int | None:
        if not self.needs_fiscal_year:
            return None
        year = parse_fiscal_year(options["fiscal_year"])
        if year is None:
            message = f"年度「{options['fiscal_year']}」を読めません。R6、2024 のように指定してください。"
            raise CommandError(message, returncode=WRONG_USAGE)
        return year

    def _effective_on(self, options: dict[str, Any]) -> datetime.date | None:
        typed = options.get("effective_on")
        if not typed:
            return None
        day = read_day(typed)
        if day is None:
            message = f"適用日「{typed}」を読めません。2025-04-01、R7.4.1 のように指定してください。"
            raise CommandError(message, returncode=WRONG_USAGE)
        return day

    def _read(self, path: Path, settings: ImportOptions, early: EarlyLoad) -> ReadFile:
        self._progress(f"{path.name} を読んでいます…")
        shows = sys.stderr.isatty()
        try:
            return read_file(
                path,
                settings.kind,
                demo=settings.demo,
                include_hidden=settings.include_hidden,
                progress=self._step if shows else None,
                meanwhile=early,
            )
        except OSError as problem:
            raise ImportRefused(
                f"「{path}」を開けません（{_reason(problem)}）。ファイルの場所と権限を確認してください。"
            ) from None
        finally:
            if shows:
                self.stderr.write("\r\033[K", style_func=str, ending="")

    def _run(self, read: ReadFile, settings: ImportOptions, early: EarlyLoad, *, apply: bool) -> Applied:
        self._progress("いまの内容と比べています…")
        document = complete(read.document, settings)
        if apply:
            authorship = Authorship(by=None, at=clock.now(), through=Through.IMPORT)
            return apply_document(document, settings, read.file, authorship=authorship, state=early.state)
        plan = prepare(document, settings, early.state).plan
        check_acceptable(plan, read.file, strict=settings.strict)
        return Applied(plan, None)

    def _tell_notes(self, done: Applied) -> None:
        for note in done.plan.notes:
            self.stderr.write(f"お知らせ: {note.message}", style_func=str)

    def _step(self, done: int, total: int, words: str) -> None:
        """Tell how far the reading is, on one line of the terminal that is written over."""
        share = f" {done}／{total}" if total > 1 else ""
        self.stderr.write(f"\r\033[K{words}{share}", style_func=str, ending="")

    def _progress(self, message: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(message, style_func=str)


def _reason(problem: OSError) -> str:
    if isinstance(problem, FileNotFoundError):
        return "ファイルがありません"
    if isinstance(problem, IsADirectoryError):
        return "フォルダーです"
    if isinstance(problem, PermissionError):
        return "読む権限がありません"
    return problem.strerror or "読み取りの誤り"
