"""Every form of the sample documents against what they say: values right, marked, or wrong in silence."""

import json
import re
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest

from importers.calculations.rows import SourceRow
from importers.enums import DocumentKind
from importers.sources.read_document import read_document

SAMPLES = Path("fixtures/midoridai")
TRUTH_STATUS = {
    "final": "ok",
    "preliminary": "approx",
    "estimated": "approx",
    "pending": "pending",
    "not_surveyed": "missing",
    "unknown": "missing",
    "not_applicable": "missing",
    None: "missing",
}


def folded(value: object) -> object:
    if isinstance(value, str):
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", value))
    if isinstance(value, list | tuple):
        return [folded(item) for item in value]
    return value


def truth(name: str) -> list[dict[str, object]]:
    return json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("file", "kind", "name"),
    [
        ("programs_r6.xlsx", DocumentKind.PROGRAMS, "programs"),
        ("programs_r6.xls", DocumentKind.PROGRAMS, "programs"),
        ("strategy.xls", DocumentKind.STRATEGY, "strategy"),
        ("programs_r6.csv", DocumentKind.PROGRAMS, "programs"),
        ("strategy.xlsx", DocumentKind.STRATEGY, "strategy"),
        ("strategy.csv", DocumentKind.STRATEGY, "strategy"),
        ("programs_r6.pdf", DocumentKind.PROGRAMS, "programs"),
        ("strategy.pdf", DocumentKind.STRATEGY, "strategy"),
    ],
)
def test_sample_list_is_read_without_a_wrong_or_marked_field(file, kind, name):
    document = read_document(SAMPLES / file, kind=kind)

    expected = truth(name)
    read = [
        {key: folded(row.fields[key]) for key in want}
        for want, row in zip(expected, document.rows, strict=False)
    ]
    assert document.errors == ()
    assert len(document.rows) == len(expected)
    assert read == [{key: folded(value) for key, value in want.items()} for want in expected]
    assert [row.doubts for row in document.rows if row.doubts] == []


@pytest.mark.parametrize("file", ["actuals.xlsx", "actuals.xls"])
def test_sample_actuals_are_read_as_the_truth_says(file):
    document = read_document(SAMPLES / file, kind=DocumentKind.ACTUALS)
    expected = json.loads((SAMPLES / "truth" / "actuals.json").read_text(encoding="utf-8"))["rows"]

    rows = {(row.location.sheet, row.location.row, row.fields["fiscal_year"]): row for row in document.rows}
    for want in expected:
        for year, figures in want["years"].items():
            row = rows.pop((want["sheet"], want["row"], int(year)))
            assert folded(row.fields["kpi"]) == folded(want["kpi"])
            assert row.fields["target"] == decimal(figures["target"])
            assert row.fields["actual"] == decimal(figures["actual"])
            assert status_of(row) == figures["status"], row.location
            assert row.extra["unit"] == want["unit"]
            assert row.extra["baseline"]["value"] == decimal(want["baseline"]["value"])
            assert row.extra["baseline"]["fiscal_year"] == want["baseline"]["fiscal_year"]
            assert figures.get("target_qualifier") in (None, row.extra.get("target_qualifier"))
    assert rows == {}


def decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def status_of(row: SourceRow) -> str:
    if row.fields["actual"] is None and any(d.field == "actual" and d.review for d in row.doubts):
        return "error"
    return TRUTH_STATUS[row.fields["status"]]


def test_sample_actuals_count_every_row_they_read():
    document = read_document(SAMPLES / "actuals.xlsx", kind=DocumentKind.ACTUALS)

    counts = [table.counts for table in document.tables]
    assert [(count["read"], count["records"], count["notes"]) for count in counts] == [(44, 43, 1), (7, 7, 0)]


def test_legend_sheet_with_an_example_row_gives_no_program():
    document = read_document(SAMPLES / "programs_r6.xlsx", kind=DocumentKind.PROGRAMS)

    legend = document.tables[1]
    assert legend.location.sheet == "見方"
    assert (legend.counts["records"], legend.counts["examples"]) == (0, 1)
