"""Lists in layouts nobody tuned the readers to: at least 99 % of the fields right, none wrong in silence."""

from decimal import Decimal

import pytest

from importers.enums import DocumentKind
from tests.importers.made_actuals import make_actuals
from tests.importers.made_programs import make_programs
from tests.importers.made_strategies import make_strategy
from tests.importers.reading import compare, read_here

KINDS = {
    "final": "number",
    "preliminary": "preliminary",
    "estimated": "estimated",
    "pending": "pending",
    "not_surveyed": "missing",
    "not_applicable": "missing",
    "unknown": "missing",
    None: "blank",
}


@pytest.mark.parametrize("seed", range(1000, 1030))
def test_drawn_list_of_programs_is_read(tmp_path, seed):
    made = make_programs(tmp_path, seed)

    document = read_here(made.path, DocumentKind.PROGRAMS)

    score = compare(made.expected, document.rows)
    assert score.wrong == [], made.layout
    assert score.marked * 99 <= score.right, made.layout


@pytest.mark.parametrize("seed", range(2000, 2030))
def test_drawn_strategy_is_read(tmp_path, seed):
    made = make_strategy(tmp_path, seed)

    document = read_here(made.path, DocumentKind.STRATEGY)

    score = compare(made.expected, document.rows)
    assert score.wrong == [], made.layout
    assert score.marked * 99 <= score.right, made.layout


@pytest.mark.parametrize("seed", range(3000, 3030))
def test_drawn_figures_are_read(tmp_path, seed):
    made = make_actuals(tmp_path, seed)
    kinds = {(str(record["kpi"]), record["fiscal_year"]): record.pop("kind") for record in made.expected}
    for record in made.expected:
        for measure in ("target", "actual"):
            record[measure] = None if record[measure] is None else Decimal(str(record[measure]))

    document = read_here(made.path, DocumentKind.ACTUALS)

    score = compare(made.expected, document.rows)
    statuses = {
        (str(row.fields["kpi"]), row.fields["fiscal_year"]): KINDS[row.fields["status"]]
        for row in document.rows
    }
    assert score.wrong == [], made.layout
    assert score.marked * 99 <= score.right, made.layout
    assert statuses == kinds, made.layout


@pytest.mark.parametrize("seed", [1001, 1007, 1013])
def test_rows_read_are_rows_accounted_for(tmp_path, seed):
    made = make_programs(tmp_path, seed)

    document = read_here(made.path, DocumentKind.PROGRAMS)

    counts = document.tables[0].counts
    assert counts["records"] == len(made.expected)
    assert counts["read"] == sum(count for kind, count in counts.items() if kind != "read")


def test_a_bureau_of_its_own_column_stays_beside_a_column_headed_department(tmp_path):
    lines = [
        "通番,事業番号,事務事業名,部局,所属,事業の目的,事業の概要,成果",
        "1,11,広報紙発行事業,市長公室,秘書課,市政を伝える。,広報紙を発行する。,年１２回発行した。",
        "2,12,図書館運営事業,教育部,教育部図書館,学びを支える。,図書を購入する。,３０冊を購入した。",
        "3,15,会計事務,,会計課,公金を管理する。,公金を収納する。,誤りはなかった。",
    ]
    path = tmp_path / "programs.csv"
    path.write_text("\n".join(lines), encoding="utf-8")

    rows = read_here(path, DocumentKind.PROGRAMS).rows

    assert [(row.fields["bureau"], row.fields["section"]) for row in rows[:2]] == [
        ("市長公室", "秘書課"),
        ("教育部", "図書館"),
    ]
    assert rows[2].fields["section"] == "会計課"
    assert rows[2].fields["bureau"] is None or rows[2].needs_review


@pytest.mark.parametrize("first", [1, 31])
def test_a_column_without_heading_that_counts_is_the_position(tmp_path, first):
    lines = [",事業番号,事務事業名,担当課"]
    lines += [f"{first + at},{100 + at * 3},事業{at},秘書課" for at in range(5)]
    path = tmp_path / "programs.csv"
    path.write_text("\n".join(lines), encoding="utf-8")

    document = read_here(path, DocumentKind.PROGRAMS)

    assert [row.fields["order"] for row in document.rows] == list(range(first, first + 5))
    assert "column_inferred" in [note.code for note in document.notes]


def test_values_of_a_column_without_heading_are_told(tmp_path):
    path = tmp_path / "programs.csv"
    path.write_text(
        "事業番号,事務事業名,担当課,\n11,広報事業,秘書課,要確認\n12,図書事業,文化課,\n", encoding="utf-8"
    )

    document = read_here(path, DocumentKind.PROGRAMS)

    assert "D列" in next(note.message for note in document.notes if note.code == "unnamed_columns")
