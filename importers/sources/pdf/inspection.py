"""What a parser sees of a PDF as a whole before its pages are read: password, pages, scripts, files."""

from pathlib import Path
from typing import Any

import pypdf
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from importers.calculations.rows import Location, SourceNote
from importers.sources.limits import LIMITS
from importers.sources.refusals import refuse

_DAMAGED = "は壊れているか途中で切れているので、元のPDFをもう一度保存したものを取り込んでください。"


def inspect_pdf(path: Path, file: str) -> list[SourceNote]:
    """Return what is to be told about a PDF.

    :raises RefusedFile: a password is needed, there are too many pages, or it is damaged.
    """
    try:
        reader = pypdf.PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            what = "はパスワードで保護されているので、保護を外して保存したものを取り込んでください。"
            raise refuse("encrypted", Location(file), what)
        pages = len(reader.pages)
        notes = list(_notes(reader, file))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        raise refuse("damaged", Location(file), _DAMAGED) from error
    if pages == 0:
        raise refuse("damaged", Location(file), _DAMAGED)
    if pages > LIMITS.pages:
        what = (
            f"は{pages:,}ページあり上限の{LIMITS.pages}ページを超えるので、"
            "分けて保存したものを取り込んでください。"
        )
        raise refuse("too_many_pages", Location(file), what)
    return notes


def _notes(reader: pypdf.PdfReader, file: str) -> list[SourceNote]:
    root = reader.trailer["/Root"].get_object()
    notes: list[SourceNote] = []
    if not isinstance(root, DictionaryObject):
        return notes
    names = _dictionary(root.get("/Names"))
    place = Location(file)
    if "/JavaScript" in names or "/JavaScript" in str(_dictionary(root.get("/OpenAction")).get("/S", "")):
        notes.append(SourceNote("scripts", f"「{file}」のスクリプトは実行せず、表だけを読みました。", place))
    if "/EmbeddedFiles" in names:
        notes.append(SourceNote("embedded", f"「{file}」に添付されたファイルは読みませんでした。", place))
    if "/AcroForm" in root:
        message = f"「{file}」の入力フォームの値は読まないので、必要なら印刷用PDFにしてください。"
        notes.append(SourceNote("form", message, place))
    return notes


def _dictionary(value: Any) -> DictionaryObject:
    found = value.get_object() if value is not None else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
