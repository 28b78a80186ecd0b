"""The quick way through long plain lists gives what the thorough one gives."""

import pytest

from importers.enums import DocumentKind
from importers.sources import table_programs
from importers.sources.row_kinds import FIRST_ROWS
from importers.sources.table_programs import ProgramReader
from tests.importers.made_files import write_xlsx
from tests.importers.reading import read_here

HEADER = ["通番", "事業番号", "事務事業名", "部・局", "課・室", "事業の目的", "事業の概要", "成果"]
ROWS = [
    [1, 5, "道路管理事業", "建設部", "道路課", "安全を保つ。", "点検する。\n直す。", "３件　直した。"],
    [2, 6, "公園管理事業（旧：緑地管理事業）", "建設部", "公園・緑地課", "緑を守る。", "剪定する。", ""],
    [3, 7, " 広報\n事業 ", "総務部", "広報 課", "－", " 周知する。 ", "－"],
    [4, "８", "統計事務", "総務部", "総務課", "なし", "x", "_x000D_数えた。"],
    ["", "", "合計", "", "", "", "", ""],
    [5, 9.5, "誤った番号", "総務部", "総務課", "目的。", "概要。", "成果。"],
    [6, 0, "番号が零", "総務部", "総務課", "目的。", "概要。", "成果。"],
    [7, -3, "番号が負", "総務部", "総務課", "目的。", "概要。", "成果。"],
    [8, 11, "", "総務部", "総務課", "目的。", "概要。", "成果。"],
    [9, 12, "墨付事務", "総務部", "ー", "目的\u200b。", "概要。", "\x7f成果。"],
    [10, 13, "旧庁舎管理", " 総務部", "総務\u3000課", "・目的。", "\t概要。", "成果。\n"],
    [True, 14, "真偽", "総務部", "総務課", 5, "概要。", "成果。"],
    ["※１　注記である。", "", "", "", "", "", "", ""],
]


@pytest.mark.parametrize("at_once", [2, 3, 200])
def test_quick_reading_equals_thorough_reading(tmp_path, monkeypatch, at_once):
    path = tmp_path / "list.xlsx"
    write_xlsx(path, {"一覧": ([HEADER, *ROWS[:1] * 7, *ROWS * 3], [])})
    monkeypatch.setattr(table_programs, "_AT_ONCE", at_once)

    quick = read_here(path, DocumentKind.PROGRAMS)
    monkeypatch.setattr(ProgramReader, "_reads_quickly", lambda self: False)
    thorough = read_here(path, DocumentKind.PROGRAMS)

    assert quick == thorough
    assert len(quick.rows) == 40


@pytest.mark.parametrize("count", [1, 3])
def test_plain_list_is_read_quickly_behind_its_first_rows(tmp_path, monkeypatch, count):
    path = tmp_path / "list.xlsx"
    write_xlsx(path, {"一覧": ([HEADER, *ROWS[:1] * (FIRST_ROWS + count)], [])})
    thoroughly = ProgramReader._row
    looked_twice = []

    def look_twice(reader, row):
        looked_twice.append(row)
        return thoroughly(reader, row)

    monkeypatch.setattr(ProgramReader, "_row", look_twice)

    read_here(path, DocumentKind.PROGRAMS)

    assert looked_twice == list(range(1, 1 + FIRST_ROWS))
