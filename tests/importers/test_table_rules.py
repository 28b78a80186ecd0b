"""Rules for odd lists of programs and KPIs, one by one: read right or asked, never wrong in silence."""

import pytest

from importers.enums import DocumentKind
from tests.importers.made_files import write_xlsx
from tests.importers.reading import read_here

HEADER = ["通番", "事業番号", "事務事業名", "部局", "担当課", "目的", "概要", "成果"]


def record(number: int) -> list[object]:
    end = f"{number}"
    return [number, number * 10, "事業" + end, "総務部", "税務課", "目的" + end, "概要" + end, "成果" + end]


def read(tmp_path, rows, merges=(), *, sheet="一覧", kind=DocumentKind.PROGRAMS):
    path = tmp_path / "list.xlsx"
    write_xlsx(path, {sheet: (rows, list(merges))})
    return read_here(path, kind)


def test_subtotals_by_name_and_repeated_titles_are_no_records(tmp_path):
    rows = [
        ["事務事業一覧"],
        HEADER,
        record(1),
        [None, None, "総務部計　1事業"],
        ["事務事業一覧表"],
        HEADER,
        record(2),
    ]

    document = read(tmp_path, rows)

    assert [row.fields["number"] for row in document.rows] == [10, 20]
    assert not any(row.needs_review for row in document.rows)
    counts = document.tables[0].counts
    assert (counts["totals"], counts["headings"]) == (1, 2)


def test_rows_under_a_merged_number_and_name_are_one_program(tmp_path):
    rows = [HEADER, record(1), [None] * 7 + ["続きの成果"], record(2)]
    merges = [(1, column, 2, column) for column in range(7)]

    first, second = read(tmp_path, rows, merges).rows

    assert first.fields["results"] == "成果1\n続きの成果"
    assert [doubt.code for doubt in first.doubts] == ["continued_row"]
    assert (second.fields["number"], second.needs_review) == (20, False)


@pytest.mark.parametrize(("title", "results"), [("令和６年度事務事業一覧", "新"), ("事務事業一覧", None)])
def test_of_two_years_results_the_titles_year_counts_or_a_person_is_asked(tmp_path, title, results):
    heading = [*HEADER[:7], "令和５年度の成果", "令和６年度の成果"]

    (row,) = read(tmp_path, [[title], heading, [*record(1)[:7], "旧", "新"]]).rows

    assert row.fields["results"] == results
    assert [(doubt.code, doubt.field) for doubt in row.doubts] == (
        [] if results else [("column_ambiguous", "results")]
    )


def test_department_of_the_title_or_of_the_sheets_name_holds_for_its_rows(tmp_path):
    rows = [["事業番号", "事務事業名", "目的"], [10, "事業1", "守る。"]]

    (titled,) = read(tmp_path, [["部局名：総務部　課名：税務課"], *rows]).rows
    (named,) = read(tmp_path, rows, sheet="財政課").rows
    (neither,) = read(tmp_path, rows, sheet="Sheet1").rows

    assert (titled.fields["bureau"], titled.fields["section"]) == ("総務部", "税務課")
    assert (named.fields["section"], named.inferred["section"].reason[:3]) == ("財政課", "シート")
    assert [doubt.code for doubt in neither.doubts] == ["section_missing"]


def test_number_with_its_sign_and_letters_nobody_sees(tmp_path):
    (row,) = read(
        tmp_path, [HEADER, [1, "No.10", "事業\u200b1", "総務部", "税務課\ufeff", "守\u00adる。", "", ""]]
    ).rows

    assert [row.fields[name] for name in ("number", "name", "section", "purpose")] == [
        10,
        "事業1",
        "税務課",
        "守る。",
    ]


def test_measure_of_no_goal_is_a_question(tmp_path):
    rows = [["政策", "施策", "指標", "所管"], ["政策Ⅰ　しごと", "施策１　創業", "創業件数", "商工課"]]

    (row,) = read(tmp_path, rows, kind=DocumentKind.STRATEGY).rows

    assert (row.fields["measure"], row.fields["node"]) == (1, "創業")
    assert [doubt.code for doubt in row.doubts] == ["code_missing"]


def test_example_with_a_number_before_it_is_no_record(tmp_path):
    example = [1, 1, "××事業", "○○部", "△△課", "〇〇を行う。", "", ""]

    document = read(tmp_path, [HEADER, example, record(1)])

    assert [row.fields["number"] for row in document.rows] == [10]
    assert document.tables[0].counts["examples"] == 1


def test_second_section_before_a_repeated_header_belongs_to_its_kpi(tmp_path):
    header = ["目標・施策名", "個別事業", "指標", "担当課"]
    rows = [header, ["Ⅰ-1-(1)　創業", "－", "創業件数", "商工課"], [None, None, None, "税務課"], header]
    more = [["Ⅰ-1-(2)　観光", "－", "入込客数", "観光課"]]

    document = read(tmp_path, [*rows, *more], kind=DocumentKind.STRATEGY)

    assert [row.fields["sections"] for row in document.rows] == [["商工課", "税務課"], ["観光課"]]
