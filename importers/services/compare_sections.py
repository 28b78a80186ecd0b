"""Compare one row of a list of sections with the sections in hand: opened, corrected, renamed, closed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from importers.calculations.plan import CONFIRMED, FieldChange, PlannedRow, outcome_of
from importers.calculations.rows import Doubt, SourceRow
from importers.calculations.section_names import LONGEST_NAME, KnownSection
from importers.enums import Outcome
from importers.selectors.existing_sections import Sections
from organization.enums import SuccessionKind
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.japanese_text import match_key

LONGEST_CODE = 20
_BETWEEN_NAMES = re.compile(r"[、，,／/;；\n]|及び|および|並びに")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a reorganisation: what became of a section, and its last year where it ends with it."""

    old_id: int
    kind: SuccessionKind
    fiscal_year: int
    closes: bool


@dataclass(frozen=True, slots=True)
class SectionRowWrite:
    """What applying one row writes: a new section or changes of one, and the steps that lead to it.

    `abolished_in`: the fiscal year from which on the section no longer exists, and nothing follows it.
    """

    index: int
    section_id: int | None
    values: Mapping[str, Any] = field(default_factory=dict)
    bureau: str | None = None
    steps: tuple[Step, ...] = ()
    abolished_in: int | None = None


@dataclass(frozen=True, slots=True)
class ListContext:
    """What all rows of a list share: the sections in hand, the list's year, and what its rows name."""

    sections: Sections
    year: int | None
    listed: frozenset[int]
    former: Mapping[str, int]

    @property
    def is_first_load(self) -> bool:
        """Whether no section is registered yet."""
        return not self.sections.by_id


def former_names(row: SourceRow) -> list[str]:
    """Return the names that a row gives as the former ones; 「公園・緑地課」 is one name."""
    text = row.fields.get("former_name")
    if not isinstance(text, str):
        return []
    parts = (part.strip() for part in _BETWEEN_NAMES.split(text))
    return [part for part in parts if part and not re.fullmatch(r"[-‐―−－ー─]+", part)]


def years_of(row: SourceRow, year: int | None) -> tuple[int | None, int | None]:
    """Return the years a row speaks of: what it states, else the list's year."""
    opened, closed = _year(row, "opened"), _year(row, "closed")
    if opened is None and closed is None:
        return year, year
    return opened, closed if closed is not None else year if year and (opened or 0) <= year else None


def find_section(row: SourceRow, sections: Sections, year: int | None) -> list[KnownSection]:
    """Return the registered sections that a row may be, in the years it speaks of."""
    bureau = row.fields.get("bureau")
    return [
        section
        for section in sections.named(str(row.fields.get("section") or ""))
        if section.exists_in(*years_of(row, year))
        and (not bureau or section.bureau is None or match_key(section.bureau) == match_key(str(bureau)))
    ]


def _year(row: SourceRow, name: str) -> int | None:
    value = row.fields.get(name)
    return value if isinstance(value, int) else None


class SectionComparison:
    """The comparison of one row with the sections in hand."""

    def __init__(self, index: int, row: SourceRow, context: ListContext) -> None:
        self.index, self.row, self.context = index, row, context
        self.name = str(row.fields["section"]).strip()
        bureau = row.fields.get("bureau")
        self.bureau = str(bureau).strip() or None if bureau else None
        self.opened, self.closed = _year(row, "opened"), _year(row, "closed")
        self.doubts: list[Doubt] = list(row.doubts)
        self.changes: list[FieldChange] = []

    def plan(self) -> tuple[PlannedRow, SectionRowWrite | None]:
        """Return the row as shown and what applying it writes; a question holds the row back."""
        found = find_section(self.row, self.context.sections, self.context.year)
        fitting = [section for section in found if section.bureau and self.bureau] or found
        refusal = self._refusal(fitting)
        if refusal is not None:
            return PlannedRow(self.row, Outcome.REFUSED, doubts=tuple(self.doubts), refused=refusal), None
        known = fitting[0] if fitting else None
        values, bureau = self._known(known) if known is not None else self._new()
        steps = self._steps(known)
        abolished_in = self._abolished_in(known, values)
        writes = known is None or bool(values or bureau or steps or abolished_in)
        outcome = outcome_of(is_new=known is None, writes=writes, doubts=self.doubts)
        shown = PlannedRow(self.row, outcome, tuple(self.changes), tuple(self.doubts))
        if not writes or (outcome is Outcome.REVIEW and not self.row.extra.get(CONFIRMED)):
            return shown, None
        section_id = known.id if known is not None else None
        return shown, SectionRowWrite(self.index, section_id, values, bureau, steps, abolished_in)

    def _refusal(self, fitting: list[KnownSection]) -> str | None:
        if self.row.refused is not None:
            return self.row.refused
        if not self.name or len(self.name) > LONGEST_NAME:
            return f"課・室の名称は1文字から{LONGEST_NAME}文字までです。名称を確認してください。"
        if len(str(self.row.fields.get("code") or "")) > LONGEST_CODE:
            return f"部署コードは{LONGEST_CODE}文字までです。コードを確認してください。"
        if self.opened is not None and self.closed is not None and self.closed < self.opened:
            return "廃止年度が設置年度より前です。年度を確認してください。"
        if len(fitting) > 1:
            labels = "、".join(section.label for section in fitting)
            return f"「{self.name}」という課室が複数あります（{labels}）。部局の列を加えてください。"
        if former_names(self.row) and self._change_year() is None:
            return "旧名称の改正の年度が分かりません。設置年度の列か、取込の「適用日」を加えてください。"
        return None

    def _change_year(self) -> int | None:
        return self.opened if self.opened is not None else self.context.year

    # --- a section in hand

    def _known(self, known: KnownSection) -> tuple[dict[str, Any], str | None]:
        values: dict[str, Any] = {}
        code = str(self.row.fields.get("code") or "").strip()
        current = self.context.sections.codes[known.id]
        if code and code != current:
            values["code"] = code
            self.changes.append(FieldChange("code", current or None, code))
        self._compare_year(values, "opened", "opened_fiscal_year", known.first_year, self.opened)
        self._compare_year(values, "closed", "closed_fiscal_year", known.last_year, self.closed)
        if self.bureau and not known.bureau:
            self.changes.append(FieldChange("bureau", None, self.bureau))
            return values, self.bureau
        return values, None

    def _compare_year(
        self, values: dict[str, Any], name: str, column: str, current: int | None, stated: int | None
    ) -> None:
        if stated is None or stated == current:
            return
        values[column] = stated
        self.changes.append(FieldChange(name, current, stated))
        if current is not None:
            message = f"登録の年度は{era_label(current)}です。どちらが正しいか確認してください。"
            self.doubts.append(Doubt("year_differs", name, message))

    # --- a section that is not registered

    def _new(self) -> tuple[dict[str, Any], str | None]:
        opened = self.opened
        if opened is None and not self.context.is_first_load and self.closed is None:
            opened = self.context.year
            if opened is not None:
                message = f"設置年度の記載がないので、適用日の{era_label(opened)}から置きます。"
                self.doubts.append(Doubt("opened_assumed", "opened", message, review=False))
        if not former_names(self.row) and self._moved() is None:
            self._ask_about_near()
        values = {
            "name": self.name,
            "code": str(self.row.fields.get("code") or "").strip(),
            "opened_fiscal_year": opened,
            "closed_fiscal_year": self.closed,
        }
        return values, self.bureau

    def _moved(self) -> KnownSection | None:
        """Return the one section of the name in another bureau that the list no longer has there."""
        year = self._change_year()
        if year is None or not self.bureau:
            return None
        left = [
            section
            for section in self.context.sections.named(self.name)
            if section.exists_in(year - 1, year - 1) and section.id not in self.context.listed
        ]
        return left[0] if len(left) == 1 else None

    def _ask_about_near(self) -> None:
        from difflib import get_close_matches

        year = self._change_year()
        gone = {
            match_key(section.name): section
            for section in self.context.sections.by_id.values()
            if section.id not in self.context.listed and section.exists_in(year, year)
        }
        near = get_close_matches(match_key(self.name), gone, n=3, cutoff=0.6)
        if near:
            names = "、".join(f"「{gone[key].label}」" for key in near)
            message = (
                f"新しい課室です。この一覧にない、似た名称の課室{names}があります。"
                "改称なら「旧名称」に前の名称を入れてください。"
            )
            other = tuple({"former_name": gone[key].name} for key in near)
            self.doubts.append(Doubt("section_renamed_maybe", "section", message, True, other))

    # --- what led to it, and its end

    def _steps(self, known: KnownSection | None) -> tuple[Step, ...]:
        year = self._change_year()
        if year is None:
            return ()
        olds = self._olds(year)
        moved = self._moved() if known is None and not olds else None
        found = [(moved, SuccessionKind.TRANSFER)] if moved is not None else []
        found += [(old, self._kind(old, len(olds))) for old in olds]
        steps = []
        shown: list[tuple[str, str]] = []
        for old, kind in found:
            if known is not None and (old.id, known.id) in self.context.sections.successions:
                continue
            closes = old.id not in self.context.listed and (old.last_year is None or old.last_year >= year)
            steps.append(Step(old.id, kind, year, closes))
            words = f"{old.label}（{era_label(year - 1)}まで）" if closes else old.label
            shown.append((words, kind.label))
        if steps:
            olds_words = "、".join(words for words, _ in shown)
            kinds = "・".join(dict.fromkeys(label for _, label in shown))
            self.changes.append(FieldChange("succession", olds_words, f"{kinds}：{self.name}"))
            message = f"{era_label(year)}の組織改正として扱う案です。正しいか確認してください。"
            self.doubts.append(Doubt("reorganisation", "former_name", message))
        return tuple(steps)

    def _olds(self, year: int) -> list[KnownSection]:
        olds: list[KnownSection] = []
        for name in former_names(self.row):
            named = [s for s in self.context.sections.named(name) if s.exists_in(year - 1, year - 1)]
            named = [s for s in named if s.first_year is None or s.first_year < year]
            same = [section for section in named if self._is_in_bureau(section)]
            named = same if len(same) == 1 else named
            if len(named) == 1:
                olds.append(named[0])
                continue
            reason = "登録がない" if not named else "複数ある"
            message = (
                f"旧名称「{name}」の課室が{era_label(year - 1)}に{reason}ため、改正のつながりは作りません。"
            )
            self.doubts.append(Doubt("former_unknown", "former_name", message, review=False))
        return olds

    def _kind(self, old: KnownSection, count: int) -> SuccessionKind:
        if self.context.former.get(match_key(old.name), 0) > 1 or old.id in self.context.listed:
            return SuccessionKind.SPLIT
        if count > 1:
            return SuccessionKind.MERGE
        return (
            SuccessionKind.TRANSFER if match_key(old.name) == match_key(self.name) else SuccessionKind.RENAME
        )

    def _is_in_bureau(self, section: KnownSection) -> bool:
        return bool(section.bureau and self.bureau) and match_key(section.bureau or "") == match_key(
            self.bureau or ""
        )

    def _abolished_in(self, known: KnownSection | None, values: Mapping[str, Any]) -> int | None:
        """Return the year from which on a section closed by the row is no more, if nothing follows it."""
        closes = "closed_fiscal_year" in values and self.closed is not None
        if known is None or not closes or self.closed is None:
            return None
        if self.context.sections.has_successor(known.id) or match_key(self.name) in self.context.former:
            return None
        message = (
            f"{era_label(self.closed)}限りの廃止として扱う案です。ほかの課室に引き継がれるなら、"
            "引き継ぐ課室の行の「旧名称」に入れてください。"
        )
        self.doubts.append(Doubt("abolished", "closed", message))
        self.changes.append(FieldChange("succession", known.label, SuccessionKind.ABOLISH.label))
        return self.closed + 1
