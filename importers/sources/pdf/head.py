"""What the bytes of a PDF tell before a parser opens it."""

import re

from importers.calculations.rows import Location
from importers.sources.refusals import refuse

_TRAILER = re.compile(rb"startxref|%%EOF")


def inspect_pdf_head(data: bytes, file: str) -> None:
    """Refuse a PDF whose end is missing.

    :raises RefusedFile: cut off while being copied.
    """
    if _TRAILER.search(data[-65536:]) is None:
        what = "は壊れているか途中で切れているので、元のPDFをもう一度保存したものを取り込んでください。"
        raise refuse("damaged", Location(file), what)
