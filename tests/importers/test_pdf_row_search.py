"""Rows told by where cells stand: which lines are one row, and when nobody can say."""

from dataclasses import replace

import pytest

from importers.sources.pdf.row_merges import with_merged_cells
from importers.sources.pdf.row_search import BodyLine, Setting, divide, learn_rules
from importers.sources.pdf.text import PrintedLine

EDGES = [0.0, 40.0, 140.0, 240.0]
SIZE = 9.0
LONG = ["あいうえおかきくけ", "さしすせそたちつて", "なにぬねのはひふへ", "まみむめもやゆよわ"]


def lines(*placed: tuple[float, str, str, str]) -> list[BodyLine]:
    """Return lines of three columns, each given by its height and texts ("" for none)."""
    return [
        BodyLine(
            top,
            top + SIZE,
            tuple(
                PrintedLine(text, left + 2, left + 2 + len(text) * SIZE, top, top + SIZE, SIZE)
                if text
                else None
                for left, text in zip(EDGES, texts, strict=False)
            ),
        )
        for top, *texts in placed
    ]


def rows_of(part: list[BodyLine], *, merged: tuple[int, ...] = ()) -> list[tuple[int, int, bool]]:
    rules = learn_rules([part], EDGES, 0, frozenset({0}), merged)
    rows = with_merged_cells(part, divide(part, rules, is_final=True).rows, rules)
    return [(row.first, row.last, row.is_sure) for row in rows]


def test_rows_as_close_as_lines_are_told_by_their_keys_at_the_top():
    part = lines(
        (0, "1", "窓口", LONG[0]),
        (12, "", "", "けこ"),
        (24, "2", "公園", LONG[1]),
        (36, "", "", LONG[2]),
        (48, "", "", "て。"),
        (60, "3", "道路", LONG[3]),
    )

    assert rows_of(part) == [(0, 1, True), (2, 4, True), (5, 5, True)]


def test_rows_as_close_as_lines_are_told_by_cells_in_the_middle():
    part = lines(
        (0, "", "", LONG[0]),
        (6, "1", "窓口", ""),
        (12, "", "", "けこ。"),
        (24, "", "", LONG[1]),
        (36, "2", "公園", LONG[2]),
        (48, "", "", "て。"),
        (60, "3", "道路", LONG[3]),
    )

    assert rows_of(part) == [(0, 2, True), (3, 5, True), (6, 6, True)]


def test_rows_whose_cells_stand_low_are_read():
    part = lines(
        (0, "", "", LONG[0]),
        (12, "1", "窓口", "けこ。"),
        (24, "", "", LONG[1]),
        (36, "2", "公園", "そた。"),
        (48, "", "", LONG[2]),
        (60, "3", "道路", "ほま。"),
    )

    assert [row[:2] for row in rows_of(part)] == [(0, 1), (2, 3), (4, 5)]


def test_rows_that_another_division_would_part_as_well_are_not_sure():
    part = lines(
        (0, "", "", LONG[0]),
        (12, "1", "窓口", LONG[1]),
        (24, "", "", LONG[2]),
        (36, "2", "公園", LONG[3]),
    )

    assert not any(is_sure for _, _, is_sure in rows_of(part))


@pytest.mark.parametrize("middle", [True, False])
def test_cell_merged_over_rows_holds_for_those_around_its_middle(middle):
    texts = [("1", "窓口"), ("2", "公園"), ("3", "道路"), ("4", "税務"), ("5", "防災")]
    tops = [0.0, 20.0, 40.0, 60.0, 80.0]
    label = {1: "総務部", 3: ""} if middle else {0: "総務部"}
    placed = [
        (top, key, label.get(at, ""), name)
        for at, (top, (key, name)) in enumerate(zip(tops, texts, strict=True))
    ]
    placed.append((70.0 if middle else 60.0, "", "建設部", ""))
    part = lines(*sorted(placed if middle else [*placed[:3], (60.0, "4", "建設部", "税務"), placed[4]]))
    rules = learn_rules([part], EDGES, 0, frozenset({0}), (1,))
    if rules.loose != {1}:
        setting = Setting.MIDDLE if middle else Setting.TOP
        rules = replace(rules, loose=frozenset({1}), settings=(setting,) * 3)

    rows = with_merged_cells(part, divide(part, rules, is_final=True).rows, rules)

    assert [1 in row.open for row in rows] == [True, True, False, True, False]
