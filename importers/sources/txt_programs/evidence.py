"""What can be seen at every possible cell boundary of a record, before any layout is assumed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from importers.sources.txt_language import (
    NOTE_MARKS,
    Continuity,
    Ending,
    Head,
    Mark,
    Tail,
    ending_of,
    head_of,
    leads_on,
    mark_of,
    tail_of,
)
from importers.sources.txt_lines import Gap, Piece
from importers.sources.txt_typography import (
    BRACKETS_CLOSE,
    BRACKETS_OPEN,
    GlyphCounts,
    count_glyphs,
    leading_unit,
)


@dataclass(frozen=True, slots=True)
class Joint:
    """The place between two pieces of a record's text: a cell may end here, or go on."""

    gap: Gap
    # Whether the line that ends here came after an empty line (it opened a paragraph).
    opened: bool
    typed: bool
    tail: Tail
    head: Head
    # The line that ends here, and what of the next line could not have been broken off.
    line: GlyphCounts
    unit: GlyphCounts
    # How the item or sentence ends that would end here.
    ending: Ending
    mark: Mark | None
    mark_before: Mark | None
    in_brackets: bool
    continuity: int
    latin: bool
    # Whether the line that ends here only announces the next, whether the next is a note to those before,
    # and whether the last typed break before this place stood behind an item without a full stop.
    leads_on: bool
    note: bool = False
    in_bare_list: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record's pieces and the joints before each of them (`joints[0]` only fills the place).

    `endings[i]` are the ends of sentences inside piece i; `line_of[i]` is the index of its line within the
    record; `line_counts[i]` the counted characters of its line up to and with it.
    """

    pieces: tuple[Piece, ...]
    joints: tuple[Joint, ...]
    endings: tuple[tuple[Ending, ...], ...]
    line_of: tuple[int, ...]
    line_counts: tuple[GlyphCounts, ...]
    last_ending: Ending

    def lines_between(self, start: int, end: int) -> int:
        """Return over how many lines the pieces from `start` to before `end` reach."""
        return self.line_of[end - 1] - self.line_of[start] + 1


_STOP = re.compile("。")


def gather_evidence(pieces: Sequence[Piece], continuity: Continuity) -> Evidence:
    """Look at all joints of one record's pieces."""
    line_of: list[int] = []
    for index, piece in enumerate(pieces):
        line_of.append(0 if index == 0 else line_of[-1] + (piece.before is not Gap.SPACE))
    joints = [_joint(pieces, index, continuity) for index in range(1, len(pieces))]
    joints = _with_running_state(pieces, joints)
    placeholder = joints[0] if joints else None
    return Evidence(
        pieces=tuple(pieces),
        joints=(placeholder, *joints) if placeholder is not None else (),
        endings=tuple(_stops_inside(pieces, index) for index in range(len(pieces))),
        line_of=tuple(line_of),
        line_counts=tuple(_line_so_far(pieces, index) for index in range(len(pieces))),
        last_ending=ending_of(_text_before(pieces, len(pieces))),
    )


def _line_so_far(pieces: Sequence[Piece], index: int) -> GlyphCounts:
    text = pieces[index].text
    while index > 0 and pieces[index].before is Gap.SPACE:
        index -= 1
        text = f"{pieces[index].text} {text}"
    return count_glyphs(text)


def _text_before(pieces: Sequence[Piece], index: int) -> str:
    """The last characters before a joint, over a line that is only the rest of a word."""
    text = pieces[index - 1].text
    if len(text) < 12 and index >= 2 and not pieces[index - 2].typed_break:
        text = pieces[index - 2].text + text
    return text[-80:]


def _stops_inside(pieces: Sequence[Piece], index: int) -> tuple[Ending, ...]:
    text = pieces[index].text
    if "。" not in text:
        return ()
    before = pieces[index - 1].text[-12:] if index else ""
    whole = before + text
    return tuple(
        ending_of(whole[: match.start()][-80:])
        for match in _STOP.finditer(whole)
        if match.start() >= len(before)
    )


def _joint(pieces: Sequence[Piece], index: int, continuity: Continuity) -> Joint:
    before, after = pieces[index - 1], pieces[index]
    latin = before.text[-1].isascii() and before.text[-1].isalpha() and after.text[0].isascii()
    return Joint(
        gap=after.before,
        opened=before.line.before in (Gap.BLANK, Gap.PAGE),
        typed=before.typed_break,
        tail=tail_of(before.text),
        head=head_of(after.text),
        line=count_glyphs(before.line.text),
        unit=count_glyphs(leading_unit(after.text)),
        ending=ending_of(_text_before(pieces, index)),
        mark=mark_of(after.text),
        mark_before=None,
        in_brackets=False,
        # Behind a full stop a new sentence begins either way.
        continuity=0 if before.text[-1] == "。" else continuity.evidence(before.text[-1], after.text[0]),
        latin=latin and after.text[0].isalpha(),
        leads_on=leads_on(before.text),
    )


def _with_running_state(pieces: Sequence[Piece], joints: Sequence[Joint]) -> list[Joint]:
    """Fill in whether a joint lies inside brackets, the mark of the item that ends there, and notes."""
    inside = _joints_inside_brackets(pieces)
    result: list[Joint] = []
    mark = mark_of(pieces[0].text) if pieces else None
    bare = False
    for index, joint in enumerate(joints, start=1):
        note = _is_note(joint.mark, mark, joints[index:])
        joint = replace(joint, in_brackets=index in inside, mark_before=mark, note=note, in_bare_list=bare)
        result.append(joint)
        if joint.typed or joint.gap in (Gap.NEXT, Gap.SPACE):
            bare = joint.typed and joint.tail is not Tail.STOP and not joint.leads_on
        if joint.mark is not None:
            mark = joint.mark
        elif joint.typed or joint.tail is Tail.STOP or joint.gap in (Gap.NEXT, Gap.SPACE):
            mark = None
    return result


def _is_note(mark: Mark | None, before: Mark | None, following: Sequence[Joint]) -> bool:
    """Whether a mark opens a note; where such marks follow each other they are the marks of a list."""
    if mark is None or mark.family not in NOTE_MARKS or (before is not None and before.family in NOTE_MARKS):
        return False
    after = next((joint.mark for joint in following if joint.mark is not None), None)
    return after is None or after.family != mark.family


_PAIRS = dict(zip(BRACKETS_CLOSE + ")", BRACKETS_OPEN + "(", strict=True))
_FARTHEST_PAIR = 12


def _joints_inside_brackets(pieces: Sequence[Piece]) -> set[int]:
    """Return the joints between an opening bracket and its closing one; unmatched brackets say nothing."""
    inside: set[int] = set()
    open_at: list[tuple[str, int]] = []
    for index, piece in enumerate(pieces):
        for character in piece.text:
            if character in BRACKETS_OPEN or character == "(":
                open_at.append((character, index))
                continue
            partner = _PAIRS.get(character)
            if partner is None:
                continue
            depth = next((d for d in range(len(open_at) - 1, -1, -1) if open_at[d][0] == partner), None)
            if depth is None:
                continue
            start = open_at[depth][1]
            del open_at[depth:]
            if index - start <= _FARTHEST_PAIR:
                inside.update(range(start + 1, index + 1))
    return inside
