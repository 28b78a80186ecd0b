"""Files that no honest city sends: broken, disguised, exploding. Made here, never stored."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.importers.raw_files import (
    CJK_FONT,
    HEADER,
    MAIN,
    PACKAGE,
    ROW,
    biff_workbook,
    bof,
    ole,
    pdf,
    pdf_grid,
    pdf_pages,
    record,
    rows_xml,
    sheet_xml,
    stream_object,
    text_cell,
    workbook,
    workbook_parts,
    zipped,
)

CSV = (",".join(HEADER) + "\r\n" + ",".join(ROW) + "\r\n").encode("cp932")
WIDTHS = [60.0, 140.0, 120.0, 160.0, 160.0, 160.0]


@dataclass(frozen=True)
class Hostile:
    """A file and what must become of it: the code of its refusal, or None where it is read nevertheless."""

    file: str
    make: Callable[[], bytes]
    code: str | None
    words: str = ""


def _without(name: str) -> bytes:
    parts = workbook_parts()
    del parts[name]
    return zipped(parts)


def _corrupt() -> bytes:
    """Spoil packed bytes in the middle of the sheet."""
    data = bytearray(workbook())
    at = data.index(b"xl/worksheets/sheet1.xml") + 60
    data[at : at + 30] = bytes(reversed(data[at : at + 30]))
    return bytes(data)


def _renamed() -> bytes:
    """Let a part's own header bear another name than the directory gives it."""
    name = b"xl/sharedStrings.xml"
    data = workbook()
    at = data.index(name)
    return data[:at] + name.replace(b"g", b"G") + data[at + len(name) :]


def _office(main_type: str, name: str) -> bytes:
    types = (
        f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types">'
        f'<Override PartName="/{name}" ContentType="{main_type}"/></Types>'
    )
    return zipped({"[Content_Types].xml": types.encode(), name: b"<x/>"})


def _twice_named() -> bytes:
    data = zipped(workbook_parts() | {"xl/worksheets/sheet9.xml": b"<x/>"})
    return data.replace(b"xl/worksheets/sheet9.xml", b"xl/worksheets/sheet1.xml")


def _claims(size: int, packed: int | None = None) -> bytes:
    """Let the directory claim another size for the sheet than it has."""
    parts = workbook_parts(sheet_xml(rows_xml(HEADER, *[ROW] * 200)))
    data = bytearray(zipped(parts))
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    struct.pack_into("<I", data, at + 24, size)
    if packed is not None:
        struct.pack_into("<I", data, at + 20, packed)
    return bytes(data)


def _overlapping() -> bytes:
    """Let two entries of the directory share one body."""
    data = bytearray(
        zipped(workbook_parts() | {"xl/worksheets/sheet2.xml": workbook_parts()["xl/worksheets/sheet1.xml"]})
    )
    first = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    second = data.rindex(b"xl/worksheets/sheet2.xml") - 46
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def _encrypted_flag() -> bytes:
    data = bytearray(workbook())
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    data[at + 8] |= 1
    return bytes(data)


def _many_parts() -> bytes:
    return zipped(workbook_parts() | {f"xl/media/{number}.xml": b"<x/>" for number in range(2100)})


def _bomb(size: int) -> bytes:
    """A sheet of empty rows, whose size is told truly."""
    rows = b"<row/>" * (size // 6)
    return workbook(sheet_xml("").encode().replace(b"<sheetData>", b"<sheetData>" + rows))


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<!DOCTYPE sst [<!ENTITY l0 "笑">{entities}]><sst xmlns="{MAIN}"><si><t>&l8;</t></si></sst>'
    return zipped(workbook_parts() | {"xl/sharedStrings.xml": text.encode()})


def _external_workbook() -> bytes:
    parts = workbook_parts()
    book = (
        parts["xl/workbook.xml"]
        .decode()
        .replace(
            '<?xml version="1.0"?>', '<?xml version="1.0"?><!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">'
        )
    )
    return zipped(parts | {"xl/workbook.xml": book.encode()})


def _sheet(body: str, **options: str) -> Callable[[], bytes]:
    return lambda: workbook(sheet_xml(rows_xml(HEADER, ROW) + body, **options))


def _far(cell: str, row: int = 3) -> Callable[[], bytes]:
    return _sheet(f'<row r="{row}"><c r="{cell}"><v>1</v></c></row>')


def _prefixed_far() -> bytes:
    body = '<x:row r="3"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
    return workbook(
        sheet_xml(rows_xml(HEADER, ROW) + body).replace("<worksheet ", f'<worksheet xmlns:x="{MAIN}" ')
    )


def _merges(count: int) -> Callable[[], bytes]:
    cells = "".join(f'<mergeCell ref="A{n * 2 + 5}:A{n * 2 + 6}"/>' for n in range(count))
    return _sheet("", after=f"<mergeCells>{cells}</mergeCells>")


def _strings(attributes: str) -> bytes:
    text = f'<?xml version="1.0"?><sst xmlns="{MAIN}" {attributes}><si><t>共有</t></si></sst>'
    return zipped(workbook_parts() | {"xl/sharedStrings.xml": text.encode()})


def _two_sheets_one_missing() -> bytes:
    parts = workbook_parts()
    book = parts["xl/workbook.xml"].replace(
        b"</sheets>", '<sheet name="二" sheetId="2" r:id="rId9"/></sheets>'.encode()
    )
    return zipped(parts | {"xl/workbook.xml": book})


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("list.csv")
        info.size = len(CSV)
        archive.addfile(info, io.BytesIO(CSV))
    return stream.getvalue()


def _looping_ole() -> bytes:
    data = bytearray(ole({"Workbook": bytes(6000)}))
    fat = len(data) - 512
    struct.pack_into("<I", data, fat, 0)  # the first sector follows itself
    return bytes(data)


def _far_biff() -> bytes:
    cells = b"".join(record(0x203, struct.pack("<HHHd", row, 255, 0, 1.0)) for row in (0, 65535))
    return ole({"Workbook": biff_workbook(cells)})


def _pdf_objects(**extra: bytes) -> dict[int, bytes]:
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Contents 4 0 R /Resources << >> >>",
        4: stream_object(b"0 0 m 100 100 l S"),
    } | {int(number[1:]): body for number, body in extra.items()}


def _pdf_table(**options: bytes) -> bytes:
    return pdf_pages([pdf_grid([HEADER, ROW], WIDTHS)], **options)


def _stream_bomb() -> bytes:
    packer = zlib.compressobj(1)
    block = b" " * 1_000_000
    body = b"".join(packer.compress(block) for _ in range(900)) + packer.flush()
    objects = _pdf_objects()
    objects[4] = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(body), body)
    return pdf(objects)


def _garbled_pdf() -> bytes:
    font = CJK_FONT.replace(b"/UniJIS-UTF16-H", b"/Identity-H")
    font = font.replace(b"(Japan1)", b"(Identity)").replace(b"(Adobe)", b"(Nobody)")
    return pdf_pages([pdf_grid([HEADER, ROW], WIDTHS)], font=font)


def _deep_kids() -> bytes:
    return pdf(_pdf_objects(n2=b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"))


def _long_cell() -> bytes:
    return (",".join(HEADER) + "\n1,道路," + '"' + "あ" * 300_000 + '"' + ",,,\n").encode()


GENERAL = [
    Hostile("empty.xlsx", lambda: b"", "empty", "空"),
    Hostile("blank.csv", lambda: b" \r\n\t\r\n ", "empty", "空"),
    Hostile("only_mark.csv", lambda: b"\xef\xbb\xbf", "empty", "空"),
    Hostile("nuls.csv", lambda: bytes(5000), "empty"),
    Hostile("picture.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + bytes(200), "other_kind", "PNG"),
    Hostile("photo.pdf", lambda: b"\xff\xd8\xff\xe0" + bytes(200), "other_kind", "JPEG"),
    Hostile("anim.xls", lambda: b"GIF89a" + bytes(200), "other_kind", "GIF"),
    Hostile("scan.pdf", lambda: b"II*\x00" + bytes(200), "other_kind", "TIFF"),
    Hostile("phone.csv", lambda: b"\x00\x00\x00\x18ftypheic" + bytes(200), "other_kind", "画像・動画"),
    Hostile("program.xlsx", lambda: b"MZ\x90\x00" + bytes(2000), "other_kind", "実行ファイル"),
    Hostile("binary.csv", lambda: b"\x7fELF\x02\x01" + bytes(2000), "other_kind", "実行ファイル"),
    Hostile("script.csv", lambda: b"#!/bin/sh\nrm -rf /\n", "other_kind", "スクリプト"),
    Hostile("packed.csv", lambda: b"\x1f\x8b\x08\x00" + bytes(100), "other_kind", "gzip"),
    Hostile("packed.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), "other_kind", "7z"),
    Hostile("packed.xlsx", lambda: b"Rar!\x1a\x07" + bytes(100), "other_kind", "RAR"),
    Hostile("bundle.csv", _tar, "other_kind", "tar"),
    Hostile("data.csv", lambda: b"SQLite format 3\x00" + bytes(200), "other_kind", "SQLite"),
    Hostile(
        "page.xlsx", lambda: b"<!DOCTYPE html><html><body><table></table></body></html>", "other_kind", "HTML"
    ),
    Hostile(
        "page2.xls",
        lambda: b"\r\n<html xmlns:x='urn'><table><tr><td>1</td></tr></table>",
        "other_kind",
        "HTML",
    ),
    Hostile("letter.xls", lambda: b"{\\rtf1\\ansi \\trowd }", "other_kind", "RTF"),
    Hostile(
        "old.xls",
        lambda: b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook><Table/></Workbook>',
        "other_kind",
        "XMLスプレッドシート2003",
    ),
    Hostile("drawing.pdf", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "other_kind", "XML"),
    Hostile("laughs.csv", lambda: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "other_kind", "XML"),
    Hostile("rows.csv", lambda: b'[{"number": 1}]', "other_kind", "JSON"),
    Hostile("mail.csv", lambda: b"MIME-Version: 1.0\r\nSubject: x\r\n", "other_kind", "メール"),
    Hostile(
        "noise.xlsx", lambda: bytes((n * 7919 + n // 13) % 251 + 4 for n in range(5000)), "unknown_encoding"
    ),
]

ZIPS = [
    Hostile("no_files.xlsx", lambda: b"PK\x05\x06" + bytes(18), "other_kind"),
    Hostile("list.zip", lambda: zipped({"list.csv": CSV}), "other_kind", "ZIP"),
    Hostile("nested.zip", lambda: zipped({"inner.xlsx": workbook()}), "other_kind", "ZIP"),
    Hostile(
        "word.xlsx",
        lambda: _office("application/vnd.x.wordprocessingml.document.main+xml", "word/document.xml"),
        "other_kind",
        "Word",
    ),
    Hostile(
        "slides.xlsx",
        lambda: _office("application/vnd.x.presentationml.presentation.main+xml", "ppt/p.xml"),
        "other_kind",
        "PowerPoint",
    ),
    Hostile(
        "binary.xlsb",
        lambda: _office("application/vnd.ms-excel.sheet.binary.macroEnabled.main", "xl/workbook.bin"),
        "other_kind",
        "xlsb",
    ),
    Hostile(
        "open.ods",
        lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, zipfile.ZIP_STORED),
        "other_kind",
        "OpenDocument",
    ),
    *(
        Hostile(
            f"cut{part}.xlsx",
            lambda part=part: workbook()[: len(workbook()) * part // 10],
            "damaged",
            "壊れている",
        )
        for part in (2, 5, 9)
    ),
    Hostile("no_workbook.xlsx", lambda: _without("xl/workbook.xml"), "damaged"),
    Hostile("no_sheet.xlsx", lambda: _without("xl/worksheets/sheet1.xml"), "damaged"),
    Hostile("no_relations.xlsx", lambda: _without("xl/_rels/workbook.xml.rels"), "damaged"),
    Hostile("no_root.xlsx", lambda: _without("_rels/.rels"), "damaged"),
    Hostile("lost_sheet.xlsx", _two_sheets_one_missing, "damaged"),
    Hostile("corrupt.xlsx", _corrupt, "damaged"),
    Hostile("password.xlsx", _encrypted_flag, "encrypted", "パスワード"),
    Hostile("twice.xlsx", _twice_named, "duplicate_parts", "同じ名前"),
    Hostile("climbs.xlsx", lambda: zipped(workbook_parts() | {"../../etc/passwd": b"x"}), "unsafe_part_name"),
    Hostile("absolute.xlsx", lambda: zipped(workbook_parts() | {"/etc/passwd": b"x"}), "unsafe_part_name"),
    Hostile("drive.xlsx", lambda: zipped(workbook_parts() | {"C:\\x.xml": b"x"}), "unsafe_part_name"),
    Hostile("overlap.xlsx", _overlapping, "overlapping_parts", "重なっている"),
    Hostile("claims_less.xlsx", lambda: _claims(100), "unpacked_size_false"),
    Hostile("claims_more.xlsx", lambda: _claims(1_000_000), "damaged"),
    Hostile("claims_huge.xlsx", lambda: _claims(0xF0000000), "too_large_unpacked", "300MB"),
    Hostile("claims_packed.xlsx", lambda: _claims(30_000, packed=0x0FFFFFFF), "damaged"),
    Hostile("bzip2.xlsx", lambda: zipped(workbook_parts(), zipfile.ZIP_BZIP2), "damaged", "圧縮"),
    Hostile("many_parts.xlsx", _many_parts, "too_many_parts", "2,000"),
    Hostile("inflates.xlsx", lambda: _bomb(120_000_000), "inflates", "250倍"),
    Hostile("renamed.xlsx", _renamed, "damaged"),
]

XML = [
    Hostile("laughs.xlsx", _laughs, "document_type", "文書型宣言"),
    Hostile("calls_out.xlsx", _external_workbook, "document_type", "xl/workbook.xml"),
    Hostile(
        "dtd16.xlsx", lambda: workbook(sheet_xml("", head="<!DOCTYPE w>").encode("utf-16")), "document_type"
    ),
    Hostile(
        "utf16.xlsx",
        lambda: workbook(sheet_xml(rows_xml(HEADER, ROW)).encode("utf-16")),
        "xml_encoding",
        "UTF-8",
    ),
    Hostile(
        "sjis.xlsx",
        lambda: workbook(sheet_xml("").replace("UTF-8", "Shift_JIS").encode("cp932")),
        "xml_encoding",
    ),
    Hostile("utf7.xlsx", lambda: workbook(sheet_xml("").replace("UTF-8", "UTF-7")), "xml_encoding"),
    Hostile("unclosed.xlsx", lambda: workbook(sheet_xml(rows_xml(HEADER, ROW))[:-30]), "damaged"),
    Hostile("far.xlsx", _far("XFD1048576", 1048576), "cell_range", "XFD1048576"),
    Hostile("far_row.xlsx", _far("A1048576", 1048576), "cell_range"),
    Hostile("far_inside.xlsx", _far("XFD1048576"), "cell_range"),
    Hostile("far_turned.xlsx", _sheet('<row r="3"><c s="1" r="XFD1048576"><v>1</v></c></row>'), "cell_range"),
    Hostile("far_prefixed.xlsx", _prefixed_far, "cell_range"),
    Hostile("far_quotes.xlsx", _sheet("<row r='3'><c r='XFD1048576'><v>1</v></c></row>"), "cell_range"),
    Hostile("far_small.xlsx", _sheet('<row r="3"><c r="xfd1048576"><v>1</v></c></row>'), "damaged"),
    Hostile("row_zero.xlsx", _sheet('<row r="0"><c r="A0"><v>1</v></c></row>'), "damaged"),
    Hostile("row_beyond.xlsx", _far("A1048577", 1048577), "damaged"),
    Hostile("column_beyond.xlsx", _far("XFE3"), "damaged"),
    Hostile("disorder.xlsx", _sheet('<row r="2"><c r="A2"><v>1</v></c></row>'), "damaged"),
    Hostile("no_number.xlsx", _sheet('<row r="3"><c r="A3"><v>1,2x</v></c></row>'), None),
    Hostile("lost_string.xlsx", _sheet('<row r="3"><c r="A3" t="s"><v>99</v></c></row>'), "damaged"),
    Hostile("many_merges.xlsx", _merges(21_000), "too_many_merges", "20,000"),
    Hostile("strings_lie.xlsx", lambda: _strings('count="4294967295" uniqueCount="4294967295"'), "*"),
    Hostile("dimension_lies.xlsx", _sheet("", before='<dimension ref="A1:XFD1048576"/>'), None),
    Hostile("dimension_small.xlsx", _sheet("", before='<dimension ref="A1"/>'), None),
    Hostile(
        "giant_merge.xlsx",
        _sheet("", after='<mergeCells><mergeCell ref="A9:XFD1048576"/></mergeCells>'),
        None,
    ),
    Hostile("deep.xlsx", _sheet('<row r="3">' + "<a>" * 50_000 + "</a>" * 50_000 + "</row>"), None),
    Hostile(
        "infinite.xlsx",
        _sheet('<row r="3"><c r="A3"><v>1E400</v></c>' + text_cell("B3", "無限") + "</row>"),
        None,
    ),
    Hostile(
        "macros.xlsx",
        lambda: zipped(workbook_parts() | {"xl/vbaProject.bin": b"x"}),
        None,
        "マクロ",
    ),
    Hostile(
        "links.xlsx",
        lambda: zipped(workbook_parts() | {"xl/externalLinks/externalLink1.xml": b"<x/>"}),
        None,
        "他のファイルを参照",
    ),
    Hostile(
        "embeds.xlsx",
        lambda: zipped(workbook_parts() | {"xl/embeddings/b.bin": workbook()}),
        None,
        "埋め込まれた",
    ),
]

OLD = [
    Hostile(
        "locked.xlsx",
        lambda: ole({"EncryptionInfo": b"x", "EncryptedPackage": b"y" * 5000}),
        "encrypted",
        "パスワード",
    ),
    Hostile("memo.xls", lambda: ole({"WordDocument": b"x"}), "other_kind", "Word"),
    Hostile("talk.xls", lambda: ole({"PowerPoint Document": b"x"}), "other_kind", "PowerPoint"),
    Hostile("message.xls", lambda: ole({"__substg1.0_0037001F": b"x"}), "other_kind", "Excelブックではない"),
    Hostile("excel95.xls", lambda: ole({"Book": b"x"}), "other_kind", "5.0/95"),
    Hostile("cut.xls", lambda: ole({"Workbook": biff_workbook(b"")})[:700], "damaged"),
    Hostile("loop.xls", _looping_ole, "damaged"),
    Hostile("zeros.xls", lambda: ole({"Workbook": bytes(5000)}), "damaged"),
    Hostile(
        "protected.xls",
        lambda: ole({"Workbook": biff_workbook(b"", before=record(0x2F, bytes(54)))}),
        "encrypted",
    ),
    Hostile("version.xls", lambda: ole({"Workbook": bof(5, 0x500) + record(0x0A)}), "damaged"),
    Hostile("far.xls", _far_biff, "cell_range", "IV65536"),
    Hostile(
        "short_record.xls",
        lambda: ole({"Workbook": biff_workbook(b"\x03\x02\xff\x7f" + bytes(4))}),
        "damaged",
    ),
    Hostile("bare.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged"),
]

PDFS = [
    Hostile("cut.pdf", lambda: _pdf_table()[:900], "damaged", "壊れているか途中で切れている"),
    Hostile("nothing.pdf", lambda: b"%PDF-1.7\n%%EOF\n", "damaged"),
    Hostile("no_pages.pdf", lambda: pdf(_pdf_objects(n2=b"<< /Type /Pages /Count 0 /Kids [] >>")), "damaged"),
    Hostile("loop.pdf", _deep_kids, "damaged"),
    Hostile("picture_only.pdf", lambda: pdf(_pdf_objects()), "no_text", "画像だけのPDF"),
    Hostile(
        "no_rules.pdf",
        lambda: pdf_pages([b"BT /F1 9 Tf 50 500 Td <65E5672C> Tj ET"]),
        "no_ruled_table",
        "罫線",
    ),
    Hostile("garbled.pdf", _garbled_pdf, "garbled", "文字化け"),
    Hostile("stream_bomb.pdf", _stream_bomb, "*"),
    Hostile("long.pdf", lambda: pdf_pages([b""] * 501), "too_many_pages", "500ページ"),
    Hostile(
        "locked.pdf",
        lambda: _pdf_table(
            trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P -4 >> /ID [<00> <00>]"
            % (b"11" * 32, b"22" * 32)
        ),
        "encrypted",
        "パスワード",
    ),
    Hostile(
        "scripted.pdf",
        lambda: _pdf_table(
            catalog=b"/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >> >>"
        ),
        None,
        "スクリプト",
    ),
    Hostile(
        "attached.pdf",
        lambda: _pdf_table(catalog=b"/Names << /EmbeddedFiles << /Names [] >> >>"),
        None,
        "添付",
    ),
    Hostile(
        "wrong_list.pdf",
        lambda: pdf_pages([pdf_grid([["氏名", "住所"], ["山田", "谷戸"]], [200, 200])]),
        "header_missing",
        "見出し",
    ),
]

TEXTS = [
    Hostile(
        "mixed.csv", lambda: (",".join(HEADER) + "\n").encode() + CSV, "mixed_encodings", "二つの文字コード"
    ),
    Hostile("euc.csv", lambda: CSV.decode("cp932").encode("euc_jp"), "unknown_encoding", "文字コード"),
    Hostile("jis.csv", lambda: CSV.decode("cp932").encode("iso2022_jp"), "unknown_encoding", "JIS"),
    Hostile("utf32.csv", lambda: CSV.decode("cp932").encode("utf-32"), "unknown_encoding", "UTF-32"),
    Hostile("odd16.csv", lambda: CSV.decode("cp932").encode("utf-16")[:-1], "not_text"),
    Hostile("cut_utf8.csv", lambda: CSV.decode("cp932").strip().encode()[:-1], "truncated", "切れている"),
    Hostile("nul.csv", lambda: CSV + b"\x00", "not_text"),
    Hostile("controls.csv", lambda: CSV + bytes(range(1, 9)) * 20, "not_text", "制御文字"),
    Hostile("open_quote.csv", lambda: CSV + '13,"開いたまま,課,,,\r\n'.encode("cp932"), "quotes", "3行目"),
    Hostile("long_cell.csv", _long_cell, "quotes", "長すぎる"),
    Hostile("many_cells.csv", lambda: b"1," * 4_100_000, "*"),
    Hostile("big.csv", lambda: CSV * 300_000, "too_large", "上限の20MB"),
    Hostile("no_header.csv", lambda: b"1,2,3\n4,5,6\n7,8,9\n", "header_missing", "事業番号"),
]

CASES = [*GENERAL, *ZIPS, *XML, *OLD, *PDFS, *TEXTS]
