"""More attacks: on the parts of a workbook, on the objects of a PDF, on the chains of an .xls."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests.importers.hostile_files import Hostile
from tests.importers.raw_files import (
    HEADER,
    ROW,
    biff_workbook,
    ole,
    pdf,
    rows_xml,
    sheet_xml,
    stream_object,
    workbook,
    workbook_parts,
    zipped,
)

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def zip64(*, lies: bool = False, far: bool = False) -> bytes:
    """Return a workbook in the form for huge files; `lies` and `far` break what that form adds."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in workbook_parts().items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(content)
    data = bytearray(stream.getvalue())
    if lies:
        at = data.rindex(b"PK\x01\x02")
        data[at + 20 : at + 28] = b"\xff" * 8
    if far:
        at = data.rindex(b"PK\x05\x06")
        data[at:at] = b"PK\x06\x07" + struct.pack("<IQI", 0, 1 << 62, 1)
    return bytes(data)


def other_case() -> bytes:
    """A second sheet that readers which look for names in any case would take instead of the first."""
    return zipped(workbook_parts() | {"XL/Worksheets/Sheet1.xml": sheet_xml("").encode()})


def with_comments(comments: bytes, target: str = "../comments1.xml") -> bytes:
    """Return a workbook with a part of comments."""
    relations = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r9" Type="{RELATIONS}/comments" '
        f'Target="{target}"/></Relationships>'
    )
    more = {"xl/comments1.xml": comments, "xl/worksheets/_rels/sheet1.xml.rels": relations.encode()}
    return zipped(workbook_parts() | more)


def laughing_comments() -> bytes:
    """Entities that multiply, in a part that is read last."""
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return with_comments(laughs + b'<comments><comment ref="A1">&b;</comment></comments>')


def including_comments() -> bytes:
    """Comments that ask for a file of the server."""
    return with_comments(
        b'<comments xmlns:xi="http://www.w3.org/2001/XInclude" xml:base="file:///etc/">'
        b'<xi:include href="passwd" parse="text"/></comments>'
    )


def dde_link() -> bytes:
    """A link that would start a program."""
    link = b'<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    return zipped(workbook_parts() | {"xl/externalLinks/externalLink1.xml": link})


def many_strings() -> bytes:
    """Two million shared strings that nobody uses."""
    strings = b"<sst>" + b"<si><t>a</t></si>" * 2_000_000 + b"</sst>"
    return zipped(workbook_parts() | {"xl/sharedStrings.xml": strings})


def odd_values() -> bytes:
    """Figures that are no numbers, and a date that no calendar has."""
    values = ("<v>1e308</v>", "<v>1e999</v>", "<v>NaN</v>")
    rows = "".join(
        f'<row r="{at}"><c r="A{at}">{value}</c></row>' for at, value in enumerate(values, start=3)
    )
    date = '<row r="6"><c r="A6" t="d"><v>9999-99-99</v></c></row>'
    return workbook(sheet_xml(rows_xml(HEADER, ROW) + rows + date))


def odd_merges() -> bytes:
    """Merged ranges that are turned round, of one cell, and of the whole sheet."""
    cells = "".join(f'<mergeCell ref="{ref}"/>' for ref in ("B9:A8", "A1", "A1:XFD1048576", "??"))
    return workbook(sheet_xml(rows_xml(HEADER, ROW), after=f"<mergeCells>{cells}</mergeCells>"))


def deep_sheet() -> bytes:
    """Cells inside of cells, half a million deep."""
    row = '<row r="3">' + "<c>" * 500_000 + "</c>" * 500_000 + "</row>"
    return workbook(sheet_xml(rows_xml(HEADER, ROW) + row))


def self_related() -> bytes:
    """A workbook whose main part is the list that names it."""
    main = f'<Relationship Id="1" Type="{RELATIONS}/officeDocument" Target="_rels/.rels"/>'
    relations = f'<Relationships xmlns="{PACKAGE}">{main}</Relationships>'
    return zipped(workbook_parts() | {"_rels/.rels": relations.encode()})


def pdf_page(content: bytes, more: Mapping[int, bytes] | None = None, resources: bytes = b"") -> bytes:
    """Return a PDF of one page with a content stream and more objects, from number 5."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << %s >> >>"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: page % resources,
        4: content,
    }
    return pdf({**objects, **(more or {})})


def _filtered(name: bytes, data: bytes) -> bytes:
    return b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(data), name, data)


def packed_twice() -> bytes:
    """A stream packed twice: 500 MB in a few kilobytes."""
    packer = zlib.compressobj(1)
    inner = b"".join(packer.compress(b"0 0 m\n" * 170_000) for _ in range(500)) + packer.flush()
    return pdf_page(_filtered(b"[/FlateDecode /FlateDecode]", zlib.compress(inner)))


def looping_form() -> bytes:
    """A drawing that draws itself."""
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /XObject << /F 5 0 R >> >> "
    body = form + b"/Length 11 >>\nstream\n/F Do /F Do\nendstream"
    return pdf_page(stream_object(b"/F Do"), {5: body}, b"/XObject << /F 5 0 R >>")


def deep_dictionary() -> bytes:
    """Dictionaries inside of dictionaries."""
    deep = b"<< /A " * 20_000 + b"1" + b" >>" * 20_000
    catalog = b"<< /Type /Catalog /Pages 2 0 R /X %s >>" % deep
    return pdf({1: catalog, 2: b"<< /Type /Pages /Kids [] /Count 0 >>"})


def one_page_many_times() -> bytes:
    """The same page named again and again."""
    kids = b"3 0 R " * 20_000
    pages = b"<< /Type /Pages /Kids [%s] /Count 20000 >>" % kids
    return pdf_page(stream_object(b""), {2: pages})


def packed_references() -> bytes:
    """A table of ten million objects, packed to little."""
    table = zlib.compress(b"\x01\x00\x00\x00\x00" * 10_000_000, 1)
    head = b"%PDF-1.5\n"
    about = b"<< /Type /XRef /Size 10000000 /W [1 3 1] /Root 2 0 R /Length %d /Filter /FlateDecode >>"
    body = b"1 0 obj\n" + about % len(table) + b"\nstream\n" + table + b"\nendstream\nendobj\n"
    return head + body + b"startxref\n%d\n%%%%EOF" % len(head)


def own_predecessor() -> bytes:
    """A table of references that names itself as the one before."""
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R /Prev 9 >>\n"
    return b"%PDF-1.4\n" + table + b"startxref\n9\n%%EOF"


def odd_page_size() -> bytes:
    """A page of a size that is no number."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1e308 -1e308] /Contents 4 0 R >>"
    return pdf_page(stream_object(b"BT ET"), {3: page})


def broken_header(offset: int, value: int) -> Callable[[], bytes]:
    """Return a maker of an .xls with another number in its header."""

    def make() -> bytes:
        data = bytearray(ole({"Workbook": biff_workbook(b"")}))
        struct.pack_into("<I", data, offset, value)
        return bytes(data)

    return make


PARTS = [
    Hostile("zip64.xlsx", zip64, None),
    Hostile("zip64_lies.xlsx", lambda: zip64(lies=True), "too_large_unpacked"),
    Hostile("zip64_far.xlsx", lambda: zip64(far=True), "damaged"),
    Hostile("other_case.xlsx", other_case, "duplicate_parts", "同じ名前"),
    Hostile("comments_laugh.xlsx", laughing_comments, "document_type"),
    Hostile("comments_include.xlsx", including_comments, None),
    Hostile("comments_broken.xlsx", lambda: with_comments(b"<comments><comment>"), "damaged"),
    Hostile("comments_far.xlsx", lambda: with_comments(b"<comments/>", "../../../../etc/passwd"), None),
    Hostile("dde.xlsx", dde_link, None, "他のファイル"),
    Hostile("many_strings.xlsx", many_strings, "inflates"),
    Hostile("odd_values.xlsx", odd_values, None),
    Hostile("odd_merges.xlsx", odd_merges, "*"),
    Hostile("deep_cells.xlsx", deep_sheet, "damaged"),
    Hostile("self_related.xlsx", self_related, "damaged"),
    Hostile("packed_twice.pdf", packed_twice, "*"),
    Hostile("looping_form.pdf", looping_form, "no_text"),
    Hostile("deep_dictionary.pdf", deep_dictionary, "damaged"),
    Hostile("same_page.pdf", one_page_many_times, "too_many_pages"),
    Hostile("packed_references.pdf", packed_references, "damaged"),
    Hostile("own_predecessor.pdf", own_predecessor, "damaged"),
    Hostile("odd_page_size.pdf", odd_page_size, "*"),
    *(
        Hostile(f"header_{offset}_{value:x}.xls", broken_header(offset, value), "*")
        for offset in (44, 48, 60, 68, 76)
        for value in (0, 0x7FFFFFFF)
    ),
]
