"""Lists with an old and a new side: the new one is read, and what changed is told."""

import pytest

from importers.enums import DocumentKind
from tests.importers.made_files import Merges, Rows, write_xlsx
from tests.importers.reading import read_here


def read(tmp_path, rows: Rows, merges: Merges, kind: DocumentKind):
    path = tmp_path / "compared.xlsx"
    write_xlsx(path, {"新旧対照": (rows, merges)})
    return read_here(path, kind)


@pytest.mark.parametrize(("old", "new"), [("改正前", "改正後"), ("旧", "新"), ("現行", "改定案")])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_new_side_is_read_and_a_change_is_asked_about(tmp_path, old, new, swapped):
    sides = [new, "", old, ""] if swapped else [old, "", new, ""]
    changed, same = ["広報", "秘書課", "広報発信", "広報課"], ["図書", "文化課", "図書", "文化課"]
    body = [changed[2:] + changed[:2] if swapped else changed, same]
    rows = [
        ["事業番号", *sides],
        ["", "事業名", "担当課", "事業名", "担当課"],
        *([number, *cells] for number, cells in zip([7, 12], body, strict=True)),
    ]

    document = read(tmp_path, rows, [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)], DocumentKind.PROGRAMS)

    assert [(row.fields["name"], row.fields["section"]) for row in document.rows] == [
        ("広報発信", "広報課"),
        ("図書", "文化課"),
    ]
    assert [(doubt.field, doubt.message.partition("」")[0]) for doubt in document.rows[0].doubts] == [
        ("name", "改正前は「広報"),
        ("section", "改正前は「秘書課"),
    ]
    assert not document.rows[1].needs_review


def test_what_the_new_side_no_longer_has_is_refused(tmp_path):
    rows = [
        ["改正前", "", "改正後", ""],
        ["施策名", "指標名", "施策名", "指標名"],
        ["Ⅰ-１-（１）　観光", "来訪者数", "Ⅰ-１-（１）　観光", "延べ来訪者数"],
        ["Ⅰ-１-（２）　林業", "面積", "", ""],
    ]

    document = read(tmp_path, rows, [(0, 0, 0, 1), (0, 2, 0, 3)], DocumentKind.STRATEGY)

    kept, gone = document.rows
    assert kept.fields["kpi"] == "延べ来訪者数"
    assert "former_value" in {doubt.code for doubt in kept.doubts}
    assert gone.refused is not None


def test_old_and_new_in_the_words_themselves_are_asked_for(tmp_path):
    rows = [["事業番号", "旧事業名", "新事業名"], [7, "広報", "広報発信"]]

    document = read(tmp_path, rows, [], DocumentKind.PROGRAMS)

    assert [error.code for error in document.errors] == ["column_missing"]
