"""Yearly figures with the years down and the KPIs across: read as if they stood the usual way round."""

import pytest

from importers.enums import DocumentKind
from importers.forms import ColumnsForm
from importers.services.previews import _table_to_dict
from tests.importers.made_files import write_csv, write_xlsx
from tests.importers.reading import read_here

ACTUALS = DocumentKind.ACTUALS
PLAIN = [
    ["年度", "来訪者数", "市民満足度"],
    ["単位", "人", "％"],
    ["R4", 10, 61.5],
    ["R5", 12, 62],
    ["R6", "集計中", 63],
]


def read(tmp_path, rows, merges=(), **options):
    path = tmp_path / "actuals.xlsx"
    write_xlsx(path, {"推移": (rows, list(merges))})
    return read_here(path, ACTUALS, **options)


def figures(document):
    return {
        (row.fields["kpi"], row.fields["fiscal_year"]): (row.fields["target"], row.fields["actual"])
        for row in document.rows
    }


def test_years_down_are_read_with_units_states_and_places(tmp_path):
    rows = [["主な指標の実績値"], *PLAIN, ["※年度末の値"]]

    document = read(tmp_path, rows)

    assert figures(document) == {
        ("来訪者数", 2022): (None, 10),
        ("来訪者数", 2023): (None, 12),
        ("来訪者数", 2024): (None, None),
        ("市民満足度", 2022): (None, 61.5),
        ("市民満足度", 2023): (None, 62),
        ("市民満足度", 2024): (None, 63),
    }
    assert [row.location.cell for row in document.rows] == ["B4", "B5", "B6", "C4", "C5", "C6"]
    assert [row.extra["unit"] for row in document.rows] == ["人"] * 3 + ["％"] * 3
    assert document.rows[2].fields["status"] == "pending"
    assert not any(row.needs_review for row in document.rows)
    assert "※年度末の値" in next(note.message for note in document.notes if note.code == "outside_tables")
    assert document.tables[0].turned


def test_targets_and_actuals_stand_under_the_kpi_or_beside_the_year(tmp_path):
    under = [
        ["年度", "来訪者数", "", "満足度", ""],
        ["", "目標", "実績", "目標", "実績"],
        ["R5", 1, 2, 3, 4],
        ["R6", 5, 6, 7, 8],
    ]
    beside = [
        ["年度", "区分", "来訪者数", "満足度"],
        ["R5", "目標", 1, 3],
        ["", "実績", 2, 4],
        ["R6", "目標", 5, 7],
        ["", "実績", 6, 8],
    ]
    expected = {
        ("来訪者数", 2023): (1, 2),
        ("来訪者数", 2024): (5, 6),
        ("満足度", 2023): (3, 4),
        ("満足度", 2024): (7, 8),
    }

    assert figures(read(tmp_path, under, [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)])) == expected
    assert figures(read(tmp_path, under)) == expected
    assert figures(read(tmp_path, beside, [(1, 0, 2, 0), (3, 0, 4, 0)])) == expected
    assert figures(read(tmp_path, beside)) == expected


def test_remarks_and_rows_below_are_no_figures(tmp_path):
    rows = [
        ["実績の推移"],
        ["年度", "来訪者実績", "備考"],
        ["R5", 1, "増加"],
        ["R6", 2, ""],
        ["平均", 1.5, ""],
    ]

    document = read(tmp_path, rows)

    assert figures(document) == {("来訪者実績", 2023): (None, 1), ("来訪者実績", 2024): (None, 2)}
    assert "平均" in next(note.message for note in document.notes if note.code == "outside_tables")


@pytest.mark.parametrize("turned", [True, False])
def test_years_that_say_neither_target_nor_actual_are_asked_about(tmp_path, turned):
    wide = [["指標名", "R5", "R6"], ["来訪者数", 12, 13], ["満足度", 61, 62]]
    path = tmp_path / "figures.csv"
    write_csv(path, [list(row) for row in zip(*wide, strict=True)] if turned else wide, "cp932")

    document = read_here(path, ACTUALS)

    assert [error.code for error in document.errors] == ["column_missing"]
    table = document.tables[0]
    form = ColumnsForm(kind=ACTUALS, table=_table_to_dict(table))
    assert ("target:2023", "令和5年度の目標値") in form.fields["B"].choices
    answer = {table.fingerprint: {"A": "kpi", "B": "target:2023", "C": "actual:2024"}}
    answered = read_here(path, ACTUALS, mapping=answer)
    assert figures(answered)[("来訪者数", 2023)] == (12, None)
    assert figures(answered)[("来訪者数", 2024)] == (None, 13)
    assert not any(row.needs_review for row in answered.rows)
