"""Files that belong to a sheet: kept under DATA_DIR, handed out as downloads, taken off with a revision."""

import hashlib
import re
import unicodedata
from pathlib import PurePath
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.db import transaction

from evaluations import permissions
from evaluations.enums import Act
from evaluations.models import SheetAttachment
from evaluations.permissions import AnySheet
from evaluations.selectors.sheets import as_owner, attachments_of
from evaluations.services.workflow import ActRefused, clean, person_of
from history.services import Authorship, change_record, create_record

LARGEST = 10_000_000  # bytes
MOST = 20  # files on one sheet
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What a file of each kind begins with; plain texts begin with anything, and hold no NUL.
KINDS: dict[str, tuple[bytes, ...]] = {
    ".pdf": (b"%PDF-",),
    ".xlsx": (_ZIP,),
    ".docx": (_ZIP,),
    ".pptx": (_ZIP,),
    ".xls": (_OLE,),
    ".doc": (_OLE,),
    ".ppt": (_OLE,),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".csv": (),
    ".txt": (),
}


class AttachmentRefused(Exception):
    """The file cannot be attached; the message says why and what to do."""


def attach_file(
    *, sheet: AnySheet, file: File[bytes], note: str = "", authorship: Authorship
) -> SheetAttachment:
    """Keep a file with a sheet: the section's while it works on the sheet, planning's while it checks it.

    :raises ActRefused: if the sheet is not this person's to write on now
    :raises AttachmentRefused: if the file is too large, of another kind, or one too many
    """
    person = person_of(authorship)
    if not permissions.can_attach(person, sheet):
        raise ActRefused("いまこのシートにファイルを添付することはできません。")
    name = tidy_name(file.name or "")
    content = _checked(name, file)
    record = SheetAttachment(
        **as_owner(sheet),
        name=name,
        note=clean(note)[:200],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        is_of_planning=not permissions.can_act(person, sheet, Act.EDIT),
        added_by=person,
        added_at=authorship.at,
    )
    present = attachments_of(sheet)
    if any(each.sha256 == record.sha256 and each.name == name for each in present):
        raise AttachmentRefused(f"「{name}」はすでに添付されています。")
    if len(present) >= MOST:
        raise AttachmentRefused(f"添付できるのは{MOST}件までです。")
    # The stored name is ours alone: nothing in it comes from outside, and nothing is served from there.
    record.stored_file.save(f"{uuid4().hex}.bin", ContentFile(content), save=False)
    stored = record.stored_file.name
    try:
        with transaction.atomic():
            return create_record(record, authorship=authorship)
    except Exception:
        record.stored_file.storage.delete(str(stored))
        raise


def remove_attachment(*, attachment: SheetAttachment, sheet: AnySheet, authorship: Authorship) -> bool:
    """Take a file off a sheet; its content stays for the record. Return False if it is off already.

    :raises ActRefused: if it is not this side's file, or the sheet is not to be written on now
    """
    person = person_of(authorship)
    if not permissions.can_remove_attachment(person, sheet, attachment):
        raise ActRefused("このファイルを外すことはできません。")
    if attachment.removed_at is not None:
        return False
    removal = {"removed_by": person, "removed_at": authorship.at}
    return change_record(attachment, removal, authorship=authorship)


def tidy_name(name: str) -> str:
    """Return a file's name without folders and control characters, short enough to keep, ending as it did."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # Directional marks could make "gpj.exe" read as "exe.jpg".
    kept = "".join(c for c in last if not unicodedata.category(c).startswith("C")).strip(" .")
    ending = PurePath(kept).suffix
    return kept if len(kept) <= 200 else kept[: 200 - len(ending)] + ending


def _checked(name: str, file: File[bytes]) -> bytes:
    ending = PurePath(name).suffix.lower()
    if ending not in KINDS:
        allowed = "・".join(kind.removeprefix(".") for kind in KINDS)
        raise AttachmentRefused(f"「{name}」は添付できません。添付できるのは {allowed} です。")
    if (file.size or 0) > LARGEST:
        raise AttachmentRefused(f"「{name}」は大きすぎます。{LARGEST // 1_000_000}MBまでにしてください。")
    content: bytes = file.read()
    if not content:
        raise AttachmentRefused(f"「{name}」は空です。")
    starts = KINDS[ending]
    fits = content.startswith(starts) if starts else b"\x00" not in content
    if not fits:
        raise AttachmentRefused(f"「{name}」の中身が「{ending.removeprefix('.')}」の形ではありません。")
    return content
