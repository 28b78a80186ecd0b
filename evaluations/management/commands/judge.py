"""`manage.py judge FILE.json`: grade a table of figures with the functions of the pages; writes nothing."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from evaluations.calculations.judge_table import TableError, judge_table

_MOST_BYTES = 200 * 1024 * 1024


class Command(BaseCommand):
    """Print rates, grades and explanations of a table of figures."""

    help = "数値の表（JSON）から進捗率・達成率・評価を計算して表示します。何も書き込みません。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's path."""
        parser.add_argument("file", type=Path, help="KPIの一覧を書いたJSONファイル")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, judge, print; leave with 1 and one sentence when the table cannot be read."""
        path: Path = options["file"]
        try:
            results = judge_table(_read(path))
        except TableError as error:
            self.stderr.write(f"{path.name}：{error}")
            sys.exit(1)
        self.stdout.write(_as_json(results))


def _as_json(results: list[dict[str, str | None]]) -> str:
    """Write the list; a terminal that lacks a character (cp932) gets it escaped, not a broken list."""
    text = json.dumps(results, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(results, indent=2)
    return text


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= _MOST_BYTES else b""
    except (OSError, ValueError) as error:
        raise TableError("ファイルを開けません。場所と名前、読み取りの権限を確かめてください。") from error
    if size > _MOST_BYTES:
        raise TableError("ファイルが大きすぎます。200MBまでに分けてください。")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError("文字コードがUTF-8ではありません。UTF-8で保存し直してください。") from error
