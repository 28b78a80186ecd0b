"""Pictures of a PDF's pages beside the rows read from them, kept with the run's file."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from importers.enums import SourceFormat
from importers.models import ImportRow, ImportRun
from importers.sources.refusals import RefusedFile
from importers.sources.render_page import render_page
from importers.sources.wire import decode


def has_picture(run: ImportRun, row: ImportRow) -> bool:
    """Return whether it is known where on which page a row stands."""
    is_pdf = run.format == SourceFormat.PDF.value and bool(run.stored_file)
    return is_pdf and bool(row.location.get("page")) and bool(row.location.get("box"))


def page_picture(run: ImportRun, row: ImportRow, *, whole: bool = False) -> Path | None:
    """Return the file with the picture of a row's page, drawn once; None where it cannot be drawn.

    The cells that a person is asked about are framed; `whole` shows all of the page.
    """
    if not has_picture(run, row):
        return None
    place = row.location
    cells = _asked_cells(row)
    key = hashlib.sha256(json.dumps([place["page"], place["box"], cells, whole]).encode()).hexdigest()[:24]
    kept = pictures_of(run) / f"{key}.png"
    if kept.exists():
        return kept
    try:
        picture = render_page(
            Path(run.stored_file.path),
            name=run.file_name,
            page=place["page"],
            row=place["box"],
            cells=cells,
            whole=whole,
        )
    except (RefusedFile, OSError):
        return None
    _keep(kept, picture)
    return kept


def pictures_of(run: ImportRun) -> Path:
    """Return the directory beside a run's file that holds its pictures."""
    return Path(f"{run.stored_file.path}.pictures")


def _keep(path: Path, picture: bytes) -> None:
    """Write a file so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(picture)
    Path(name).replace(path)


def _asked_cells(row: ImportRow) -> list[list[float]]:
    """Return the rectangles of the cells whose fields a person is asked about."""
    boxes = _boxes(row)
    asked = {doubt["field"] for doubt in row.doubts if doubt.get("review", True)}
    if asked & {"bureau", "section"} and not {"bureau", "section"} & boxes.keys():
        asked.add("department")
    return [boxes[name] for name in boxes if name in asked]


def _boxes(row: ImportRow) -> Mapping[str, Any]:
    found = decode(row.source).extra.get("boxes", {}) if row.source else {}
    return found if isinstance(found, Mapping) else {}
