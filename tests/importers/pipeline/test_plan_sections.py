"""Lists of sections: opened, corrected, renamed, merged, split, moved, closed, and what the list lacks."""

import json
from dataclasses import replace
from datetime import date

import pytest

from history.models import Revision
from importers.calculations.plan import CONFIRMED
from importers.enums import DocumentKind, UndoResult
from importers.models import ImportRun
from importers.services.imports import complete
from importers.services.remove_demo import remove_demo
from importers.services.undo import undo_run
from organization.models import Bureau, Section, SectionSuccession
from tests.factories.organization import BureauFactory, SectionFactory
from tests.importers.pipeline.documents import by_hand, codes, document, imported, options, outcomes, planned
from tests.importers.pipeline.test_commands import run

pytestmark = pytest.mark.django_db

APRIL = date(2025, 4, 1)


def unit(section="総務課", /, **fields):
    """Return the fields of one row of a list of sections."""
    return {
        "bureau": "総務部",
        "section": section,
        "code": None,
        "opened": None,
        "closed": None,
        "former_name": None,
    } | fields


def units(*rows):
    """Return a list of sections."""
    return document(DocumentKind.SECTIONS, list(rows))


def confirmed(doc):
    """Return the document as somebody left it who confirmed every row."""
    return replace(doc, rows=tuple(row._replace(extra={**row.extra, CONFIRMED: True}) for row in doc.rows))


def kept():
    """Return the sections with their bureaus and years."""
    return [
        (str(section.bureau or ""), section.name, section.opened_fiscal_year, section.closed_fiscal_year)
        for section in Section.objects.select_related("bureau").order_by("position", "pk")
    ]


def steps():
    """Return what became of which section."""
    return [
        (step.predecessor.name, step.kind, step.successor.name if step.successor else None, step.fiscal_year)
        for step in SectionSuccession.objects.select_related("predecessor", "successor").order_by("pk")
    ]


def test_sections_first_list_builds_bureaus_and_sections_in_order():
    applied = imported(units(unit(code="0101"), unit("人事課", opened=2015), unit("道路課", bureau="建設部")))

    assert outcomes(applied.plan) == ["new", "new", "new"]
    assert kept() == [
        ("総務部", "総務課", None, None),
        ("総務部", "人事課", 2015, None),
        ("建設部", "道路課", None, None),
    ]
    assert list(Bureau.objects.values_list("name", flat=True)) == ["総務部", "建設部"]
    assert Section.objects.get(name="総務課").code == "0101"


def test_sections_twice_equals_once():
    doc = units(unit(code="0101"), unit("人事課", opened=2015, closed=2020))
    imported(doc)
    revisions = Revision.objects.count()

    again = imported(doc)

    assert (outcomes(again.plan), again.run) == (["same", "same"], None)
    assert Revision.objects.count() == revisions


def test_sections_code_and_missing_bureau_are_filled():
    SectionFactory(name="総務課", bureau=None)

    applied = imported(units(unit(code="0101")))

    assert outcomes(applied.plan) == ["changed"]
    section = Section.objects.get()
    assert (section.code, str(section.bureau)) == ("0101", "総務部")


def test_sections_other_opening_year_is_asked():
    SectionFactory(name="総務課", bureau__name="総務部", opened_fiscal_year=2010)

    waiting = imported(units(unit(opened=2011)))

    assert (outcomes(waiting.plan), codes(waiting.plan), waiting.run) == (
        ["review"], ["year_differs"], None,
    )  # fmt: skip


def test_sections_former_name_is_a_rename_to_confirm():
    SectionFactory(name="情報課", bureau__name="総務部")
    doc = units(unit("デジタル課", former_name="情報課"))

    waiting = imported(doc, effective_on=APRIL)
    imported(confirmed(doc), effective_on=APRIL)

    assert (outcomes(waiting.plan), waiting.run) == (["review"], None)
    assert kept() == [("総務部", "情報課", None, 2024), ("総務部", "デジタル課", 2025, None)]
    assert steps() == [("情報課", "rename", "デジタル課", 2025)]


def test_sections_confirmed_rename_is_the_same_the_next_time():
    SectionFactory(name="情報課", bureau__name="総務部")
    doc = confirmed(units(unit("デジタル課", former_name="情報課")))
    imported(doc, effective_on=APRIL)

    assert outcomes(planned(doc, effective_on=APRIL)) == ["same"]


def test_sections_two_former_names_are_a_merger():
    bureau = BureauFactory(name="総務部")
    SectionFactory(name="情報課", bureau=bureau)
    SectionFactory(name="統計・調査課", bureau=bureau)

    imported(confirmed(units(unit("デジタル課", former_name="情報課、統計・調査課"))), effective_on=APRIL)

    assert steps() == [
        ("情報課", "merge", "デジタル課", 2025),
        ("統計・調査課", "merge", "デジタル課", 2025),
    ]


def test_sections_one_former_name_of_two_is_a_split():
    SectionFactory(name="都市課", bureau__name="総務部")
    doc = units(unit("計画課", former_name="都市課"), unit("公園課", former_name="都市課"))

    imported(confirmed(doc), effective_on=APRIL)

    assert [step[1] for step in steps()] == ["split", "split"]
    assert Section.objects.get(name="都市課").closed_fiscal_year == 2024


def test_sections_part_of_a_section_that_stays_leaves_it_open():
    SectionFactory(name="都市課", bureau__name="総務部")
    doc = units(unit("都市課"), unit("公園課", former_name="都市課"))

    imported(confirmed(doc), effective_on=APRIL)

    assert steps() == [("都市課", "split", "公園課", 2025)]
    assert Section.objects.get(name="都市課").closed_fiscal_year is None


def test_sections_name_in_another_bureau_is_a_transfer_to_confirm():
    SectionFactory(name="国際課", bureau__name="市民部")

    imported(confirmed(units(unit("国際課"))), effective_on=APRIL)

    assert kept() == [("市民部", "国際課", None, 2024), ("総務部", "国際課", 2025, None)]
    assert steps() == [("国際課", "transfer", "国際課", 2025)]


def test_sections_of_one_name_in_two_bureaus_are_two():
    SectionFactory(name="総務課", bureau__name="総務部")

    applied = imported(units(unit(), unit(bureau="消防本部")), effective_on=APRIL)

    assert outcomes(applied.plan) == ["same", "new"]
    assert steps() == []


def test_sections_former_name_without_a_year_is_refused():
    SectionFactory(name="情報課", bureau__name="総務部")

    assert "改正の年度" in planned(units(unit("デジタル課", former_name="情報課"))).rows[0].refused


def test_sections_similar_name_of_a_section_left_out_is_asked():
    SectionFactory(name="広報戦略課", bureau__name="総務部")

    plan = planned(units(unit("広報広聴課")), effective_on=APRIL)

    assert outcomes(plan) == ["review"]
    assert "section_renamed_maybe" in codes(plan)


def test_sections_closed_year_is_an_abolition_to_confirm():
    SectionFactory(name="総務課", bureau__name="総務部")
    doc = units(unit(closed=2024))

    waiting = planned(doc)
    imported(confirmed(doc))

    assert codes(waiting) == ["abolished"]
    assert kept() == [("総務部", "総務課", None, 2024)]
    assert steps() == [("総務課", "abolish", None, 2025)]


def test_sections_that_are_missing_are_asked_and_never_closed_unasked():
    bureau = BureauFactory(name="総務部")
    for name in ("総務課", "人事課", "道路課"):
        SectionFactory(name=name, bureau=bureau)
    doc = units(unit("総務課"), unit("人事課"))
    whole = complete(doc, options(doc, effective_on=APRIL))

    waiting = imported(whole, effective_on=APRIL)
    imported(confirmed(whole), effective_on=APRIL)

    assert (outcomes(waiting.plan), waiting.run) == (["same", "same", "review"], None)
    assert codes(waiting.plan, 2) == ["missing_in_file"]
    assert steps() == [("道路課", "abolish", None, 2025)]


def test_sections_import_is_undone_as_a_whole():
    SectionFactory(name="情報課", bureau__name="総務部")
    imported(confirmed(units(unit("デジタル課", former_name="情報課"))), effective_on=APRIL)

    report = undo_run(ImportRun.objects.get(), authorship=by_hand())

    assert report.counts[UndoResult.REVERSED] == 1
    assert (kept(), steps()) == ([("総務部", "情報課", None, None)], [])


def test_import_sections_command_reads_a_csv(tmp_path):
    path = tmp_path / "sections.csv"
    path.write_text(
        "部局,課室,設置年度,廃止日\r\n総務部,総務課,H17,\r\n,情報課,R2,2025/4/1\r\n", encoding="utf-8-sig"
    )

    printed = json.loads(run("import_sections", str(path), "--apply", "--json"))

    assert (printed["kind"], printed["counts"]["new"]) == ("sections", 2)
    assert kept() == [("総務部", "総務課", 2005, None), ("総務部", "情報課", 2020, 2024)]


def test_sections_of_a_demonstration_go_with_their_history():
    SectionFactory(name="情報課", bureau__name="総務部", bureau__is_demo=True, is_demo=True)
    imported(confirmed(units(unit("デジタル課", former_name="情報課"))), effective_on=APRIL, demo=True)
    assert steps() == [("情報課", "rename", "デジタル課", 2025)]

    remove_demo(authorship=by_hand())

    assert (kept(), steps()) == ([], [])
