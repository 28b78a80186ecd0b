"""Marks on the picture of a page stand on what they mark, however the page is turned, moved or cropped."""

import io

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter, Transformation
from pypdf.generic import NameObject, NumberObject, RectangleObject

from importers.enums import DocumentKind
from importers.sources.pdf.page_picture import draw_page
from tests.importers.made_pdfs import HEIGHT, Page, paper
from tests.importers.reading import read_here

WIDTH = 842.0
EDGES = [100.0, 180.0, 330.0, 430.0, 600.0]
TURNED = {0: (0.0, 0.0), 90: (HEIGHT, 0.0), 180: (WIDTH, HEIGHT), 270: (0.0, WIDTH)}


def drawn(turn: int, moved: bool, cropped: bool) -> bytes:
    """Return a list whose second row's number stands on green, upright once the page is turned."""
    page = Page()
    page.lines.append(f"0 1 0 rg {EDGES[0]} {HEIGHT - 200} 80 20 re f 0 g\n".encode())
    for number, cells in enumerate(
        [
            ["事業番号", "事務事業名", "担当課", "目的"],
            ["11", "広報事業", "秘書課", "伝える。"],
            ["12", "図書事業", "文化課", "学ぶ。"],
        ]
    ):
        page.row(EDGES, 140.0 + number * 20, 160.0 + number * 20, cells)
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(paper(page))))
    sheet = writer.pages[0]
    sheet.add_transformation(Transformation().rotate(turn).translate(*TURNED[turn]))
    width, height = (HEIGHT, WIDTH) if turn in (90, 270) else (WIDTH, HEIGHT)
    whole = (-20, -30, width + 10, height + 40) if moved else (0, 0, width, height)
    sheet.mediabox = RectangleObject(whole)
    if cropped:
        sheet[NameObject("/CropBox")] = RectangleObject((60, 40, width - 30, height - 50))
    sheet[NameObject("/Rotate")] = NumberObject(turn)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def bounds(picture: Image.Image, is_wanted) -> tuple[int, int, int, int]:
    """Return the rectangle of the pixels of a colour."""
    pixels = picture.load()
    found = [(x, y) for x in range(picture.width) for y in range(picture.height) if is_wanted(*pixels[x, y])]
    across, down = [x for x, _ in found], [y for _, y in found]
    return min(across), min(down), max(across), max(down)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(("moved", "cropped"), [(True, True), (True, False), (False, True)])
def test_frame_stands_on_the_cell(tmp_path, turn, moved, cropped):
    path = tmp_path / "list.pdf"
    path.write_bytes(drawn(turn, moved, cropped))
    row = read_here(path, DocumentKind.PROGRAMS).rows[1]
    cell = row.extra["boxes"]["number"]

    picture = Image.open(io.BytesIO(draw_page(str(path), 1, row.location.box, [cell], whole=True)))

    small = picture.convert("RGB").resize((picture.width // 2, picture.height // 2), Image.Resampling.NEAREST)
    frame = bounds(small, lambda red, green, blue: blue > 150 and red < 60 and green < 80)
    marked = bounds(small, lambda red, green, blue: green > 180 and red < 130 and blue < 130)
    assert row.fields["number"] == 12
    assert max(abs(one - other) for one, other in zip(frame, marked, strict=True)) <= 6
