"""Several sections in one cell: 「課税課、未来戦略課」, one a line, or whole names joined by 「・」."""

import re
from dataclasses import dataclass

from importers.sources.grids import SOFT_END

_UNIT = re.compile(
    r"(?:課|室|センター|係|局|部|所|館|園|校|署|担当|委員会|公室|本部|支所|病院|事務局)(?:[（(][^（）()]*[)）])?$"
)
_SIGNS = "、，,／/;；"
_HARD_END = re.compile("[\n、，,／/;；]")
_ROLE = re.compile(r"^(?P<name>.+?)[（(](?P<role>[^（）()]+)[)）]$")
_WHITE = re.compile(r"[ \t\u3000]+")
# A mark before a section that says how it takes part: ◎産業課, 主：産業課.
_LEADING = re.compile(
    r"^(?:[◎○◯●〇☆★■□▲△・]+|(?:主|副|正|主担当|副担当|主管|関係|担当)[:：])[ \t\u3000]*(?=.)"
)
_VAGUE = re.compile(r"(?:ほか|他|等|など)$|[→⇒➡]|^(?:各|全|関係)(?:各)?(?:部|課|室|庁|局|所)")


@dataclass(frozen=True, slots=True)
class SectionCell:
    """The sections of a cell as printed; `unsure` says in Japanese what a person should look at."""

    sections: tuple[str, ...]
    unsure: str | None = None

    @property
    def names(self) -> list[str]:
        """The sections without what stands in brackets behind them."""
        return [_split_role(section)[0] for section in self.sections]

    @property
    def roles(self) -> list[str | None]:
        """What stands in brackets behind each section, None where nothing does."""
        return [_split_role(section)[1] for section in self.sections]


def read_sections_cell(text: str) -> SectionCell:
    """Return the sections that a cell names, in its order."""
    parts, softly = _parts(text)
    sections: list[str] = []
    unsure = f"「{'」「'.join(parts)}」に分けて読みました。確かめてください。" if softly else None
    for part in parts:
        halves = _joined_names(part)
        if len(halves) > 1:
            unsure = f"「{part}」を{len(halves)}つの課に分けて読みました。"
        sections.extend(_LEADING.sub("", half) for half in halves)
    vague = next((section for section in sections if _VAGUE.search(section)), None)
    if vague is not None:
        unsure = f"「{vague}」がどの課を指すか確かめてください。"
    return SectionCell(tuple(dict.fromkeys(sections)), unsure)


def _parts(text: str) -> tuple[list[str], bool]:
    """Split at signs and line ends outside of brackets; a line that ends inside a name goes on.

    Return the parts and whether a line that was merely full was taken for the end of a name.
    """
    parts = [""]
    depth = 0
    softly = False
    for index, character in enumerate(text):
        depth += (character in "（(") - (character in "）)")
        if depth <= 0 and character in _SIGNS:
            parts.append("")
        elif character == "\n":
            if depth <= 0 and _UNIT.search(parts[-1].strip()):
                parts.append("")
        elif character == SOFT_END:
            following = _HARD_END.split(text[index + 1 :])[0].replace(SOFT_END, "")
            if (
                depth <= 0
                and _UNIT.search(parts[-1].strip())
                and len(following) > 2
                and _UNIT.search(following)
            ):
                parts.append("")
                softly = True
        else:
            parts[-1] += character
    return [cleaned for part in parts if (cleaned := part.strip(" \t\u3000"))], softly


def _joined_names(part: str) -> list[str]:
    """Split at 「・」, 「及び」 and blanks only where both sides are whole names of units."""
    for sign in (r"・", r"及び|並びに|と", r"[ \t\u3000]+"):
        halves = [half.strip() for half in re.split(sign, part)]
        if len(halves) > 1 and all(len(half) > 2 and _UNIT.search(half) for half in halves):
            return halves
    return [_WHITE.sub("", part)]


def _split_role(section: str) -> tuple[str, str | None]:
    match = _ROLE.match(section)
    return (match["name"], match["role"]) if match else (section, None)
