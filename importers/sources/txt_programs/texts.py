"""The text of a cell from its lines: wrapped lines joined, typed breaks kept."""

from collections.abc import Sequence

from importers.sources.txt_language import DASHES
from importers.sources.txt_lines import Gap, Piece


def cell_text(pieces: Sequence[Piece], wrapped: Sequence[bool]) -> str:
    """Return a cell's text; `wrapped[i]` tells whether the line before piece i was only wrapped.

    Japanese joins without a space; between two Latin words the space that the line end swallowed comes
    back.
    """
    text = ""
    for index, piece in enumerate(pieces):
        if index:
            text += _between(pieces[index - 1], piece, wrapped[index])
        text += piece.text
    return text


def _between(before: Piece, after: Piece, wrapped: bool) -> str:
    if after.before is Gap.SPACE:
        return " "
    if not wrapped:
        return "\n"
    both_latin = is_latin(before.text[-1]) and is_latin(after.text[0])
    return " " if both_latin else ""


def is_latin(character: str) -> bool:
    """Whether a character is a half-width letter: words of such letters are parted by spaces."""
    return character.isascii() and character.isalpha()


def no_value(text: str) -> bool:
    """Whether a cell says that there is nothing to say: a dash or nothing at all."""
    return not text.strip("　 \n") or all(character in DASHES for character in text.strip("　 \n"))
