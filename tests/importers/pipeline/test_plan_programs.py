"""What importing a list of programs changes, row by row."""

from dataclasses import replace

import pytest

from evaluations.enums import SheetState
from history.models import Revision
from history.services import change_record
from importers.calculations.rows import Location, SourceTable
from importers.enums import DocumentKind
from importers.models import ImportRow, ImportRun
from importers.services.imports import ImportOptions, ImportRefused, complete
from organization.models import Section, SectionSuccession
from programs.models import Program, ProgramSheet
from tests.factories.evaluations import ProgramEvaluationFactory, RoundFactory
from tests.factories.organization import BureauFactory, SectionFactory
from tests.importers.pipeline.documents import (
    by_hand,
    codes,
    imported,
    in_doubt,
    outcomes,
    planned,
    program,
    programs,
    row,
)

pytestmark = pytest.mark.django_db


def test_programs_new_are_written_with_revisions_and_run():
    applied = imported(programs(program(4), program(7, results=None)))

    assert outcomes(applied.plan) == ["new", "new"]
    sheets = list(ProgramSheet.objects.values_list("program__number", "fiscal_year", "name", "results"))
    assert sheets == [(4, 2024, "事業その4", "成果の文。"), (7, 2024, "事業その7", "")]
    assert Section.objects.get().bureau.name == "総合政策部"
    run = ImportRun.objects.get()
    assert run.state == "applied"
    assert set(Revision.objects.values_list("through", "import_run_id")) == {("import", run.pk)}
    first = ImportRow.objects.get(position=1)
    sheet = ProgramSheet.objects.get(program__number=4)
    assert first.records == [
        ["programs.program", sheet.program_id],
        ["programs.programsheet", sheet.pk],
    ]


def test_programs_twice_equals_once():
    document = programs(program(4), row(program(7), 2, **in_doubt("results")))
    imported(document)
    before = Revision.objects.count()

    again = imported(document)

    assert outcomes(again.plan) == ["same", "same"]
    assert again.run is None
    assert Revision.objects.count() == before
    assert set(ProgramSheet.objects.values_list("version", flat=True)) == {1}


def test_programs_preview_writes_nothing():
    plan = planned(programs(program(4)))

    assert outcomes(plan) == ["new"]
    assert (Program.objects.count(), Section.objects.count(), ImportRun.objects.count()) == (0, 0, 0)


def test_programs_changed_field_is_told_with_old_and_new():
    imported(programs(program(4)))

    applied = imported(programs(program(4, results="別の成果。")))

    (change,) = applied.plan.rows[0].changes
    assert (change.field, change.old, change.new) == ("results", "成果の文。", "別の成果。")
    sheet = ProgramSheet.objects.get()
    assert (sheet.results, sheet.version) == ("別の成果。", 2)


def test_programs_other_spelling_is_a_change_that_says_so():
    imported(programs(program(4, name="ＩＴ事業")))

    plan = planned(programs(program(4, name="IT 事業")))

    assert outcomes(plan) == ["changed"]
    assert codes(plan) == ["spelling"]


def test_programs_in_doubt_are_written_and_marked():
    reading = row(program(4), **in_doubt("results", alternatives=({"results": None},)))

    applied = imported(programs(reading))

    assert outcomes(applied.plan) == ["review"]
    sheet = ProgramSheet.objects.get()
    assert sheet.results == "成果の文。"
    assert sheet.unconfirmed == {
        "results": {"confidence": "0.6", "reason": "確認してください。", "alternatives": ["（空欄）"]}
    }


def test_programs_certain_value_takes_the_mark_of_the_one_it_replaces():
    imported(programs(row(program(4), **in_doubt("results"))))

    imported(programs(program(4, results="確かな成果。")))

    assert ProgramSheet.objects.get().unconfirmed == {}


def test_programs_confirmed_by_a_person_stay_confirmed():
    document = programs(row(program(4), **in_doubt("results")))
    imported(document)
    change_record(ProgramSheet.objects.get(), {"unconfirmed": {}}, authorship=by_hand())

    again = imported(document)

    assert outcomes(again.plan) == ["same"]
    assert ProgramSheet.objects.get().unconfirmed == {}


def test_programs_renamed_under_the_same_number_asks():
    imported(programs(program(4, name="市章普及事業")))

    applied = imported(programs(program(4, name="市の木普及事業")))

    assert outcomes(applied.plan) == ["review"]
    assert codes(applied.plan) == ["renamed"]
    assert Program.objects.get().name == "市の木普及事業"
    assert "name" in ProgramSheet.objects.get().unconfirmed


def test_programs_renamed_in_the_next_year_keeps_last_years_sheet():
    imported(programs(program(4, name="市章普及事業")), fiscal_year=2023)

    applied = imported(programs(program(4, name="市の木普及事業")), fiscal_year=2024)

    assert codes(applied.plan) == ["renamed"]
    names = ProgramSheet.objects.order_by("fiscal_year").values_list("name", flat=True)
    assert list(names) == ["市章普及事業", "市の木普及事業"]


def test_programs_renamed_with_the_former_name_printed_is_only_told():
    imported(programs(program(4, name="市章普及事業")), fiscal_year=2023)
    reading = row(program(4, name="市の木普及事業"), extra={"former_name": "市章普及事業"})

    applied = imported(programs(reading), fiscal_year=2024)

    assert outcomes(applied.plan) == ["new"]
    assert codes(applied.plan) == ["renamed"]


def test_programs_list_of_an_older_year_does_not_rename_the_program():
    imported(programs(program(4, name="市の木普及事業")), fiscal_year=2024)

    imported(programs(program(4, name="市章普及事業")), fiscal_year=2022)

    assert Program.objects.get().name == "市の木普及事業"


def test_programs_same_name_under_another_number_is_a_question():
    imported(programs(program(4, name="市章普及事業")))

    plan = planned(programs(program(9, name="市章普及事業")))

    assert outcomes(plan) == ["review"]
    assert codes(plan) == ["same_name_other_number"]


def test_programs_same_name_twice_in_the_file_is_told():
    plan = planned(programs(program(4, name="公用車管理"), program(9, name="公用車管理")))

    assert outcomes(plan) == ["new", "new"]
    assert codes(plan) == ["section_new", "same_name_in_file"]


def test_programs_repeated_row_counts_once():
    applied = imported(programs(program(4), program(4, order=2)))

    assert outcomes(applied.plan) == ["new", "same"]
    assert "duplicate_same" in codes(applied.plan, 1)
    assert ProgramSheet.objects.count() == 1


def test_programs_contradicting_rows_are_both_refused_with_both_places():
    applied = imported(programs(program(4), program(9), program(4, results="別の成果。")))

    assert outcomes(applied.plan) == ["refused", "new", "refused"]
    reason = applied.plan.rows[0].refused
    assert "1件目（1行目）と3件目（3行目）" in reason
    assert list(Program.objects.values_list("number", flat=True)) == [9]


def test_programs_strict_refuses_the_file_for_one_refused_row():
    with pytest.raises(ImportRefused, match="1行が取り込めない"):
        imported(programs(program(4), program(5, number=None)), strict=True)

    assert Program.objects.count() == 0
    assert ImportRun.objects.count() == 0


@pytest.mark.parametrize("number", [None, 0, -3, "四", 2**40])
def test_programs_without_a_usable_number_are_refused(number):
    plan = planned(programs(program(4), program(1, number=number)))

    assert outcomes(plan) == ["new", "refused"]
    assert "番号" in plan.rows[1].refused


def test_programs_blank_never_erases():
    imported(programs(program(4)))

    applied = imported(programs(program(4, results=None)))

    assert outcomes(applied.plan) == ["review"]
    sheet = ProgramSheet.objects.get()
    assert sheet.results == "成果の文。"
    assert list(sheet.unconfirmed) == ["results"]
    assert outcomes(imported(programs(program(4, results=None))).plan) == ["same"]


def test_programs_edited_by_a_person_survive_the_same_file():
    document = programs(program(4))
    imported(document)
    change_record(ProgramSheet.objects.get(), {"results": "人の書いた成果。"}, authorship=by_hand())

    again = imported(document)

    assert outcomes(again.plan) == ["same"]
    assert codes(again.plan) == ["edited_since"]
    assert ProgramSheet.objects.get().results == "人の書いた成果。"


def test_programs_edited_by_a_person_and_new_in_the_document_is_told_and_marked():
    imported(programs(program(4)))
    change_record(ProgramSheet.objects.get(), {"results": "人の書いた成果。"}, authorship=by_hand())

    applied = imported(programs(program(4, results="文書の新しい成果。")))

    assert outcomes(applied.plan) == ["changed"]
    assert codes(applied.plan) == ["overwrites_edit"]
    sheet = ProgramSheet.objects.get()
    assert sheet.results == "文書の新しい成果。"
    assert sheet.unconfirmed["results"]["alternatives"] == ["人の書いた成果。"]


def test_programs_unknown_section_is_news_at_first_and_a_question_later():
    first = imported(programs(program(4)))
    later = planned(programs(program(4), program(5, section="空飛ぶクルマ準備室")))

    assert codes(first.plan) == ["section_new"]
    assert outcomes(later) == ["same", "review"]
    assert codes(later, 1) == ["section_unknown"]
    assert "空飛ぶクルマ準備室" in later.rows[1].doubts[0].message


def test_programs_empty_section_asks():
    plan = planned(programs(program(4, section=None, bureau=None)))

    assert outcomes(plan) == ["review"]
    assert codes(plan) == ["section_empty"]


def test_programs_old_section_name_leads_to_its_successor():
    bureau = BureauFactory(name="総合政策部")
    old = SectionFactory(name="国際交流室", bureau=bureau, closed_fiscal_year=2022)
    new = SectionFactory(name="国際都市推進課", bureau=bureau, opened_fiscal_year=2023)
    SectionSuccession.objects.create(predecessor=old, successor=new, fiscal_year=2023, kind="rename")

    applied = imported(programs(program(4, section="国際交流室")))

    assert codes(applied.plan) == ["section_succeeded"]
    sheet = ProgramSheet.objects.get()
    assert sheet.section == new
    assert sheet.section_printed == "国際交流室"
    assert "section" in sheet.unconfirmed


def test_programs_order_changes_with_the_document():
    imported(programs(program(4, order=1), program(9, order=2)))

    applied = imported(programs(program(9, order=1), program(4, order=2)))

    assert outcomes(applied.plan) == ["changed", "changed"]
    assert list(ProgramSheet.objects.values_list("program__number", flat=True)) == [9, 4]


def test_programs_of_the_demo_do_not_meet_the_real_ones():
    imported(programs(program(4)))

    applied = imported(programs(program(4)), demo=True)

    assert outcomes(applied.plan) == ["new"]
    assert list(Program.objects.order_by("pk").values_list("number", "is_demo")) == [(4, False), (4, True)]
    assert Section.objects.filter(is_demo=True).count() == 1


def test_programs_counts_add_up_to_the_rows_read():
    plan = planned(
        programs(program(4), program(4), program(1, number=None), row(program(6), **in_doubt("name")))
    )

    assert {outcome.value: count for outcome, count in plan.counts.items()} == {
        "new": 1,
        "changed": 0,
        "same": 1,
        "review": 1,
        "refused": 1,
    }
    assert sum(plan.counts.values()) == len(plan.rows)


def test_programs_of_a_finalised_evaluation_are_never_overwritten():
    imported(programs(program(4), program(9)))
    sheet = ProgramSheet.objects.get(program__number=4)
    ProgramEvaluationFactory(
        program_sheet=sheet, round=RoundFactory(fiscal_year=2024), state=SheetState.FINALISED.value
    )

    applied = imported(programs(program(4, results="別の成果。"), program(9, results="別の成果。")))

    assert outcomes(applied.plan) == ["refused", "changed"]
    assert "確定済み" in applied.plan.rows[0].refused
    sheet.refresh_from_db()
    assert sheet.results == "成果の文。"
    assert outcomes(planned(programs(program(4)))) == ["same"]


def test_programs_repeated_in_another_width_are_one():
    applied = imported(programs(program(4, name="ＩＣＴ事業"), program(4, name="ICT事業")))

    assert outcomes(applied.plan) == ["new", "same"]
    assert ProgramSheet.objects.get().name == "ＩＣＴ事業"


@pytest.mark.parametrize(
    ("stated", "asked"),
    [((), []), ((2024,), []), ((2023, 2024), []), ((2023,), [True]), ((2025,), [False])],
)
def test_programs_year_of_the_title_that_is_another_is_asked_about_and_the_year_after_told(stated, asked):
    table = SourceTable(Location("list.txt"), "f", (), fiscal_years=stated)

    whole = complete(
        replace(programs(program(4)), tables=(table,)),
        ImportOptions(kind=DocumentKind.PROGRAMS, fiscal_year=2024),
    )

    assert [(d.code, d.review) for row in whole.rows for d in row.doubts] == [
        ("other_year", a) for a in asked
    ]
