"""Each malformed sample as its manifest says: refused with the reason, or read with the warnings."""

import json
import time
from pathlib import Path

import pytest

from importers.enums import DocumentKind
from importers.sources.read_document import read_document

BROKEN = Path("fixtures/broken")
MANIFEST = {entry["file"]: entry for entry in json.loads((BROKEN / "manifest.json").read_text())}


@pytest.mark.parametrize(
    ("file", "code", "words"),
    [
        ("truncated.xlsx", "damaged", ("壊れているか途中で切れている",)),
        ("html_table.xls", "other_kind", ("HTML", "ブックではない")),
        (
            "header_missing.csv",
            "header_missing",
            ("見出しの行が見つからない", "事業番号", "事務事業名", "成果"),
        ),
        ("mixed_encodings.csv", "mixed_encodings", ("二つの文字コード", "11行目")),
        ("xxe.xlsx", "document_type", ("文書型宣言",)),
        ("inflates.xlsx", "too_large_unpacked", ("展開すると", "上限の300MB")),
    ],
)
def test_broken_sample_is_refused_naming_file_and_reason(file, code, words):
    entry = MANIFEST[file]
    started = time.monotonic()

    document = read_document(BROKEN / file, kind=DocumentKind(entry["looks_like"]))

    assert time.monotonic() - started < entry["limits"]["seconds"]
    assert entry["expect"] == "reject"
    assert document.rows == ()
    assert [error.code for error in document.errors] == [code]
    message = document.errors[0].message
    assert f"「{file}」" in message
    assert [word for word in words if word not in message] == []


def test_duplicate_numbers_are_told_with_their_rows_and_keep_all_rows():
    document = read_document(BROKEN / "duplicate_numbers.csv", kind=DocumentKind.PROGRAMS)

    doubts = {
        row.location.row: [doubt.message for doubt in row.doubts if doubt.code == "duplicate_number"]
        for row in document.rows
    }
    assert len(document.rows) == 11
    assert {row for row, messages in doubts.items() if messages} == {4, 8, 10, 11}
    assert "12がデータの4行目とデータの10行目に" in doubts[4][0]
    assert "20がデータの8行目とデータの11行目に" in doubts[8][0]
    assert "名称が異なる" in doubts[8][0]
    assert "名称が異なる" not in doubts[4][0]


def test_missing_section_is_told_for_its_row_and_not_filled_in():
    document = read_document(BROKEN / "unknown_section.csv", kind=DocumentKind.PROGRAMS)

    empty = document.rows[6]
    assert len(document.rows) == 8
    assert (empty.fields["bureau"], empty.fields["section"]) == (None, None)
    assert [(doubt.code, doubt.field) for doubt in empty.doubts] == [("section_missing", "section")]
    assert document.rows[2].fields["section"] == "空飛ぶクルマ準備室"


def test_external_entities_are_never_followed():
    document = read_document(BROKEN / "xxe.xlsx", kind=DocumentKind.PROGRAMS)

    canary = (BROKEN / "xxe_canary.txt").read_text(encoding="utf-8").strip()
    assert canary not in repr(document)
