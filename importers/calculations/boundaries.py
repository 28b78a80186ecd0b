"""Where a program's purpose ends and its summary begins, and so on: moving a boundary between texts.

Pure. The three texts are one run of pieces (lines and sentences); a boundary lies between two pieces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TEXTS = ("purpose", "summary", "results")
# A piece ends with its line, or with a sentence: a text's end may lie at either.
_PIECE = re.compile(r"[^。\n]*[。\n]+[）」』]*|[^。\n]+$")


@dataclass(frozen=True, slots=True)
class Piece:
    """One line or sentence, and the text it belongs to now."""

    index: int
    text: str
    field: str
    begins_field: bool


def pieces_of(values: Mapping[str, object]) -> list[Piece]:
    """Return the three texts as one run of pieces, in the order of the columns."""
    pieces: list[Piece] = []
    for field in TEXTS:
        text = values.get(field)
        if not isinstance(text, str):
            continue
        for number, part in enumerate(_PIECE.findall(text)):
            pieces.append(Piece(len(pieces), part, field, number == 0))
    return pieces


def move_boundary(values: Mapping[str, object], field: str, index: int) -> dict[str, str | None]:
    """Return the three texts when `field` begins at a piece.

    The texts before give way: what stood in `field` and later before the piece goes to the text in
    front of it, what stood in earlier texts from the piece on goes to `field`.

    :raises ValueError: there is no such field or piece, or the field has none before it
    """
    if field not in TEXTS[1:]:
        raise ValueError(f"{field} has no boundary in front of it")
    pieces = pieces_of(values)
    if not 0 <= index <= len(pieces):
        raise ValueError(f"no piece {index}")
    at = TEXTS.index(field)
    moved: dict[str, str] = dict.fromkeys(TEXTS, "")
    for piece in pieces:
        own = TEXTS.index(piece.field)
        target = min(own, at - 1) if piece.index < index else max(own, at)
        moved[TEXTS[target]] += piece.text
    return {name: text.strip("\n") or None for name, text in moved.items()}
