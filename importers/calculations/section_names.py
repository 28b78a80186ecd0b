"""Which section a document means: names compared through the organisation's history.

Pure: the services bring what is known of the organisation. A section of a document is found by its
name (and bureau), in the document's years; a name of other years leads through renames, merges and
splits to a proposal; an unknown name becomes the proposal of a new section.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from importers.calculations.rows import Doubt
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.japanese_text import match_key

MAX_STEPS = 20
SIMILAR = 0.75
NEARLY_SAME = 0.85


@dataclass(frozen=True, slots=True)
class KnownSection:
    """A section as registered; the years are the first and last fiscal year of its existence."""

    id: int
    name: str
    bureau: str | None = None
    first_year: int | None = None
    last_year: int | None = None

    @property
    def label(self) -> str:
        """The section as a message names it."""
        return f"{self.bureau}　{self.name}" if self.bureau else self.name

    def exists_in(self, first: int | None, last: int | None) -> bool:
        """Say whether the section exists in any year of a span; open ends reach for ever."""
        begins_before = self.first_year is None or last is None or self.first_year <= last
        ends_after = self.last_year is None or first is None or self.last_year >= first
        return begins_before and ends_after


@dataclass(frozen=True, slots=True)
class KnownSuccession:
    """One step of a reorganisation: from the fiscal year on, the successor does the work."""

    predecessor_id: int
    successor_id: int | None
    fiscal_year: int


@dataclass(frozen=True, slots=True)
class NewSection:
    """A section that would be registered."""

    name: str
    bureau: str | None


@dataclass(frozen=True, slots=True)
class SectionMatch:
    """What a printed section is taken for: a registered one, one to be registered, or none (blank)."""

    id: int | None = None
    new: NewSection | None = None
    fills_bureau: str | None = None
    doubts: tuple[Doubt, ...] = ()


LONGEST_NAME = 80  # of a bureau, of a section

# What a person answered about sections that are not registered, by `section_key`: the id of the section that
# is meant, None for "register it".
Answers = Mapping[tuple[str, str], int | None]


def section_key(name: str, bureau: str | None) -> tuple[str, str]:
    """Return what two spellings of a section and its bureau have in common."""
    return match_key(bureau or ""), match_key(name)


class SectionDirectory:
    """All sections that are registered, found by the names that documents print.

    In a first load (nothing of the document's kind is registered yet) an unknown section is news; later,
    or when its name is nearly that of another, a person has to confirm it.
    """

    def __init__(
        self,
        sections: Iterable[KnownSection] = (),
        successions: Iterable[KnownSuccession] = (),
        *,
        first_year: int | None = None,
        last_year: int | None = None,
        is_first_load: bool = False,
        answers: Answers | None = None,
    ) -> None:
        self._answers = answers or {}
        self._by_id = {section.id: section for section in sections}
        self._by_key: dict[str, list[KnownSection]] = {}
        for section in self._by_id.values():
            self._by_key.setdefault(match_key(section.name), []).append(section)
        self._successions: dict[int, list[KnownSuccession]] = {}
        for succession in successions:
            self._successions.setdefault(succession.predecessor_id, []).append(succession)
        self._years = (first_year, last_year)
        self._is_first_load = is_first_load or not self._by_id
        self._found: dict[tuple[str | None, str | None, str], SectionMatch] = {}

    def find(self, name: str | None, bureau: str | None, *, field: str) -> SectionMatch:
        """Return what a printed section and bureau are taken for; doubts name `field`."""
        key = (name, bureau, field)
        match = self._found.get(key)
        if match is None:
            match = self._found[key] = self._find(name, bureau, field)
        return match

    def _find(self, name: str | None, bureau: str | None, field: str) -> SectionMatch:
        if not name:
            return self._blank(bureau, field)
        key = section_key(name, bureau)
        if key in self._answers:
            return self._answered(name, bureau, field, self._answers[key])
        named = self._by_key.get(match_key(name), [])
        candidates = [s for s in named if _bureau_fits(s, bureau)]
        if not candidates and bureau is None:
            return self._glued(name, field) or self._unknown(name, bureau, field, named)
        if not candidates:
            return self._unknown(name, bureau, field, named)
        exact = [s for s in candidates if s.bureau and bureau] or candidates
        living = [s for s in exact if s.exists_in(*self._years)]
        if len(living) == 1:
            fills = bureau if bureau and not living[0].bureau else None
            return SectionMatch(living[0].id, fills_bureau=fills)
        if living:
            return self._several(name, living, field)
        return self._from_other_years(name, exact, field)

    def _answered(self, name: str, bureau: str | None, field: str, answer: int | None) -> SectionMatch:
        """Return what a person said about a section that was not registered."""
        if answer is not None and answer in self._by_id:
            return SectionMatch(answer)
        message = f"{unknown_words(name, bureau)}ないため、新しく登録します。"
        doubt = Doubt("section_new", field, message, review=False)
        return SectionMatch(new=NewSection(name, bureau), doubts=(doubt,))

    def _blank(self, bureau: str | None, field: str) -> SectionMatch:
        place = f"部局は「{bureau}」とあります。" if bureau else ""
        return SectionMatch(
            doubts=(Doubt("section_empty", field, f"担当課が空欄です。{place}担当課を確認してください。"),)
        )

    def _glued(self, name: str, field: str) -> SectionMatch | None:
        """Find a section whose bureau is printed in front of it in one word."""
        printed = match_key(name)
        fitting = [
            section
            for section in self._by_id.values()
            if section.bureau
            and match_key(section.bureau + section.name) == printed
            and section.exists_in(*self._years)
        ]
        return SectionMatch(fitting[0].id) if len(fitting) == 1 else None

    def _several(self, name: str, living: list[KnownSection], field: str) -> SectionMatch:
        labels = "、".join(section.label for section in living)
        message = f"「{name}」という課室が複数あります（{labels}）。どの課室か確認してください。"
        others = tuple({field: section.label} for section in living[1:])
        return SectionMatch(living[0].id, doubts=(Doubt("section_ambiguous", field, message, True, others),))

    def _from_other_years(self, name: str, candidates: list[KnownSection], field: str) -> SectionMatch:
        heirs = list(
            dict.fromkeys(h for section in candidates for h in self._heirs(section) if h is not None)
        )
        if not heirs:
            section = candidates[-1]
            message = (
                f"「{name}」は{_years_of(section)}の課室で、対象の年度にはありません。"
                "担当課を確認してください。"
            )
            return SectionMatch(section.id, doubts=(Doubt("section_closed", field, message),))
        first = self._by_id[heirs[0]]
        labels = "、".join(self._by_id[heir].label for heir in heirs)
        message = f"「{name}」は組織改正により「{labels}」になりました。「{first.label}」として扱います。"
        others = tuple({field: self._by_id[heir].label} for heir in heirs[1:])
        return SectionMatch(first.id, doubts=(Doubt("section_succeeded", field, message, True, others),))

    def _heirs(self, section: KnownSection) -> list[int]:
        """Return the sections of the document's years that a section became, first named first."""
        found: list[int] = []
        waiting, steps = [section.id], 0
        seen = {section.id}
        while waiting and steps < MAX_STEPS:
            steps += 1
            following: list[int] = []
            for current in waiting:
                for step in self._successions.get(current, []):
                    heir = step.successor_id
                    if heir is None or heir in seen or heir not in self._by_id:
                        continue
                    seen.add(heir)
                    if self._by_id[heir].exists_in(*self._years):
                        found.append(heir)
                    else:
                        following.append(heir)
            waiting = following
        return found

    def _unknown(
        self, name: str, bureau: str | None, field: str, same_name: list[KnownSection]
    ) -> SectionMatch:
        new = NewSection(name, bureau)
        near = same_name or self._near(name)
        if self._is_first_load and not near:
            message = f"{unknown_words(name, bureau)}ないため、新しく登録します。"
            return SectionMatch(new=new, doubts=(Doubt("section_new", field, message, review=False),))
        labels = "、".join(f"「{section.label}」" for section in near)
        if same_name:
            hint = f"同じ名称の課室{labels}が別の部局にあります。"
        else:
            hint = f"似た名称に{labels}があります。" if near else ""
        message = f"{unknown_words(name, bureau)}ありません。{hint}新しい課室として登録する案です。"
        others = tuple({field: section.label} for section in near)
        return SectionMatch(new=new, doubts=(Doubt("section_unknown", field, message, True, others),))

    def _near(self, name: str) -> list[KnownSection]:
        cutoff = NEARLY_SAME if self._is_first_load else SIMILAR
        close = difflib.get_close_matches(match_key(name), self._by_key, n=3, cutoff=cutoff)
        return [section for key in close for section in self._by_key[key]]


def overlong(fields: Mapping[str, object]) -> str | None:
    """Return why a row's bureau and sections cannot be kept, None where their names have a usual length."""
    sections = fields.get("sections")
    names = [fields.get("bureau"), fields.get("section"), *(sections if isinstance(sections, list) else ())]
    for name in names:
        if is_overlong(name):
            return (
                f"部局・課室の名称「{str(name)[:20]}…」が長すぎます（{LONGEST_NAME}文字まで）。"
                "名称だけに直してから取り込んでください。"
            )
    return None


def is_overlong(name: object) -> bool:
    """Tell whether a name is longer than a bureau or section can be named."""
    return isinstance(name, str) and len(name) > LONGEST_NAME


def unknown_words(name: str, bureau: str | None) -> str:
    """Return the beginning of every sentence about a section that is not registered."""
    printed = f"{bureau}　{name}" if bureau else name
    return f"課室「{printed}」は登録が"


def unregistered(doubt: Doubt) -> tuple[str | None, str] | None:
    """Return bureau and name of the section that a doubt says is not registered, None for another doubt."""
    match = _UNREGISTERED.match(doubt.message) if doubt.code in _UNREGISTERED_CODES else None
    if match is None:
        return None
    bureau, _, name = match["printed"].rpartition("　")
    return bureau or None, name


_UNREGISTERED = re.compile("課室「(?P<printed>.+?)」は登録が")
_UNREGISTERED_CODES = frozenset({"section_new", "section_unknown"})


def _bureau_fits(section: KnownSection, bureau: str | None) -> bool:
    if bureau is None or section.bureau is None:
        return True
    return match_key(section.bureau) == match_key(bureau)


def _years_of(section: KnownSection) -> str:
    first = era_label(section.first_year) if section.first_year is not None else ""
    last = era_label(section.last_year) if section.last_year is not None else ""
    return f"{first}から{last}まで" if first and last else (f"{last}まで" if last else f"{first}から")
