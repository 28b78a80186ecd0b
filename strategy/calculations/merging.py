"""Two people in one form: what each of them changed since the page was shown, cell by cell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merge:
    """What the texts of a form come to.

    `mine` is what this person changed and may be written; `theirs` what somebody else changed meanwhile
    and this person did not touch (it stays); `clashes` what both changed, each to something else.
    """

    mine: Mapping[str, str]
    theirs: Mapping[str, str]
    clashes: frozenset[str]


def merge(
    names: Iterable[str], *, base: Mapping[str, str], typed: Mapping[str, str], stored: Mapping[str, str]
) -> Merge:
    """Compare what the page had shown, what was sent, and what is stored by now.

    A name that was not sent counts as untouched; one without base is compared with what is stored, and
    differs or not.
    """
    mine: dict[str, str] = {}
    theirs: dict[str, str] = {}
    clashes = set()
    for name in names:
        now = same_lines(stored.get(name, ""))
        before = same_lines(base[name]) if name in base else now
        sent = same_lines(typed[name]) if name in typed else before
        if sent == now:
            continue
        if sent == before:
            theirs[name] = now
            continue
        mine[name] = sent
        if before != now:
            clashes.add(name)
    return Merge(mine, theirs, frozenset(clashes))


def same_lines(text: str) -> str:
    """Return a text with one kind of line end and no space around it, as it is compared and kept."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
