"""Set data on paper: a Typst template, JSON in, a tagged PDF out; what has been set once is kept."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

HERE = Path(__file__).resolve().parent
FONTS = HERE.parent.parent / "static" / "fonts"
MOST_KEPT = 300


class Template(Enum):
    """The papers there are."""

    REPORT = "report.typ"
    SHEET = "sheet.typ"
    MEASURE = "measure.typ"
    LIST = "list.typ"


def pdf(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the paper as a tagged PDF after PDF/UA-1, set in the fonts that ship with the product.

    Words that the standard forbids (a character that no font has, say) are set without its promise:
    a paper with a small fault is better than none.
    """
    try:
        return _set(template, data, "ua-1")
    except typst.TypstError:
        return _set(template, data, None)


def _set(template: Template, data: Mapping[str, Any], standard: Literal["ua-1"] | None) -> bytes:
    made: bytes = typst.compile(
        str(HERE / template.value),
        root=str(HERE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=standard,
    )
    return made


def kept_file(template: Template, data: Mapping[str, Any], folder: Path) -> Path:
    """Return where the paper of these data is kept, or would be: by content, so it never grows stale."""
    content = json.dumps([_templates(), template.value, data], ensure_ascii=False, sort_keys=True)
    return folder / f"{hashlib.sha256(content.encode()).hexdigest()}.pdf"


def kept_pdf(template: Template, data: Mapping[str, Any], folder: Path) -> bytes:
    """Return the paper, from the folder if it has been set before; what was not read longest goes."""
    file = kept_file(template, data, folder)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        content = pdf(template, data)
        _keep(file, content)
    else:
        os.utime(file)
    return content


def _keep(file: Path, content: bytes) -> None:
    """Write beside it and rename: nobody reads half a paper."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    with os.fdopen(handle, "wb") as part:
        part.write(content)
    Path(name).replace(file)
    kept = sorted(file.parent.glob("*.pdf"), key=_last_read, reverse=True)
    for old in kept[MOST_KEPT:]:
        old.unlink(missing_ok=True)


def _last_read(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


@cache
def _templates() -> str:
    """Return a fingerprint of the templates: a new version of the product sets its papers anew."""
    digest = hashlib.sha256()
    for file in sorted(HERE.glob("*.typ")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
