"""Set data on paper: a Typst template, JSON in, a tagged PDF out."""

import json
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).resolve().parent
FONTS = HERE.parent.parent / "static" / "fonts"


class Template(Enum):
    """The papers there are."""

    REPORT = "report.typ"
    SHEET = "sheet.typ"


def pdf(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the paper as a tagged PDF, set in the fonts that ship with the product."""
    made: bytes = typst.compile(
        str(HERE / template.value),
        root=str(HERE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return made
