"""Compare one row of a list of definitions with the KPI in hand: only what the document really has."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from history.services import from_text
from importers.calculations.plan import (
    Edited,
    FieldChange,
    PlannedRow,
    is_blank,
    marks_for,
    merge_field,
    outcome_of,
)
from importers.calculations.rows import Doubt, SourceRow
from importers.enums import Outcome
from importers.selectors.existing_definitions import Definitions
from strategy.calculations.definition_cells import COLUMN, Column, Surroundings
from strategy.calculations.target_figures import TargetFigure, read_target, target_cell
from strategy.models import Kpi, Target
from strategy.services.definitions import DefinitionChange, stored_figure
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.fiscal_year import era_label, parse_fiscal_year, short_era_label
from tsukuba_kpi.lib.japanese_text import match_key
from tsukuba_kpi.lib.units import parse_unit

# Which cell of a definition each field of the document is.
CELLS: Mapping[str, str] = {
    "unit": "unit",
    "decimals": "decimals",
    "direction": "direction",
    "aggregation": "aggregation",
    "baseline": "baseline_value",
    "baseline_year": "baseline_years",
    "rationale": "rationale",
    "method": "method",
    "source": "statistic_source",
    "final_month": "final_note",
    "survey_interval": "survey_interval",
    "definition": "note",
}
_INTERVAL = re.compile(r"(?P<years>[0-9]{1,2})(?:年|か年|カ年|ヶ年)?(?:ごと|毎|に[1一]回|に[1一]度|おき)?\Z")
_EVERY_YEAR = {"毎年", "毎年度", "年1回", "年一回", "1年", "各年", "各年度", "年次"}
_EVERY_SECOND = {"隔年", "隔年度", "2年"}


@dataclass(frozen=True, slots=True)
class DefinitionWrite:
    """What applying one row writes: the change, and the marks of what was written in doubt."""

    index: int
    change: DefinitionChange
    marks: Mapping[str, Any] = field(default_factory=dict)
    target_marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DefinitionsContext:
    """What all rows share: definitions in hand, edits by people, KPIs that rounds ask for, the reason."""

    definitions: Definitions
    kpi_edits: Mapping[tuple[int, str], Edited]
    target_edits: Mapping[tuple[int, str], Edited]
    asked: frozenset[int]
    reason: str


class DefinitionComparison:
    """The comparison of one row with the definition of its KPI."""

    def __init__(
        self, index: int, row: SourceRow, kpi: Kpi, doubts: tuple[Doubt, ...], context: DefinitionsContext
    ) -> None:
        self.index, self.row, self.kpi, self.context = index, row, kpi, context
        self.held: Mapping[int, Target] = context.definitions.targets.get(kpi.pk, {})
        self.doubts: list[Doubt] = [*row.doubts, *doubts]
        self.changes: list[FieldChange] = []
        self.values: dict[str, Any] = {}
        self.targets: dict[int, TargetFigure | None] = {}
        self.shown: dict[str, tuple[list[str], list[str]]] = {}
        self.confirmed: set[str] = set()
        self.confirmed_targets: set[int] = set()

    def plan(self) -> tuple[PlannedRow, DefinitionWrite | None]:
        """Return the row as shown and what applying it writes."""
        for name in CELLS:
            self._compare_cell(name)
        self._compare_targets()
        self._tell_sections()
        change = DefinitionChange(
            kpi=self.kpi,
            held=self.held,
            values=self.values,
            targets=self.targets,
            confirmed=frozenset(self.confirmed),
            confirmed_targets=frozenset(self.confirmed_targets),
        )
        rewritten = change.rewritten if self.kpi.pk in self.context.asked else ()
        if rewritten and not self.context.reason:
            return self._without_reason(rewritten)
        writes = bool(self.values or self.targets or self.confirmed or self.confirmed_targets)
        outcome = outcome_of(is_new=not self._is_defined(), writes=writes, doubts=self.doubts)
        shown = PlannedRow(self.row, outcome, tuple(self.changes), tuple(self.doubts))
        if not writes:
            return shown, None
        return shown, DefinitionWrite(self.index, change, *self._marks())

    def _without_reason(self, rewritten: tuple[str, ...]) -> tuple[PlannedRow, None]:
        reason = (
            f"照会を始めた後の変更です（{'、'.join(rewritten)}）。変更の理由を入力してください"
            "（コマンドでは --reason）。"
        )
        doubts = (*self.doubts, Doubt("reason_needed", None, reason))
        return PlannedRow(self.row, Outcome.REFUSED, tuple(self.changes), doubts, refused=reason), None

    def _is_defined(self) -> bool:
        return bool(self.kpi.unit or self.kpi.direction or self.kpi.aggregation or self.held)

    # --- cells

    def _compare_cell(self, name: str) -> None:
        column = COLUMN[CELLS[name]]
        current = column.write(vars(self.kpi))
        text = self._cell_text(name)
        if not text:
            self._tell_blank(name, current)
            return
        reading = column.read(text, Surroundings(unit=self._unit(), decimals=self.kpi.decimals))
        if reading.problem:
            self.doubts.append(Doubt("cell_unreadable", name, f"取り込みません。{reading.problem}"))
            return
        if reading.notice:
            self.doubts.append(Doubt("cell_notice", name, reading.notice, review=False))
        document = column.write({**vars(self.kpi), **reading.values})
        if document == current:
            self.confirmed |= set(column.fields) & set(self.kpi.unconfirmed)
            return
        edited = self._edited(column, self.context.kpi_edits, self.kpi)
        is_default = name == "survey_interval" and self.kpi.survey_interval == 1
        merge = merge_field(
            name,
            document=document,
            current=None if is_default else current or None,
            inferred=name in self.row.inferred,
            edited=edited,
        )
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        if merge.write:
            self.values |= reading.values
            if name == "baseline":
                self.values["baseline_text"] = str(self.row.extra.get("baseline_text") or "")[:80]
            self.changes.append(FieldChange(name, current or None, document))
            self._tell_unit(name, current, document)

    def _cell_text(self, name: str) -> str:
        value = self.row.fields.get(name)
        if name == "baseline_year":
            period = self.row.extra.get("baseline_period")
            if isinstance(period, list | tuple) and len(period) == 2 and None not in period:
                return f"{period[0]}～{period[1]}"
        if is_blank(value):
            return ""
        if name == "baseline" and isinstance(value, int | Decimal):
            return to_plain(Decimal(value)) + self._printed_unit("baseline")
        if name == "survey_interval":
            return _interval(str(value))
        return str(value)

    def _printed_unit(self, prefix: str) -> str:
        """Return the unit a figure of the document is in: of its column, else of its cell."""
        unit = self.row.fields.get("unit") or self.row.extra.get(f"{prefix}_unit") or ""
        return str(unit)

    def _unit(self) -> str:
        """Return the unit the KPI will have."""
        return str(self.values.get("unit", self.kpi.unit))

    def _tell_blank(self, name: str, current: str) -> None:
        columns = self.row.extra.get("columns")
        stands_in_file = isinstance(columns, list | tuple) and name in columns
        default = name == "survey_interval" and self.kpi.survey_interval == 1
        if stands_in_file and current and not default:
            message = f"文書では空欄です。いまの値「{current[:30]}」を残します。"
            self.doubts.append(Doubt("blank_kept", name, message, review=False))

    def _tell_unit(self, name: str, current: str, document: object) -> None:
        if name != "unit" or parse_unit(current) == parse_unit(str(document or "")):
            return  # ％ and %, 箇所 and か所: another spelling changes no figure
        if current and (self.held or self.kpi.baseline_value is not None):
            message = f"単位が「{current}」から変わります。登録済みの値は換算しません。"
            self.doubts.append(Doubt("unit_changed", "unit", message))

    def _edited(self, column: Column, edits: Mapping[tuple[int, str], Edited], record: Kpi) -> Edited | None:
        """Return what imports had written before a person changed any field of a cell."""
        found = {name: edits[record.pk, name] for name in column.fields if (record.pk, name) in edits}
        if not found:
            return None
        imported = {
            name: from_text(record, name, str(edit.imported)) if edit.imported is not None else None
            for name, edit in found.items()
        }
        if all(edit.imported is None for edit in found.values()):
            return Edited(None)
        return Edited(column.write({**vars(record), **imported}))

    # --- targets

    def _compare_targets(self) -> None:
        """Compare every target of the row; those of one field are shown as one change."""
        for year, text, name in self._stated_targets():
            reading = read_target(text, unit=self._unit(), fiscal_year=year)
            if reading.problem or reading.figure is None:
                problem = reading.problem or reading.notice
                message = f"{era_label(year)}の目標値「{text[:30]}」を取り込みません。{problem}"
                self.doubts.append(Doubt("target_unreadable", name, message))
                continue
            if reading.notice:
                message = f"{era_label(year)}の目標値：{reading.notice}"
                self.doubts.append(Doubt("target_notice", name, message, review=False))
            self._compare_target(year, reading.figure, name)
        for name, (old, new) in self.shown.items():
            self.changes.append(FieldChange(name, "、".join(old) or None, "、".join(new)))

    def _compare_target(self, year: int, figure: TargetFigure, name: str) -> None:
        held = self.held.get(year)
        current = target_cell(stored_figure(held)) if held is not None else None
        document = target_cell(figure)
        known = self.targets.get(year)
        if known is not None and target_cell(known) != document:
            message = (
                f"{era_label(year)}の目標値が、年度別の欄（{target_cell(known)}）と最終目標値の欄"
                f"（{document}）で違います。年度別の値を使う案です。"
            )
            self.doubts.append(Doubt("targets_differ", name, message))
            return
        if document == current:
            if held is not None and held.unconfirmed:
                self.confirmed_targets.add(year)
            return
        edited = self._edited_target(held) if held is not None else None
        merge = merge_field(name, document=document, current=current, inferred=False, edited=edited)
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        if merge.write:
            self.targets[year] = figure
            label = f"{short_era_label(year)} "
            old, new = self.shown.setdefault(name, ([], []))
            new.append(label + document)
            if current is not None:
                old.append(label + current)

    def _edited_target(self, held: Target) -> Edited | None:
        edits = self.context.target_edits
        if not any((held.pk, field) in edits for field in ("value", "word")):
            return None
        imported = edits.get((held.pk, "value"), Edited(None)).imported
        return Edited(to_plain(Decimal(str(imported))) if imported is not None else None)

    def _stated_targets(self) -> list[tuple[int, str, str]]:
        """Return year, words and field of every target of the row, the yearly ones first."""
        found: list[tuple[int, str, str]] = []
        lines = self.row.fields.get("targets")
        for line in lines if isinstance(lines, list | tuple) else ():
            label, _, words = str(line).strip().partition(" ")
            year = parse_fiscal_year(label)
            if year is None or not words.strip():
                message = (
                    f"目標値「{line}」を読めません。「R6 1200」のように、年度と値を空白で区切ってください。"
                )
                self.doubts.append(Doubt("target_unreadable", "targets", message))
                continue
            found.append((year, words.strip(), "targets"))
        words = self._final_words()
        if words:
            year = self._final_year()
            if year is not None:
                found.append((year, words, "final_target"))
        return found

    def _final_words(self) -> str:
        extra, value = self.row.extra, self.row.fields.get("final_target")
        unit = self._printed_unit("final_target")
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            marks = str(extra.get("final_target_qualifier") or "").split("・")
            bound = next((mark for mark in ("以上", "以下", "超", "未満") if mark in marks), "")
            return f"{to_plain(Decimal(value))}{unit}{bound}"
        low, high = extra.get("final_target_low"), extra.get("final_target_high")
        if isinstance(low, int | Decimal) and isinstance(high, int | Decimal):
            return f"{to_plain(Decimal(low))}～{to_plain(Decimal(high))}{unit}"
        return str(extra.get("final_target_word") or "")

    def _final_year(self) -> int | None:
        stated = self.row.fields.get("target_year")
        if isinstance(stated, int):
            return stated
        years = self.context.definitions.last_years.get(self.kpi.pk, frozenset())
        if len(years) == 1:
            (year,) = years
            message = f"目標年度の記載がないので、計画の最終年度（{era_label(year)}）の目標値とする案です。"
            self.doubts.append(Doubt("target_year_assumed", "final_target", message))
            return year
        message = "目標年度がないため、最終目標値を取り込みません。目標年度を入力してください。"
        self.doubts.append(Doubt("target_year_missing", "target_year", message))
        return None

    # --- the rest

    def _tell_sections(self) -> None:
        """Definitions do not change who is responsible; a difference is told."""
        printed = self.row.fields.get("sections")
        names = [str(name) for name in printed] if isinstance(printed, list | tuple) else []
        known = self.context.definitions.sections.get(self.kpi.pk, frozenset())
        strange = [name for name in names if match_key(name) not in known]
        if strange:
            message = (
                f"担当課「{'、'.join(strange)}」は、この指標の担当として登録されていません。"
                "定義の一覧では担当課を変えません。"
            )
            self.doubts.append(Doubt("sections_not_taken", "sections", message, review=False))

    def _marks(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the marks of the KPI's fields and of the targets that are written in doubt."""
        written = {change.field for change in self.changes}
        found = marks_for(self.doubts, written, self.row, "kpi")
        marks = {
            COLUMN[CELLS[name]].fields[0]: mark
            for name, mark in found.items()
            if name in CELLS and COLUMN[CELLS[name]].fields[0] in self.values
        }
        if "kpi" in found:
            marks["name"] = found["kpi"]
        target = next((found[name] for name in ("final_target", "targets") if name in found), None)
        return marks, {"value": target} if target is not None and self.targets else {}


def _interval(text: str) -> str:
    """Return 毎年, 隔年, ５年ごと as a number of years; anything else stays and is refused by the cell."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if plain in _EVERY_YEAR:
        return "1"
    if plain in _EVERY_SECOND:
        return "2"
    match = _INTERVAL.match(plain)
    if match is None:
        return plain
    return str(int(match["years"]) + (1 if plain.endswith("おき") else 0))
