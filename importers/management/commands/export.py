"""Give back what was imported: the records of a plan, a year's programs or all actuals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from importers.calculations.export_tables import table_of
from importers.calculations.report import to_json
from importers.enums import DocumentKind
from importers.management.plain_command import REFUSED, WRONG_USAGE, PlainCommand
from importers.selectors.export_records import (
    Record,
    actual_records,
    find_plan,
    plan_names,
    program_records,
    program_years,
    strategy_records,
)
from strategy.models import Plan
from tsukuba_kpi.lib.fiscal_year import era_label, parse_fiscal_year
from tsukuba_kpi.lib.flat_table import WrittenFile, to_csv, to_xlsx

KINDS = ("strategy", "programs", "actuals")


class Command(PlainCommand):
    """See the stable interfaces in docs/architecture.md."""

    help = "取り込んだ内容を文書の順に書き出します。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of the stable interface."""
        parser.add_argument("kind", choices=KINDS, help="書き出すもの")
        parser.add_argument("--plan", metavar="NAME", help="計画の名称か符号（計画が一つなら不要）")
        parser.add_argument("--fiscal-year", metavar="R6", help="対象年度（年度が一つなら不要）")
        parser.add_argument("--format", choices=("json", "csv", "xlsx"), default="json", help="形式")
        parser.add_argument("--out", metavar="FILE", help="出力先のファイル（なければ標準出力）")
        parser.add_argument(
            "--encoding", choices=("utf-8-sig", "cp932"), default="utf-8-sig", help="CSVの文字コード"
        )
        parser.add_argument("--demo", action="store_true", help="デモデータを書き出す")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the records of one kind in one format."""
        records = self._records(options)
        if options["format"] == "json":
            self._write((to_json(records) + "\n").encode(), options["out"])
            return
        written = self._as_table(options, records)
        if written.lost:
            lost = "".join(written.lost[:20])
            self.stderr.write(
                f"cp932にない文字を「〓」に置き換えました: {lost}（UTF-8で書き出すと失われません）",
                style_func=str,
            )
        self._write(written.content, options["out"])

    def _as_table(self, options: dict[str, Any], records: Sequence[Record]) -> WrittenFile:
        table = table_of(DocumentKind(options["kind"]), records)
        if options["format"] == "csv":
            return to_csv(table, options["encoding"])
        try:
            return to_xlsx([table])
        except ValueError as problem:
            message = f"Excelのセルに入らない長い文章があります（{problem}）。CSVかJSONで書き出してください。"
            raise CommandError(message, returncode=REFUSED) from None

    def _records(self, options: dict[str, Any]) -> list[Record]:
        if options["kind"] == "strategy":
            return strategy_records(self._plan(options))
        if options["kind"] == "actuals":
            plan = self._plan(options) if options["plan"] else None
            year = self._stated_year(options) if options["fiscal_year"] else None
            in_words = options["format"] != "json"
            return actual_records(demo=options["demo"], plan=plan, fiscal_year=year, in_words=in_words)
        return program_records(fiscal_year=self._year(options), demo=options["demo"])

    def _plan(self, options: dict[str, Any]) -> Plan:
        plan = find_plan(options["plan"], demo=options["demo"])
        if plan is None:
            names = "、".join(f"「{name}」" for name in plan_names(demo=options["demo"]))
            if options["plan"]:
                message = f"計画「{options['plan']}」がありません。登録されている計画: {names or 'なし'}。"
            elif names:
                message = f"計画が複数あります。--plan でどれかを指定してください: {names}。"
            else:
                message = "計画がまだ登録されていません。import_strategy で取り込んでください。"
            raise CommandError(message, returncode=WRONG_USAGE)
        return plan

    def _year(self, options: dict[str, Any]) -> int:
        years = program_years(demo=options["demo"])
        known = "、".join(era_label(year) for year in years) or "なし"
        if options["fiscal_year"] is None:
            if len(years) != 1:
                message = f"--fiscal-year で年度を指定してください。登録されている年度: {known}。"
                raise CommandError(message, returncode=WRONG_USAGE)
            return years[0]
        return self._stated_year(options)

    def _stated_year(self, options: dict[str, Any]) -> int:
        year = parse_fiscal_year(options["fiscal_year"])
        if year is None:
            message = f"年度「{options['fiscal_year']}」を読めません。R6、2024 のように指定してください。"
            raise CommandError(message, returncode=WRONG_USAGE)
        return year

    def _write(self, content: bytes, out: str | None) -> None:
        if out is not None:
            try:
                Path(out).write_bytes(content)
            except OSError as problem:
                message = f"「{out}」に書き込めません（{problem.strerror}）。出力先を確認してください。"
                raise CommandError(message, returncode=REFUSED) from None
            return
        binary = getattr(getattr(self.stdout, "_out", None), "buffer", None)
        if binary is not None:
            binary.write(content)
            binary.flush()
        else:
            self.stdout.write(content.decode("utf-8", "replace"), ending="")
