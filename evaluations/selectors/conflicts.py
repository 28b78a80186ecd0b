"""Two people on one sheet: what each of them changed, so that a person can choose and nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Difference:
    """One field in which what was typed differs from what is stored by now."""

    name: str
    label: str
    mine: str
    theirs: str
    base: str | None
    is_long: bool = True
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def mine_words(self) -> str:
        """Return what was typed as a page shows it: a choice by its label."""
        return self.words.get(self.mine, self.mine)

    @property
    def theirs_words(self) -> str:
        """Return what is stored as a page shows it."""
        return self.words.get(self.theirs, self.theirs)

    @property
    def only_theirs(self) -> bool:
        """Return whether only the other person changed it: what was typed is what the page had shown."""
        return self.base is not None and self.mine == self.base

    @property
    def only_mine(self) -> bool:
        """Return whether only this person changed it."""
        return self.base is not None and self.theirs == self.base

    @property
    def clashes(self) -> bool:
        """Return whether a person has to choose."""
        return not (self.only_mine or self.only_theirs)

    @property
    def both(self) -> str:
        """Return both texts one under the other, to be edited into one."""
        return "\n".join(text for text in (self.theirs, self.mine) if text)

    @property
    def merged(self) -> str:
        """Return what stands after merging where nobody has to choose."""
        return self.theirs if self.only_theirs else self.mine


@dataclass(frozen=True)
class Box:
    """A field of the form: its label, whether it takes a long text, the labels of its choices."""

    label: str
    is_long: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)


def differences(
    boxes: Mapping[str, Box],
    *,
    base: Mapping[str, str],
    mine: Mapping[str, str],
    theirs: Mapping[str, str],
) -> list[Difference]:
    """Return the fields that differ, in the form's order; line ends of browsers do not count."""
    found = []
    for name, box in boxes.items():
        typed, stored = _lines(mine.get(name, "")), _lines(theirs.get(name, ""))
        if typed.strip() != stored.strip():
            shown = _lines(base[name]) if name in base else None
            found.append(Difference(name, box.label, typed, stored, shown, box.is_long, box.choices))
    return found


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
