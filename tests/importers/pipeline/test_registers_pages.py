"""The pages of imports for staff, sections and definitions, and what is answered for all rows at once."""

import pytest
from django.urls import reverse

from importers.forms import section_field
from importers.models import ImportRun
from organization.models import Membership, Section, User
from programs.models import ProgramSheet
from strategy.models import Target
from tests.factories.organization import MembershipFactory, SectionFactory
from tests.factories.strategy import TargetFactory
from tests.importers.pipeline.test_pages import HEADINGS, line, page, planning, send, upload, workbook

__all__ = ["planning"]


@pytest.fixture
def keeper(world, as_user, django_capture_on_commit_callbacks):
    """Return the client of an administrator; what is queued runs at once."""
    client = as_user(world.administrator)
    sent = client.post

    def post(*args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return sent(*args, **kwargs)

    client.post = post
    return client


STAFF = ["職員番号", "氏名", "所属", "職名"]


def test_staff_list_through_the_browser_waits_for_its_questions(keeper, world):
    run = upload(
        keeper,
        workbook(
            ["100", "山田 太郎", "産業振興課", "課長"],
            ["101", "谷戸 花子", "広報戦略課", "課長補佐"],
            headings=STAFF,
        ),
        kind="staff",
        effective_on="2025-04-01",
    )

    text = page(keeper, "import_run_detail", run.pk)
    assert "確認するまで反映しない" in text
    send(keeper, "import_run_apply", run.pk)
    assert [str(post.user) for post in Membership.objects.filter(user__staff_number__isnull=False)] == [
        "山田 太郎"
    ]
    assert "パスワード未発行の利用者" in page(keeper, "import_run_detail", run.pk)
    waiting = keeper.get(reverse("organization:user_list"), {"status": "waiting"}).content.decode()
    assert "山田 太郎" in waiting
    assert User.objects.filter(staff_number="101").count() == 0


def test_staff_list_questions_are_confirmed_all_at_once(keeper, world):
    run = upload(
        keeper,
        workbook(["101", "谷戸 花子", "広報戦略課", "課長補佐"], headings=STAFF),
        kind="staff",
        effective_on="2025-04-01",
    )

    send(keeper, "import_run_decide", run.pk, all="take")
    send(keeper, "import_run_apply", run.pk)

    assert Membership.objects.get(user__staff_number="101").role == "deputy"


def test_staff_who_is_missing_is_never_confirmed_with_all_others(keeper, world):
    for number in ("1", "2", "3"):
        MembershipFactory(
            user__staff_number=number, user__display_name=f"職員{number}", section=world.industry
        )
    run = upload(
        keeper,
        workbook(["1", "職員1", "産業振興課", ""], ["2", "職員2", "産業振興課", ""], headings=STAFF),
        kind="staff",
        effective_on="2025-04-01",
    )
    assert run.rows.count() == 3

    send(keeper, "import_run_decide", run.pk, all="take")
    assert list(run.rows.values_list("decision", flat=True)) == ["", "", ""]
    text = page(keeper, "import_row_edit", run.pk, 3)
    assert "この一覧にありません" in text
    assert 'name="staff_number"' not in text
    send(keeper, "import_row_edit", run.pk, 3, decision="take")
    send(keeper, "import_run_apply", run.pk)

    assert str(Membership.objects.get(user__staff_number="3").ends_on) == "2025-03-31"


def test_staff_row_corrected_in_the_browser_keeps_its_day(keeper, world):
    run = upload(
        keeper,
        workbook(["100", "山田 太郎", "", "課長", "2025/4/1"], headings=[*STAFF, "発令日"]),
        kind="staff",
    )
    assert list(run.rows.values_list("outcome", flat=True)) == ["refused"]

    send(
        keeper,
        "import_row_edit",
        run.pk,
        1,
        staff_number="100",
        name="山田 太郎",
        section="産業振興課",
        role="課長",
        valid_from="R7.4.1",
    )

    row = run.rows.get()
    assert (row.outcome, row.corrected) == ("new", {"section": "産業振興課"})


def test_registers_are_for_administrators_only(planning, world):
    form = planning.get(reverse("importers:import_run_create")).content.decode()

    assert 'value="definitions"' in form
    assert 'value="staff"' not in form
    assert 'value="sections"' not in form


def test_staff_run_is_absent_for_the_planning_division(keeper, world, as_user):
    run = upload(keeper, workbook(["100", "山田", "産業振興課", ""], headings=STAFF), kind="staff")

    response = as_user(world.planning).get(reverse("importers:import_run_detail", args=[run.pk]))

    assert response.status_code == 404


def test_section_list_through_the_browser(keeper, world):
    run = upload(
        keeper,
        workbook(
            ["経済部", "産業振興課", "0301"],
            ["経済部", "農業課", "0302"],
            headings=["部局", "課室", "コード"],
        ),
        kind="sections",
    )

    send(keeper, "import_run_apply", run.pk)

    assert Section.objects.get(name="産業振興課").code == "0301"
    assert str(Section.objects.get(name="農業課").bureau) == "経済部"


# --- sections that a document would register ----------------------------------------------------------------


def answers(**given):
    """Return what the form about new sections of 総合政策部 sends."""
    return {section_field({"bureau": "総合政策部", "name": name}): typed for name, typed in given.items()}


def test_new_sections_are_one_list_in_which_a_known_one_is_meant(planning):
    run = upload(planning, workbook(line(4, section="秘書広報課"), line(9), line(11, section="財政課")))
    run.refresh_from_db()
    assert [(section["name"], section["rows"]) for section in run.new_sections] == [
        ("秘書広報課", 1),
        ("財政課", 1),
    ]
    assert "新しく登録する課室" in page(planning, "import_run_detail", run.pk)

    send(planning, "import_run_sections", run.pk, **answers(秘書広報課="総合政策部　秘書課", 財政課=""))

    run.refresh_from_db()
    assert [section["name"] for section in run.new_sections] == ["財政課"]
    assert list(run.rows.values_list("outcome", flat=True)) == ["new", "new", "new"]
    send(planning, "import_run_apply", run.pk)
    sheet = ProgramSheet.objects.select_related("section").get(program__number=4)
    assert (str(sheet.section), sheet.section_printed) == ("秘書課", "秘書広報課")
    assert Section.objects.filter(name="財政課").exists()
    assert not Section.objects.filter(name="秘書広報課").exists()


def test_new_sections_answer_that_is_no_section_changes_nothing(planning):
    run = upload(planning, workbook(line(4, section="財政課")))

    location = send(planning, "import_run_sections", run.pk, **answers(財政課="ない課"))

    assert "「ない課」という課室はありません" in planning.get(location).content.decode()
    run.refresh_from_db()
    assert "sections" not in run.options


def test_new_sections_are_asked_again_when_the_answers_are_forgotten(planning):
    SectionFactory(name="財政課の隣", bureau=None)
    run = upload(planning, workbook(line(4, section="財政課")))
    send(planning, "import_run_sections", run.pk, **answers(財政課="総合政策部　秘書課"))

    send(planning, "import_run_answers", run.pk, forget_sections="1")

    run.refresh_from_db()
    assert [section["name"] for section in run.new_sections] == ["財政課"]


# --- many rows, and why definitions change ------------------------------------------------------------------


def test_all_rows_of_a_tab_are_left_out_and_taken_back(planning):
    run = upload(planning, workbook(line(4), line(9)))
    where = reverse("importers:import_run_decide", args=[run.pk]) + "?outcome=new"

    planning.post(where, {"all": "leave"})
    assert list(run.rows.values_list("decision", flat=True)) == ["leave", "leave"]

    send(planning, "import_run_decide", run.pk, all="none")
    assert list(run.rows.values_list("decision", flat=True)) == ["", ""]


def test_definitions_that_a_round_uses_change_with_a_reason_given_in_the_preview(planning, world):
    kpi = world.industry_kpi
    Target.objects.filter(kpi=kpi).delete()
    TargetFactory(kpi=kpi, fiscal_year=2019, value=100)
    run = upload(
        planning, workbook([kpi.name, "120"], headings=["指標名", "令和元年度目標値"]), kind="definitions"
    )
    assert list(run.rows.values_list("outcome", flat=True)) == ["refused"]
    assert "変更の理由を入力してください" in page(planning, "import_run_detail", run.pk)

    send(planning, "import_run_answers", run.pk, reason="見込みの変化による。")
    assert list(run.rows.values_list("outcome", flat=True)) == ["changed"]
    send(planning, "import_run_apply", run.pk)

    target = Target.objects.get(kpi=kpi)
    assert (target.value, target.change_reason) == (120, "見込みの変化による。")


def test_notes_of_the_reading_stay_when_rows_are_decided(planning):
    run = upload(planning, workbook([*line(4), "x"], headings=HEADINGS_WITH_MORE))
    before = ImportRun.objects.get(pk=run.pk).notes
    assert before

    send(planning, "import_run_decide", run.pk, **{"decision-1": "leave"})

    assert ImportRun.objects.get(pk=run.pk).notes == before


HEADINGS_WITH_MORE = [*HEADINGS, "電話"]
