"""What is backed up comes back, on both engines; what is damaged changes nothing."""

import json
import re
import zipfile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from evaluations.models import Actual
from history.enums import Through
from history.models import Revision
from history.services import Authorship, change_record
from organization.models import Section
from tests.factories.evaluations import ActualFactory
from tests.factories.organization import SectionFactory
from tests.factories.world import build_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(tmp_path, settings):
    """Return a backup of a small city with one uploaded file."""
    world = build_world()
    ActualFactory(kpi=world.industry_kpi)
    changing = Authorship(by=world.planning, at="2026-04-01T00:00:00Z", through=Through.BROWSER)
    change_record(world.industry_kpi, {"unit": "社"}, authorship=changing)
    upload = settings.MEDIA_ROOT / "imports" / "2026" / "一覧.txt"
    upload.parent.mkdir(parents=True)
    upload.write_text("内容", encoding="utf-8")
    file = tmp_path / "kpi.backup"
    call_command("backup", file)
    return file


def state(settings):
    uploads = {
        file.relative_to(settings.MEDIA_ROOT).as_posix(): file.read_bytes()
        for file in settings.MEDIA_ROOT.rglob("*")
        if file.is_file()
    }
    return (
        list(Section.objects.order_by("pk").values()),
        list(Actual.objects.order_by("pk").values()),
        list(Revision.objects.order_by("pk").values()),
        uploads,
    )


def tamper(file, name, content):
    """Rewrite an archive with one member changed."""
    with zipfile.ZipFile(file) as packed:
        members = {entry: packed.read(entry) for entry in packed.namelist()}
    members[name] = content(members.get(name, b""))
    with zipfile.ZipFile(file, "w") as packed:
        for entry, data in members.items():
            packed.writestr(entry, data)


def test_restore_brings_back_rows_files_and_the_refusal_to_change_history(kept, settings):
    before = state(settings)
    SectionFactory(name="あとからできた課")
    Actual.objects.all().delete()
    (settings.MEDIA_ROOT / "imports" / "2026" / "一覧.txt").unlink()
    (settings.MEDIA_ROOT / "later.txt").write_text("later", encoding="utf-8")

    call_command("restore", kept, replace=True)

    assert state(settings) == before
    assert len(before[2]) == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("DELETE FROM history_revision")


def test_new_rows_after_a_restore_get_new_numbers(kept):
    before = set(Section.objects.values_list("pk", flat=True))

    call_command("restore", kept, replace=True)

    assert SectionFactory().pk not in before
    assert Section.objects.count() == len(before) + 1


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_flipped_byte_is_refused_or_without_effect(kept, settings, share):
    before = state(settings)
    SectionFactory(name="あとからできた課")
    content = bytearray(kept.read_bytes())
    content[int(len(content) * share)] ^= 0xFF
    kept.write_bytes(content)

    refusal = refusal_of(kept)

    if refusal:
        assert re.search(r"壊れて|欠けて|正しくありません", refusal)
        assert Section.objects.count() == len(before[0]) + 1
    else:  # only what the archive notes beside the content differs: its owner, its time
        assert state(settings) == before


def refusal_of(kept) -> str:
    """Restore, and return why it was refused, or nothing."""
    try:
        call_command("restore", kept, replace=True)
    except CommandError as refused:
        return str(refused)
    return ""


def test_restore_keeps_what_is_there_unless_told_to_replace(kept, settings):
    SectionFactory(name="あとからできた課")
    before = state(settings)

    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", kept)

    assert state(settings) == before


def test_backup_does_not_overwrite(kept):
    content = kept.read_bytes()

    with pytest.raises(CommandError, match="すでにあります"):
        call_command("backup", kept)

    assert kept.read_bytes() == content


def test_backup_is_readable_by_its_owner_only(kept):
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("media/imports/2026/一覧.txt", lambda old: b"changed", "壊れています"),
        ("media/extra.txt", lambda old: b"more", "中身が欠けています"),
        ("manifest.json", lambda old: b"{}", "中身が欠けています"),
        (
            "manifest.json",
            lambda old: json.dumps({**json.loads(old), "engine": "oracle"}).encode(),
            "いまのデータベース",
        ),
        (
            "manifest.json",
            lambda old: json.dumps({**json.loads(old), "migrations": ["strategy.9999_future"]}).encode(),
            "新しい版",
        ),
    ],
)
def test_damaged_or_unfit_backup_changes_nothing(kept, settings, name, content, sentence):
    before = state(settings)
    tamper(kept, name, content)

    with pytest.raises(CommandError, match=sentence):
        call_command("restore", kept, replace=True)

    assert state(settings) == before


def test_name_that_leaves_the_directory_is_refused(kept, settings, tmp_path):
    before = state(settings)
    with zipfile.ZipFile(kept) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    manifest["sha256"]["../outside.txt"] = "0"
    tamper(kept, "manifest.json", lambda old: json.dumps(manifest).encode())
    tamper(kept, "../outside.txt", lambda old: b"x")

    with pytest.raises(CommandError, match="ファイル名"):
        call_command("restore", kept, replace=True)

    assert state(settings) == before
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04broken"])
def test_other_file_is_refused_with_a_sentence(tmp_path, content):
    file = tmp_path / "other.zip"
    file.write_bytes(content)

    with pytest.raises(CommandError, match="バックアップのファイルではない"):
        call_command("restore", file)
