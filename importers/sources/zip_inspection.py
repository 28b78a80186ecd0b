"""What a zip file claims to be and whether it may be opened: the preflight of .xlsx.

Nothing is written and no part is held whole unless it is small; sizes are counted while unpacking,
because the sizes in a zip file are only claims.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from importers.calculations.rows import Location, SourceNote
from importers.sources.limits import MEGABYTE, RATIO_FROM_BYTES, Limits
from importers.sources.refusals import RefusedFile, refuse
from importers.sources.sheet_scan import BrokenSheetError, SheetScan, column_letters, scan_sheet
from importers.sources.workbook_parts import BrokenWorkbookError, SheetPart, content_types, read_sheet_parts

_LOCAL_HEADER = struct.Struct("<4s5HIIIHH")
_END_RECORD = struct.Struct("<4s4H2IH")
_CHUNK = MEGABYTE
_SMALL_PART = 2 * MEGABYTE
_XML_ENDINGS = (".xml", ".rels", ".vml")
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_DECLARES = re.compile(rb"<![DE]")  # a compiled pattern finds it in half the time
_PLAIN_DTD_MARKS = (b"<!DOCTYPE", b"<!ENTITY")
_DTD_MARKS = tuple(
    mark.decode().encode(encoding)
    for mark in _PLAIN_DTD_MARKS
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
)
_OVERLAP = max(len(mark) for mark in _DTD_MARKS)
_DAMAGED = "は壊れているか途中で切れているので、元のファイルを開いて保存し直したものを取り込んでください。"


@dataclass(frozen=True, slots=True)
class ZipInspection:
    """A zip file that may be opened: its kind, the sheets in order, what is to be told, and its parts."""

    is_workbook: bool
    sheets: tuple[SheetPart, ...] = ()
    scans: dict[str, SheetScan] = field(default_factory=dict)
    notes: tuple[SourceNote, ...] = ()


class ZipParts:
    """The parts of a zip file in memory, checked against one another before any is unpacked.

    :raises RefusedFile: damaged, encrypted, overlapping, badly named or too large parts.
    """

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        self._data = data
        self._file = file
        self._limits = limits
        self._unpacked = 0
        self._check_directory()
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeError) as error:
            raise refuse("damaged", Location(file), _DAMAGED) from error
        self._infos = archive.infolist()
        self._by_name = {info.filename: info for info in self._infos}
        self._starts: dict[str, int] = {}
        self._check_members(archive.start_dir)

    @property
    def names(self) -> list[str]:
        """Names of all parts, as the directory spells them."""
        return [info.filename for info in self._infos]

    def read(self, name: str) -> bytes:
        """Return a small part whole; b"" when there is none of this name.

        :raises RefusedFile: the part is too large to be what it should be, or damaged.
        """
        blocks: list[bytes] = []
        size = 0
        for block in self.chunks(name):
            size += len(block)
            if size > _SMALL_PART:
                raise refuse("too_large", Location(self._file), "の管理情報が大きすぎるので、" + _SAVE_AGAIN)
            blocks.append(block)
        return b"".join(blocks)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Unpack a part in pieces of a few megabytes."""
        info = self._by_name.get(name)
        if info is None:
            return
        start = self._starts[name]
        packed = memoryview(self._data)[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            yield bytes(packed)
            return
        yield from self._inflate(info, packed)

    def _inflate(self, info: zipfile.ZipInfo, packed: memoryview) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-15)
        size = 0
        rest: bytes | memoryview = packed
        try:
            while not inflater.eof:
                block = inflater.decompress(rest, _CHUNK)
                size += len(block)
                if size > info.file_size:
                    raise self._refuse_claim()
                if not block and not inflater.unconsumed_tail and not inflater.eof:
                    raise refuse("damaged", Location(self._file), _DAMAGED)
                rest = inflater.unconsumed_tail
                if block:
                    yield block
        except zlib.error as error:
            raise refuse("damaged", Location(self._file), _DAMAGED) from error
        if size != info.file_size:
            raise refuse("damaged", Location(self._file), _DAMAGED)

    def _refuse_claim(self) -> RefusedFile:
        what = "は展開すると申告より大きくなるので、" + _SAVE_AGAIN
        return refuse("unpacked_size_false", Location(self._file), what)

    def _check_directory(self) -> None:
        """Bound the directory before `zipfile` builds an object for each of its entries."""
        end = self._data.rfind(b"PK\x05\x06")
        if end < 0 or len(self._data) - end < _END_RECORD.size:
            raise refuse("damaged", Location(self._file), _DAMAGED)
        record = _END_RECORD.unpack_from(self._data, end)
        entries, size = record[4], record[5]
        if entries > self._limits.parts or size > self._limits.parts * 400:
            raise self._refuse_parts()

    def _refuse_parts(self) -> RefusedFile:
        what = (
            f"は中の部品が{self._limits.parts:,}個を超えるので、"
            "表だけを新しいブックに写して保存したものを取り込んでください。"
        )
        return refuse("too_many_parts", Location(self._file), what)

    def _check_members(self, directory_start: int) -> None:
        if len(self._infos) > self._limits.parts:
            raise self._refuse_parts()
        total = sum(info.file_size for info in self._infos)
        if total > self._limits.unpacked_bytes:
            raise self._refuse_size(total)
        self._check_names()
        end = 0
        for info in sorted(self._infos, key=lambda found: found.header_offset):
            if info.header_offset < end:
                what = "は中の部品が互いに重なっているので、" + _SAVE_AGAIN
                raise refuse("overlapping_parts", Location(self._file), what)
            end = self._check_member(info)
        if end > directory_start:
            raise refuse("damaged", Location(self._file), _DAMAGED)

    def _refuse_size(self, size: int) -> RefusedFile:
        limit = self._limits.unpacked_bytes // MEGABYTE
        what = (
            f"は展開すると{size / MEGABYTE:,.0f}MBになり上限の{limit}MBを超えるので、"
            "不要なシートや行を除いて保存したものを取り込んでください。"
        )
        return refuse("too_large_unpacked", Location(self._file), what)

    def _check_names(self) -> None:
        names = self.names
        if len({name.casefold().replace("\\", "/") for name in names}) != len(names):
            what = "は同じ名前の部品が二つあるので、" + _SAVE_AGAIN
            raise refuse("duplicate_parts", Location(self._file), what)
        for name in names:
            parts = name.replace("\\", "/").split("/")
            if ".." in parts or name.startswith(("/", "\\")) or ":" in name or "\x00" in name:
                what = "は外の場所を指す名前の部品を含むので、" + _SAVE_AGAIN
                raise refuse("unsafe_part_name", Location(self._file), what)

    def _check_member(self, info: zipfile.ZipInfo) -> int:
        """Compare a part's own header with the directory and return where its data ends."""
        place = Location(self._file)
        if info.flag_bits & 0x41:
            what = "はパスワードで保護されているので、保護を外して保存したものを取り込んでください。"
            raise refuse("encrypted", place, what)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refuse("damaged", place, "は通常と違う方法で圧縮されているので、" + _SAVE_AGAIN)
        try:
            header = _LOCAL_HEADER.unpack_from(self._data, info.header_offset)
        except struct.error as error:
            raise refuse("damaged", place, _DAMAGED) from error
        name_start = info.header_offset + _LOCAL_HEADER.size
        start = int(name_start + header[9] + header[10])
        name = self._data[name_start : name_start + header[9]]
        encoding = "utf-8" if info.flag_bits & 0x800 else "cp437"
        same_name = name == info.orig_filename.encode(encoding, "replace")
        if header[0] != b"PK\x03\x04" or not same_name or header[3] != info.compress_type:
            raise refuse("damaged", place, _DAMAGED)
        self._check_ratio(info)
        self._starts[info.filename] = start
        return start + info.compress_size

    def _check_ratio(self, info: zipfile.ZipInfo) -> None:
        stored = info.compress_type == zipfile.ZIP_STORED
        if stored and info.compress_size != info.file_size:
            raise refuse("damaged", Location(self._file), _DAMAGED)
        if info.file_size > RATIO_FROM_BYTES and info.file_size > self._limits.ratio * info.compress_size:
            what = f"は中の部品が圧縮時の{self._limits.ratio}倍を超えて膨らむので、{_SAVE_AGAIN}"
            raise refuse("inflates", Location(self._file), what)


_SAVE_AGAIN = "Excelで開いて「Excelブック（*.xlsx）」として保存し直したものを取り込んでください。"


def inspect_zip(data: bytes, file: str, limits: Limits) -> ZipInspection:
    """Return what the zip file is.

    :raises RefusedFile: it may not be opened, or it is another kind of document than a workbook.
    """
    parts = ZipParts(data, file, limits)
    _refuse_other_kinds(parts, file)

    def read(name: str) -> bytes:
        _check_xml(parts, name, file)
        return parts.read(name)

    try:
        sheets = read_sheet_parts(read)
    except BrokenWorkbookError as error:
        raise refuse("damaged", Location(file), _DAMAGED) from error
    if any(sheet.part and sheet.part not in parts.names for sheet in sheets):
        raise refuse("damaged", Location(file), _DAMAGED)
    scanned = {sheet.part for sheet in sheets}
    for name in parts.names:
        if name.lower().endswith(_XML_ENDINGS) and name not in scanned:
            _check_xml(parts, name, file)
    scans = _scan_sheets(parts, sheets, file, limits)
    return ZipInspection(True, sheets, scans, tuple(_notes(parts, sheets, file)))


def _refuse_other_kinds(parts: ZipParts, file: str) -> None:
    names = set(parts.names)
    mimetype = parts.read("mimetype")[:80] if "mimetype" in names else b""
    if mimetype.startswith(b"application/vnd.oasis.opendocument"):
        raise refuse("other_kind", Location(file), "はOpenDocument形式なので、" + _SAVE_AGAIN)
    if "[Content_Types].xml" not in names:
        what = "は取り込める文書ではないZIPファイルなので、中の文書を取り出して一つずつ取り込んでください。"
        raise refuse("other_kind", Location(file), what)
    _check_xml(parts, "[Content_Types].xml", file)
    types = content_types(parts.read("[Content_Types].xml"))
    for mark, words in _OTHER_OFFICE:
        if any(mark in found for found in types):
            raise refuse("other_kind", Location(file), words)
    if not any("spreadsheetml" in found and "main+xml" in found for found in types):
        raise refuse("damaged", Location(file), _DAMAGED)


_OTHER_OFFICE = (
    (
        "wordprocessingml",
        "はWordの文書なので、表をExcelブックに写すかPDFとして保存したものを取り込んでください。",
    ),
    ("presentationml", "はPowerPointの文書なので、表をExcelブックに写したものを取り込んでください。"),
    ("ms-excel.sheet.binary", "はExcelバイナリブック（xlsb）なので、" + _SAVE_AGAIN),
)


def _check_xml(parts: ZipParts, name: str, file: str) -> None:
    for _ in _checked(parts, name, file):
        pass


def _checked(parts: ZipParts, name: str, file: str) -> Iterator[bytes]:
    """Unpack XML piece by piece, each looked at before anybody parses it.

    :raises RefusedFile: document type declarations, entities, an encoding a parser might read differently.
    """
    tail = b""
    for number, block in enumerate(parts.chunks(name)):
        if _declares_types(tail, block):
            what = f"は部品「{name}」に許可していない文書型宣言（DTD・実体参照）があるので、{_SAVE_AGAIN}"
            raise refuse("document_type", Location(file), what)
        if b"\x00" in block or (number == 0 and not _is_utf8_declared(block)):
            what = f"は部品「{name}」の文字コードがUTF-8でないので、{_SAVE_AGAIN}"
            raise refuse("xml_encoding", Location(file), what)
        tail = (tail + block[-_OVERLAP:])[-_OVERLAP:]
        yield block


def _declares_types(tail: bytes, block: bytes) -> bool:
    """Tell whether a piece of XML, with the end of the one before, has a declaration of types or entities."""
    if b"!" not in block and b"!" not in tail:  # a letter is found ten times as fast as a word
        return False
    text = tail + block
    marks = _DTD_MARKS if b"\x00" in block else _PLAIN_DTD_MARKS if _DECLARES.search(text) else ()
    return any(mark in text for mark in marks)


def _is_utf8_declared(head: bytes) -> bool:
    found = _DECLARED.search(head[:400])
    if found is None:
        return not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return found[1].lower() in (b"utf-8", b"utf8", b"us-ascii", b"ascii")


def _scan_sheets(
    parts: ZipParts, sheets: tuple[SheetPart, ...], file: str, limits: Limits
) -> dict[str, SheetScan]:
    scans: dict[str, SheetScan] = {}
    total = 0
    for sheet in sheets:
        if not sheet.part or sheet.part in scans:
            continue
        place = Location(file, sheet=sheet.name)
        try:
            scan = scan_sheet(partial(_checked, parts, sheet.part, file), limits.cells)
        except BrokenSheetError as error:
            raise refuse(
                "damaged", place, f"のシート「{sheet.name}」は壊れているので、{_SAVE_AGAIN}"
            ) from error
        total += scan.area
        if total > limits.cells:
            raise _refuse_area(scan, sheet, place, limits)
        if scan.merges > limits.merges:
            what = (
                f"のシート「{sheet.name}」は結合したセルが{limits.merges:,}個を超えるので、"
                "結合を解除して保存したものを取り込んでください。"
            )
            raise refuse("too_many_merges", place, what)
        scans[sheet.part] = scan
    return scans


def _refuse_area(scan: SheetScan, sheet: SheetPart, place: Location, limits: Limits) -> RefusedFile:
    last = f"{column_letters(scan.columns)}{scan.rows}"
    what = (
        f"のシート「{sheet.name}」は使われているセルの範囲がA1:{last}と広く、上限の{limits.cells:,}個を超えるので、"
        "表の外にあるセルを行・列ごと削除して保存したものを取り込んでください。"
    )
    return refuse("cell_range", place, what)


def _notes(parts: ZipParts, sheets: tuple[SheetPart, ...], file: str) -> Iterator[SourceNote]:
    lower = [name.lower() for name in parts.names]
    place = Location(file)
    if any("vbaproject" in name or "/macrosheets/" in name for name in lower):
        yield SourceNote("macros", f"「{file}」のマクロは実行せず、表の値だけを読みました。", place)
    if any("/externallinks/" in name for name in lower):
        message = f"「{file}」には他のファイルを参照する数式があり、保存されていた値を読みました。"
        yield SourceNote("external_links", message, place)
    if any("/embeddings/" in name or "/activex/" in name for name in lower):
        yield SourceNote("embedded", f"「{file}」に埋め込まれたファイルは読みませんでした。", place)
    for sheet in sheets:
        if not sheet.part:
            message = f"「{file}」の「{sheet.name}」はグラフ等のシートなので読みませんでした。"
            yield SourceNote("no_worksheet", message, Location(file, sheet=sheet.name))
