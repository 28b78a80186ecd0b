"""Beside a sheet: its files (what is taken, how it is handed out, who removes it), and who has it open."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evaluations.enums import SheetState
from evaluations.models import KpiSheet, SheetAttachment, SheetPresence
from evaluations.services.attachments import LARGEST, AttachmentRefused, attach_file, tidy_name
from evaluations.services.presence import end_presence, show_presence
from evaluations.services.workflow import ActRefused
from history.models import Revision
from tests.evaluations.acts import AT, by, fresh
from tests.factories.evaluations import SheetAttachmentFactory

PDF = b"%PDF-1.7 " + b"x" * 100


def attach(world, name="根拠.pdf", content=PDF, user=None) -> SheetAttachment:
    file = ContentFile(content, name=name)  # unlike an uploaded file it keeps what the browser sent
    return attach_file(
        sheet=fresh(world.industry_sheet), file=file, authorship=by(user or world.of_industry.clerk)
    )


def test_a_file_is_kept_under_a_name_of_our_own_and_handed_out_to_be_saved(world, as_user, settings):
    client = as_user(world.of_industry.clerk)
    address = reverse("evaluations:sheet_attach", args=["kpi", world.industry_sheet.pk])
    content = "年度,値\r\n".encode("cp932")
    script = SimpleUploadedFile("表<script>.csv", content, content_type="text/html")

    client.post(address, {"file": script, "note": "国勢調査の表"})

    stored = SheetAttachment.objects.get()
    assert stored.stored_file.path.startswith(str(settings.MEDIA_ROOT))
    assert stored.stored_file.name.endswith(".bin")
    assert (stored.name, stored.note, stored.is_of_planning) == ("表<script>.csv", "国勢調査の表", False)
    page = client.get(world.industry_sheet.get_absolute_url()).content.decode()
    assert "表&lt;script&gt;.csv" in page
    handed = client.get(
        reverse("evaluations:sheet_attachment", args=["kpi", world.industry_sheet.pk, stored.pk])
    )
    assert b"".join(handed.streaming_content) == content
    assert handed["Content-Type"] == "application/octet-stream"
    assert handed["Content-Disposition"].startswith("attachment;")
    assert handed["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert handed["X-Content-Type-Options"] == "nosniff"
    assert Revision.objects.for_record(stored).count() == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("危険.html", b"<script>", "添付できません"),
        ("図.svg", b"<svg onload=alert(1)>", "添付できません"),
        ("様式.xlsm", b"PK\x03\x04", "添付できません"),
        ("名前だけ.pdf", b"MZ\x90", "形ではありません"),
        ("画像.png", b"<html>", "形ではありません"),
        ("文.txt", b"a\x00b", "形ではありません"),
        ("空.txt", b"", "空です"),
        ("大.txt", b"x" * (LARGEST + 1), "大きすぎます"),
        (".pdf", PDF, "添付できません"),
        ("rtl\u202egnp.html", b"<b>", "添付できません"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_what_is_no_attachment_is_refused(world, name, content, message, settings):
    with pytest.raises(AttachmentRefused, match=message):
        attach(world, name, content)

    assert SheetAttachment.objects.count() == 0
    assert not (settings.MEDIA_ROOT / "attachments").exists()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\Users\\me\\表.xlsx", "表.xlsx"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("exe\u202egpj.pdf", "exegpj.pdf"),
        ("長" * 300 + ".pdf", "長" * 196 + ".pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
    ],
)
def test_names_lose_folders_and_what_is_not_seen(sent, kept):
    assert tidy_name(sent) == kept


def test_the_same_file_is_attached_once(world):
    attach(world)

    with pytest.raises(AttachmentRefused, match="すでに"):
        attach(world)
    assert SheetAttachment.objects.count() == 1


def test_each_side_attaches_and_removes_its_own_while_the_sheet_is_with_it(world, as_user):
    ours = attach(world)
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.SUBMITTED.value)
    with pytest.raises(ActRefused):
        attach(world, "遅い.pdf")
    theirs = attach(world, "所見.pdf", user=world.planning)
    assert theirs.is_of_planning

    def remove(user, file) -> int:
        address = reverse("evaluations:attachment_remove", args=["kpi", world.industry_sheet.pk, file.pk])
        return as_user(user).post(address).status_code

    assert remove(world.planning, ours) == 403
    assert remove(world.of_industry.clerk, theirs) == 403
    assert remove(world.planning, theirs) == 302
    theirs.refresh_from_db()
    assert theirs.removed_by == world.planning
    assert theirs.stored_file.storage.exists(theirs.stored_file.name), "the content stays for the record"
    assert Revision.objects.for_record(theirs).filter(field="removed_by").count() == 1
    gone = reverse("evaluations:sheet_attachment", args=["kpi", world.industry_sheet.pk, theirs.pk])
    assert as_user(world.planning).get(gone).status_code == 404


def test_a_file_of_another_sheet_is_not_handed_out_here(world, as_user):
    elsewhere = SheetAttachmentFactory(kpi_sheet=world.publicity_sheet)
    address = reverse("evaluations:sheet_attachment", args=["kpi", world.industry_sheet.pk, elsewhere.pk])

    assert as_user(world.of_industry.clerk).get(address).status_code == 404


# --- who has it open ----------------------------------------------------------------------------------------


def test_who_has_a_sheet_open_is_told_and_forgotten(world):
    sheet, clerk, chief = world.industry_sheet, world.of_industry.clerk, world.of_industry.chief

    assert show_presence(sheet=sheet, user=clerk, at=AT) == []
    assert show_presence(sheet=sheet, user=chief, at=AT + timedelta(seconds=30)) == [clerk]
    assert show_presence(sheet=world.publicity_sheet, user=world.planning, at=AT) == []
    assert show_presence(sheet=sheet, user=chief, at=AT + timedelta(minutes=3)) == []

    show_presence(sheet=sheet, user=clerk, at=AT + timedelta(minutes=3))
    end_presence(sheet=sheet, user=clerk)
    assert show_presence(sheet=sheet, user=chief, at=AT + timedelta(minutes=3)) == []
    show_presence(sheet=sheet, user=chief, at=AT + timedelta(hours=2))
    assert SheetPresence.objects.filter(user=chief).count() == 1


def test_the_page_asks_who_is_there(world, as_user):
    address = reverse("evaluations:sheet_presence", args=["program", world.industry_evaluation.pk])
    as_user(world.of_industry.clerk).post(address)

    answer = as_user(world.planning).post(address)

    assert answer.json() == {"others": ["職員 industry-clerk"]}
    assert as_user(world.of_industry.clerk).post(address, {"gone": "1"}).status_code == 204
    assert as_user(world.planning).post(address).json() == {"others": []}
