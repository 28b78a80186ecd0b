"""Builds files from their raw parts, so that tests can make what no honest program writes."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEADER = ["事業番号", "事務事業名", "担当課", "事業の目的", "事業の概要", "成果"]
ROW = ["12", "道路管理事業", "道路課", "安全を保つ。", "点検する。", "3件を直した。"]


def sheet_xml(body: str, *, before: str = "", after: str = "", head: str = "") -> str:
    """Return a worksheet; `body` are its rows."""
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    opening = f'{declaration}{head}<worksheet xmlns="{MAIN}">'
    return f"{opening}{before}<sheetData>{body}</sheetData>{after}</worksheet>"


def text_cell(reference: str, text: str) -> str:
    """Return a cell with its text inside."""
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def rows_xml(*rows: list[str], first: int = 1) -> str:
    """Return rows of texts."""
    return "".join(
        f'<row r="{number}">'
        + "".join(text_cell(f"{'ABCDEFGHIJ'[at]}{number}", text) for at, text in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, start=first)
    )


def workbook_parts(sheet: str | bytes | None = None) -> dict[str, bytes]:
    """Return the parts of a workbook with one sheet of one program."""
    body = sheet if sheet is not None else sheet_xml(rows_xml(HEADER, ROW))
    types = (
        f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    )
    root = (
        f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    book = (
        f'<?xml version="1.0"?><workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="一覧" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    relations = (
        f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    strings = f'<?xml version="1.0"?><sst xmlns="{MAIN}"><si><t>共有</t></si></sst>'
    return {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": root.encode(),
        "xl/workbook.xml": book.encode(),
        "xl/_rels/workbook.xml.rels": relations.encode(),
        "xl/sharedStrings.xml": strings.encode(),
        "xl/worksheets/sheet1.xml": body.encode() if isinstance(body, str) else body,
    }


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of the parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def workbook(sheet: str | bytes | None = None) -> bytes:
    """Return an .xlsx of one sheet."""
    return zipped(workbook_parts(sheet))


def ole(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file of version 3 with whole sectors of 512 bytes and no small streams."""
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        padded = data.ljust(max(512, -(-len(data) // 512) * 512), b"\0")
        start = len(sectors)
        for at in range(0, len(padded), 512):
            sectors.append(padded[at : at + 512])
            fat.append(len(sectors))
        fat[-1] = 0xFFFFFFFE
        return start

    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0)]
    entries += [
        _entry(name, 2, put(data.ljust(4096, b"\0")), max(len(data), 4096)) for name, data in streams.items()
    ]
    directory = put(b"".join(entries))
    fat_sector = len(sectors)
    fat.append(0xFFFFFFFD)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", fat_sector) + b"\xff" * (4 * 108)
    return header + b"".join(sectors) + table


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return (
        raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + b"\xff" * 12 + bytes(36)
        + struct.pack("<II", start, size) + bytes(4)
    )  # fmt: skip


def record(kind: int, body: bytes = b"") -> bytes:
    """Return one BIFF record."""
    return struct.pack("<HH", kind, len(body)) + body


def bof(kind: int, version: int = 0x600) -> bytes:
    """Return the record that begins a BIFF substream."""
    return record(0x809, struct.pack("<HHHHII", version, kind, 0, 0, 0, 0))


def biff_workbook(cells: bytes, *, before: bytes = b"") -> bytes:
    """Return the Workbook stream of one sheet with the given records."""
    name = "S".encode("latin-1")
    sheet = bof(0x10) + cells + record(0x0A)

    def book(position: int) -> bytes:
        bound = struct.pack("<IBBBB", position, 0, 0, len(name), 0) + name
        return bof(0x05) + before + record(0x85, bound) + record(0x0A)

    return book(len(book(0))) + sheet


def pdf(objects: Mapping[int, bytes], *, root: int = 1, trailer: bytes = b"") -> bytes:
    """Return a PDF of numbered objects."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places: dict[int, int] = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places.get(number, 0)
    out += b"trailer\n<< /Size %d /Root %d 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, trailer, start)
    return bytes(out)


def stream_object(data: bytes, extra: bytes = b"", *, packed: bool = True) -> bytes:
    """Return a stream object, deflated unless told otherwise."""
    body = zlib.compress(data) if packed else data
    flate = b"/Filter /FlateDecode " if packed else b""
    return b"<< /Length %d %b%b >>\nstream\n%b\nendstream" % (len(body), flate, extra, body)


CJK_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /KozMinPr6N-Regular /Encoding /UniJIS-UTF16-H "
    b"/DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /KozMinPr6N-Regular "
    b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 6 >> /DW 1000 /W [1 95 500] "
    b"/FontDescriptor << /Type /FontDescriptor /FontName /KozMinPr6N-Regular /Flags 4 "
    b"/FontBBox [0 -120 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >> >>] >>"
)


def pdf_pages(
    contents: list[bytes],
    *,
    catalog: bytes = b"",
    trailer: bytes = b"",
    box: bytes = b"0 0 842 595",
    font: bytes = CJK_FONT,
) -> bytes:
    """Return a PDF with one page for each content stream and a Japanese font F1."""
    objects: dict[int, bytes] = {3: font}
    kids: list[bytes] = []
    for index, content in enumerate(contents):
        number = 4 + index * 2
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [%b] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (box, number + 1)
        )
        objects[number + 1] = stream_object(content)
        kids.append(b"%d 0 R" % number)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    return pdf(objects, trailer=trailer)


def pdf_text(x: float, y: float, text: str, size: float = 9) -> bytes:
    """Return the operators that print a text at a place, from the page's bottom left corner."""
    return b"BT /F1 %.2f Tf %.2f %.2f Td <%b> Tj ET\n" % (size, x, y, text.encode("utf-16-be").hex().encode())


def pdf_line(x0: float, y0: float, x1: float, y1: float) -> bytes:
    """Return the operators that draw a line."""
    return b"%.2f %.2f m %.2f %.2f l S\n" % (x0, y0, x1, y1)


def pdf_grid(
    rows: list[list[str]], widths: list[float], *, height: float = 40, top: float = 560, left: float = 20
) -> bytes:
    """Return a page's content: a ruled table with one line of text in each cell."""
    out = b"0.5 w\n"
    edges = [left]
    for width in widths:
        edges.append(edges[-1] + width)
    for number in range(len(rows) + 1):
        out += pdf_line(left, top - number * height, edges[-1], top - number * height)
    for edge in edges:
        out += pdf_line(edge, top, edge, top - len(rows) * height)
    for number, row in enumerate(rows):
        for at, text in enumerate(row):
            if text:
                out += pdf_text(edges[at] + 3, top - number * height - height / 2, text)
    return out
