"""Makes pages of ruled tables as PDFs, cell by cell, so that a test can say where every line stands."""

import random
from dataclasses import dataclass, field

from tests.importers.raw_files import pdf_line, pdf_pages, pdf_text

SIZE = 9.0
LEADING = 12.0
HEIGHT = 595.0


@dataclass
class Page:
    """One page; places count from its top left corner, in points."""

    texts: list[bytes] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a line."""
        self.lines.append(pdf_line(x0, HEIGHT - y0, x1, HEIGHT - y1))

    def text(self, x: float, y: float, text: str, size: float = SIZE) -> None:
        """Print a text, its upper left corner at a place."""
        self.texts.append(pdf_text(x, HEIGHT - y - size * 0.88, text, size))

    def cell(self, x0: float, y0: float, x1: float, y1: float, *lines: str, borders: str = "ltrb") -> None:
        """Draw a cell with lines of text from its top; `borders` are the sides that have one."""
        sides = {"l": (x0, y0, x0, y1), "t": (x0, y0, x1, y0), "r": (x1, y0, x1, y1), "b": (x0, y1, x1, y1)}
        for side in borders:
            self.line(*sides[side])
        for number, text in enumerate(lines):
            self.text(x0 + 3, y0 + 3 + number * LEADING, text)

    def row(
        self, edges: list[float], top: float, bottom: float, cells: list[str], borders: str = "ltrb"
    ) -> None:
        """Draw a row of cells; "/" parts the lines of a cell."""
        for x0, x1, text in zip(edges, edges[1:], cells, strict=False):
            self.cell(x0, top, x1, bottom, *(text.split("/") if text else ()), borders=borders)

    def content(self, draw: random.Random | None = None) -> bytes:
        """Return the page's content stream; with `draw` its texts come in any order."""
        texts = list(self.texts)
        if draw is not None:
            draw.shuffle(texts)
        return b"0.5 w\n" + b"".join(texts) + b"".join(self.lines)


def paper(*pages: Page, draw: random.Random | None = None) -> bytes:
    """Return the PDF of some pages."""
    return pdf_pages([page.content(draw) for page in pages])
