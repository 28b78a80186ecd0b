"""One page of a PDF as a picture with the cells of a row marked; runs in the limited child process."""

import io
import math
from collections.abc import Sequence
from typing import Any, Final

import pypdfium2
from PIL import Image, ImageDraw

_WIDEST: Final = 1_600  # pixels
_MOST_PIXELS: Final = 4_000_000
_LARGEST_SCALE: Final = 2.2
_AROUND: Final = 48  # points of the page above and below the row
_ROW: Final = (255, 225, 90, 70)
_CELL: Final = (0, 23, 193, 255)
_COLOURS: Final = 64

Rectangle = Sequence[float]


def draw_page(
    path: str, page: int, row: Rectangle, cells: Sequence[Rectangle], *, whole: bool = False
) -> bytes:
    """Return a PNG of a page (from 1) with a row shaded and cells framed; rectangles as in `Location.box`.

    Without `whole` only the band around the row is given.
    """
    document = pypdfium2.PdfDocument(path)
    sheet = document[page - 1]
    width, height = sheet.get_size()
    scale = min(_LARGEST_SCALE, _WIDEST / width, math.sqrt(_MOST_PIXELS / (width * height)))
    picture = sheet.render(scale=scale).to_pil().convert("RGBA")
    left, top = _offset(sheet)

    def placed(box: Rectangle) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = ((value - shift) * scale for value, shift in zip(box, (left, top) * 2, strict=True))
        return x0, y0, x1, y1

    shade = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(shade)
    pen.rectangle(placed(row), fill=_ROW)
    for cell in cells:
        pen.rectangle(placed(cell), outline=_CELL, width=max(2, round(2 * scale)))
    picture = Image.alpha_composite(picture, shade).convert("RGB")
    if not whole:
        _, upper, _, lower = placed(row)
        around = _AROUND * scale
        band = max(0, int(upper - around)), min(picture.height, math.ceil(lower + around))
        if band[0] < band[1]:
            picture = picture.crop((0, band[0], picture.width, band[1]))
    written = io.BytesIO()
    picture.quantize(_COLOURS).save(written, "PNG", optimize=True)
    return written.getvalue()


def _offset(sheet: Any) -> tuple[float, float]:
    """Return where the visible page begins in the places of the readers.

    These count from the corner of the sheet as it is turned, plus the sheet's own origin; what is visible is
    the part of the sheet that is not cropped.
    """
    media, crop = sheet.get_mediabox(), sheet.get_cropbox()
    left, bottom, right, top = media
    inner = (max(crop[0], left), max(crop[1], bottom), min(crop[2], right), min(crop[3], top))
    from_left, from_bottom = inner[0] - left, inner[1] - bottom
    from_right, from_top = right - inner[2], top - inner[3]
    match sheet.get_rotation():
        case 90:
            return bottom + from_bottom, from_left - left
        case 180:
            return left + from_right, from_bottom - bottom
        case 270:
            return bottom + from_top, from_right - left
        case _:
            return left + from_left, from_top - bottom
