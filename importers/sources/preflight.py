"""What a file is, by its content alone, and whether a parser may see it.

Nothing here parses a document: sizes, signatures, directories and byte searches. Every refusal is one
Japanese sentence that names the file, what is wrong and what to do.
"""

import re
import stat
from dataclasses import dataclass
from pathlib import Path

from importers.calculations.rows import Location, SourceNote
from importers.enums import SourceFormat
from importers.sources.biff_inspection import inspect_biff
from importers.sources.limits import LIMITS, MEGABYTE, Limits
from importers.sources.ole_container import SIGNATURE as OLE_SIGNATURE
from importers.sources.ole_container import BrokenContainerError, OleContainer
from importers.sources.pdf.head import inspect_pdf_head
from importers.sources.refusals import RefusedFile, refuse
from importers.sources.zip_inspection import inspect_zip

_USE_KNOWN = "Excelブック（xlsx・xls）、CSV、PDF、テキストのどれかにしたものを取り込んでください。"
_SAVE_AGAIN = "Excelで開いて「Excelブック（*.xlsx）」として保存し直したものを取り込んでください。"
# Signature and the words for it; the first that fits counts.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "画像（PNG）"),
    (b"\xff\xd8\xff", "画像（JPEG）"),
    (b"GIF8", "画像（GIF）"),
    (b"BM", "画像（BMP）"),
    (b"II*\x00", "画像（TIFF）"),
    (b"MM\x00*", "画像（TIFF）"),
    (b"8BPS", "画像（PSD）"),
    (b"MZ", "実行ファイル"),
    (b"\x7fELF", "実行ファイル"),
    (b"\xca\xfe\xba\xbe", "実行ファイル"),
    (b"\xcf\xfa\xed\xfe", "実行ファイル"),
    (b"#!", "スクリプト"),
    (b"\x1f\x8b", "圧縮ファイル（gzip）"),
    (b"BZh", "圧縮ファイル（bzip2）"),
    (b"\xfd7zXZ", "圧縮ファイル（xz）"),
    (b"7z\xbc\xaf\x27\x1c", "圧縮ファイル（7z）"),
    (b"Rar!", "圧縮ファイル（RAR）"),
    (b"MSCF", "圧縮ファイル（CAB）"),
    (b"SQLite format 3", "データベース（SQLite）"),
    (b"\x00\x01\x00\x00Standard ", "データベース（Access）"),
    (b"%!PS", "印刷用データ（PostScript）"),
    (b"OggS", "音声・動画"),
    (b"ID3", "音声・動画"),
    (b"RIFF", "画像・音声・動画"),
)
# What begins like a text file and is another kind of document.
_MARKUP = (
    (re.compile(rb"\{\\rtf"), "はRTFの文書なので、表をExcelブックに写したものを取り込んでください。"),
    (
        re.compile(rb"<\?mso-application|<(\w+:)?Workbook\b"),
        "はXMLスプレッドシート2003形式なので、" + _SAVE_AGAIN,
    ),
    (
        re.compile(rb"<(!doctype\s+html|html|head|body|table|meta|script|style|div)\b", re.IGNORECASE),
        "はHTML（ウェブページ）でありブックではないので、" + _SAVE_AGAIN,
    ),
    (re.compile(rb"<\?xml|<!DOCTYPE|<!ENTITY|<svg\b"), "はXMLの文書なので、" + _USE_KNOWN),
    (
        re.compile(rb"MIME-Version:|From: |Received: "),
        "は電子メールなので、添付の文書を取り出して取り込んでください。",
    ),
    (re.compile(rb"\{\s*\"|\[\s*[\{\[\"]"), "はJSONのデータなので、" + _USE_KNOWN),
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file that a parser may see. `marked_sheets` are the parts worth a closer look than their values.

    `format` is CSV for every plain text: whether it holds a table or a running text is for the reader.
    """

    format: SourceFormat
    notes: tuple[SourceNote, ...] = ()
    marked_sheets: tuple[str, ...] = ()


def inspect_file(path: Path, *, name: str | None = None, limits: Limits = LIMITS) -> Inspection:
    """Return what the file at `path` is; `name` is the name the user knows it by.

    :raises RefusedFile: with the reason and what to do.
    """
    file = name or path.name
    return inspect_bytes(_read(path, file, limits), file, limits=limits)


def inspect_bytes(data: bytes, file: str, *, limits: Limits = LIMITS) -> Inspection:
    """Do the same for a file that is already in memory."""
    _refuse_foreign(data, file)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        found = inspect_zip(data, file, limits)
        marked = tuple(part for part, scan in found.scans.items() if scan.marked)
        return Inspection(SourceFormat.XLSX, found.notes, marked)
    if data.startswith(OLE_SIGNATURE):
        return _inspect_ole(data, file, limits)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n\x00")[:5] == b"%PDF-":
        inspect_pdf_head(data, file)
        return Inspection(SourceFormat.PDF)
    return _inspect_text(data, file, limits)


def _read(path: Path, file: str, limits: Limits) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = f"は通常のファイルではないので、{_USE_KNOWN}"
            raise refuse("not_a_file", Location(file), what)
        if status.st_size > limits.file_bytes:
            raise _refuse_size(file, status.st_size, limits.file_bytes)
        with path.open("rb") as stream:
            return stream.read(limits.file_bytes + 1)
    except OSError as error:
        what = "を開けないので、ファイルがあり読み取れることを確かめてください。"
        raise refuse("cannot_open", Location(file), what) from error


def _refuse_size(file: str, size: int, limit: int) -> RefusedFile:
    what = (
        f"は大きさが{size / MEGABYTE:,.1f}MBで上限の{limit // MEGABYTE}MBを超えるので、"
        "画像や不要なシートを除くか分けて保存したものを取り込んでください。"
    )
    return refuse("too_large", Location(file), what)


def _refuse_foreign(data: bytes, file: str) -> None:
    if not data.strip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe\xe3\x80"):
        raise refuse("empty", Location(file), "は中身が空なので、内容のあるファイルを選び直してください。")
    for signature, words in _FOREIGN:
        if data.startswith(signature) and not _is_text_after_all(data, signature):
            raise refuse("other_kind", Location(file), f"は{words}なので、{_USE_KNOWN}")
    if data[4:12] in (b"ftypheic", b"ftypmp42", b"ftypisom", b"ftypmif1", b"ftypavif"):
        raise refuse("other_kind", Location(file), f"は画像・動画なので、{_USE_KNOWN}")
    if data[257:262] == b"ustar":
        raise refuse("other_kind", Location(file), f"は圧縮ファイル（tar）なので、{_USE_KNOWN}")


def _is_text_after_all(data: bytes, signature: bytes) -> bool:
    """A CSV may begin with BM or MZ; the real ones have NUL bytes in their headers."""
    return signature.isalnum() and b"\x00" not in data[:1024]


def _inspect_ole(data: bytes, file: str, limits: Limits) -> Inspection:
    damaged = "は壊れているか途中で切れているので、" + _SAVE_AGAIN
    try:
        container = OleContainer(data)
        names = set(container.names)
        if names & {"EncryptedPackage", "EncryptionInfo"}:
            what = "はパスワードで保護されているので、保護を外して保存したものを取り込んでください。"
            raise refuse("encrypted", Location(file), what)
        for stream, words in (("WordDocument", "Word"), ("PowerPoint Document", "PowerPoint")):
            if stream in names:
                what = f"は{words}の文書なので、表をExcelブックに写したものを取り込んでください。"
                raise refuse("other_kind", Location(file), what)
        if "Workbook" not in names and "Book" not in names:
            raise refuse("other_kind", Location(file), f"はExcelブックではないので、{_USE_KNOWN}")
        if "Workbook" not in names:
            raise refuse("other_kind", Location(file), "は古いExcel 5.0/95形式のブックなので、" + _SAVE_AGAIN)
        notes = list(inspect_biff(container.read("Workbook"), file, limits))
    except BrokenContainerError as error:
        raise refuse("damaged", Location(file), damaged) from error
    if "_VBA_PROJECT_CUR" in names or "VBA" in names:
        note = f"「{file}」のマクロは実行せず、表の値だけを読みました。"
        notes.append(SourceNote("macros", note, Location(file)))
    return Inspection(SourceFormat.XLS, tuple(notes))


def _inspect_text(data: bytes, file: str, limits: Limits) -> Inspection:
    if len(data) > limits.text_bytes:
        raise _refuse_size(file, len(data), limits.text_bytes)
    head = data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\x00", b"")
    for pattern, what in _MARKUP:
        if pattern.match(head) or (head[:1] == b"<" and pattern.search(head)):
            raise refuse("other_kind", Location(file), what)
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\x00" in data:
        raise refuse("not_text", Location(file), f"は取り込める種類の文書ではないので、{_USE_KNOWN}")
    return Inspection(SourceFormat.CSV)
