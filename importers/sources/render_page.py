"""The way in for the picture of a page: drawn in a child process with the limits of reading."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path

from importers.calculations.rows import Location
from importers.sources.limits import LIMITS, MEGABYTE, Limits
from importers.sources.refusals import refuse
from importers.sources.sandbox import ReadingProcess

_LARGEST = 8 * MEGABYTE
_BEGINNING = b"\x89PNG\r\n\x1a\n"


def render_page(
    path: Path,
    *,
    name: str,
    page: int,
    row: Sequence[float],
    cells: Sequence[Sequence[float]],
    whole: bool = False,
    limits: Limits = LIMITS,
) -> bytes:
    """Return a PNG of a page with a row shaded and cells framed.

    :raises RefusedFile: the page cannot be drawn
    """
    request = {
        "path": str(path.resolve()),
        "page": page,
        "row": list(row),
        "cells": [list(cell) for cell in cells],
        "whole": whole,
    }
    with ReadingProcess(name, ["importers.sources.pdf.page_picture"], limits) as process:
        for message in process.ask({"picture": request}):
            picture = _picture(message)
            if picture is not None:
                return picture
    raise refuse("unreadable", Location(name), "のページの画像を作れませんでした。")


def _picture(message: dict[str, object]) -> bytes | None:
    end = message.get("end")
    text = end.get("picture") if isinstance(end, dict) else None
    if not isinstance(text, str) or len(text) > _LARGEST:
        return None
    try:
        picture = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return picture if picture.startswith(_BEGINNING) else None
