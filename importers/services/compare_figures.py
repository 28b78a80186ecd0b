"""Compare one row of yearly figures with what is in hand: changes, doubts, and what to write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from importers.calculations.duplicates import Duplicate
from importers.calculations.kpi_relations import says_running_total
from importers.calculations.plan import Edited, FieldChange, PlannedRow, marks_for, merge_field, outcome_of
from importers.calculations.rows import Doubt, SourceRow
from importers.calculations.yearly_figures import ActualFigure, Baseline, RowFigures
from importers.enums import Outcome
from importers.selectors.existing_actuals import ActualsState, ActualState, TargetState
from importers.selectors.own_sheets import OwnSheet
from importers.services.match_kpi import KpiMatch
from strategy.enums import Aggregation
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class FigureWrite:
    """What applying one row writes; `kpi_key` names a KPI that is new. None: nothing of that sort."""

    index: int
    kpi_id: int | None
    kpi_key: str
    kpi_name: str
    fiscal_year: int
    target_id: int | None = None
    target: Mapping[str, Any] | None = None
    actual_id: int | None = None
    actual: Mapping[str, Any] | None = None
    kpi_values: Mapping[str, Any] = field(default_factory=dict)
    kpi_marks: Mapping[str, Any] = field(default_factory=dict)
    target_version: int | None = None
    actual_version: int | None = None
    # The sheet on which a section enters the actual; None: written as the document's.
    sheet_id: int | None = None


@dataclass(slots=True)
class FiguresContext:
    """What all rows of a document are compared with."""

    state: ActualsState
    duplicates: Mapping[int, Duplicate]
    only_kpis: frozenset[int] | None
    # The sheets of a section that brings its own figures, by KPI and year; None: everything is taken.
    sheets: Mapping[tuple[int, int], OwnSheet] | None = None
    matches: dict[tuple[str, str], KpiMatch] = field(default_factory=dict)
    target_edits: Mapping[tuple[int, str], Edited] = field(default_factory=dict)
    actual_edits: Mapping[tuple[int, str], Edited] = field(default_factory=dict)
    kpi_edits: Mapping[tuple[int, str], Edited] = field(default_factory=dict)
    # KPIs whose unit and baseline an earlier row of the document has given already.
    described: set[str] = field(default_factory=set)


class FiguresComparison:
    """The comparison of one row of figures with what is in hand."""

    def __init__(
        self, index: int, row: SourceRow, match: KpiMatch, figures: RowFigures, context: FiguresContext
    ) -> None:
        self.index, self.row, self.match, self.figures, self.context = index, row, match, figures, context
        year = row.fields["fiscal_year"]
        assert isinstance(year, int)
        self.year = year
        self.name = str(row.fields["kpi"])
        self.key = match_key(self.name)
        self.kpi = match.kpi
        place = (match.kpi.id, year) if match.kpi is not None else None
        state = context.state
        self.target: TargetState | None = state.targets.get(place) if place else None
        self.actual: ActualState | None = state.actuals.get(place) if place else None
        self.is_locked = place in state.locked
        self.doubts: list[Doubt] = [*row.doubts, *match.doubts, *figures.doubts]
        self.changes: list[FieldChange] = []

    def plan(self) -> tuple[PlannedRow, FigureWrite | None]:
        """Return the row as shown and what applying it writes."""
        writes_target = self._compare_target()
        writes_actual = self._compare_actual()
        if writes_actual and self.is_locked:
            reason = (
                f"{era_label(self.year)}の実績値は確定済みのため、取込では変えられません。"
                "訂正は企画部門が画面で行ってください。"
            )
            return PlannedRow(self.row, Outcome.REFUSED, doubts=tuple(self.doubts), refused=reason), None
        if writes_actual:
            self._doubt_running_total()
        sheet, refusal = self._own_sheet(place_needed=writes_actual)
        if refusal is not None:
            return PlannedRow(self.row, Outcome.REFUSED, doubts=tuple(self.doubts), refused=refusal), None
        kpi_values = self._describe_kpi()
        is_new = self.target is None and self.actual is None
        written = {change.field for change in self.changes}
        if is_new:
            written |= {"target", "actual", "status", "kpi"}
        marks = self._marks(written)
        target = self._target_write(writes_target, marks)
        actual = self._actual_write(writes_actual, marks)
        writes = target is not None or actual is not None or bool(kpi_values)
        outcome = outcome_of(is_new=is_new, writes=writes, doubts=self.doubts)
        shown = PlannedRow(self.row, outcome, tuple(self.changes), tuple(self.doubts))
        if not writes:
            return shown, None
        write = FigureWrite(
            index=self.index,
            kpi_id=self.kpi.id if self.kpi is not None else None,
            kpi_key=self.key,
            kpi_name=self.name,
            fiscal_year=self.year,
            target_id=self.target.id if self.target is not None else None,
            target=target,
            actual_id=self.actual.id if self.actual is not None else None,
            actual=actual,
            kpi_values=kpi_values,
            kpi_marks={"name": marks["kpi"]} if self.kpi is None and "kpi" in marks else {},
            target_version=self.target.version if self.target is not None else None,
            actual_version=self.actual.version if self.actual is not None else None,
            sheet_id=sheet.id if sheet is not None else None,
        )
        return shown, write

    # --- a section's own import

    def _own_sheet(self, *, place_needed: bool) -> tuple[OwnSheet | None, str | None]:
        """Return the sheet on which a section enters the figure, or why it cannot."""
        if self.context.sheets is None or self.kpi is None or not place_needed:
            return None, None
        sheet = self.context.sheets.get((self.kpi.id, self.year))
        year = era_label(self.year)
        if sheet is None:
            return None, (
                f"{year}の確定版の照会に、この指標のシートがありません。課室から取り込めるのは、"
                "照会されている年度の実績値だけです。"
            )
        if not sheet.can_edit:
            return None, (
                f"{year}のシートは「{sheet.state}」のため、いまは課室から変えられません。"
                "直すときは、取り下げるか差戻しを受けてください。"
            )
        return sheet, None

    def _leave_target(self, current: str | None, document: object) -> bool:
        """Tell a section that targets are the planning division's."""
        if document is not None and document != current:
            message = f"目標値（文書は「{document}」）は取り込みません。目標値を変えるのは企画部門です。"
            self.doubts.append(Doubt("target_not_taken", "target", message, review=False))
        return False

    # --- the target

    def _compare_target(self) -> bool:
        found, state = self.figures.target, self.target
        if self.context.sheets is not None:
            held = _comparable(state.values) if state is not None else None
            return self._leave_target(held, _comparable(found.values) if found is not None else None)
        if state is None:
            return found is not None
        current = _comparable(state.values)
        document = _comparable(found.values) if found is not None else None
        merge = merge_field(
            "target",
            document=document,
            current=current,
            inferred="target" in self.row.inferred,
            edited=self._edited(self.context.target_edits, state.id, ("value", "upper", "word", "qualifier")),
        )
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        if merge.write:
            assert found is not None
            self.changes.append(FieldChange("target", current, document))
        return merge.write

    def _target_write(self, writes: bool, marks: Mapping[str, Any]) -> dict[str, Any] | None:
        mark = _mark_of_value(marks, ("target", "kpi"))
        if writes and self.figures.target is not None:
            return {**self.figures.target.values, "unconfirmed": mark}
        return self._kept_mark("target", self.target, mark)

    # --- the actual

    def _compare_actual(self) -> bool:
        found, state = self.figures.actual, self.actual
        if state is None:
            return found is not None
        current = _shown(state.value, state.status)
        document = _shown(found.value, found.status) if found is not None else None
        if found is not None and found.value is None and state.value is not None:
            return self._keep_number(current, document)
        merge = merge_field(
            "actual",
            document=document,
            current=current,
            inferred="actual" in self.row.inferred,
            edited=self._edited(self.context.actual_edits, state.id, ("value", "status")),
        )
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        if merge.write and found is not None:
            if state.value != found.value:
                self.changes.append(FieldChange("actual", state.value, found.value))
            if state.status != found.status:
                self.changes.append(FieldChange("status", state.status, found.status))
        return merge.write or (document == current and self._knows_more(found, state))

    def _doubt_running_total(self) -> None:
        """A total up to each year must not be summed once more; a name that says 累計 may mean either."""
        summed = self.kpi is not None and self.kpi.aggregation == Aggregation.CUMULATIVE.value
        found = self.figures.actual
        if summed and found is not None and found.value is not None and says_running_total(self.name):
            message = (
                "この指標は各年度の値を合計して評価します。文書の値がその年度までの累計なら、"
                "指標の集計方法を年度末時点の値に直してから取り込んでください。"
            )
            self.doubts.append(Doubt("running_total", "actual", message))

    def _keep_number(self, current: str, document: object) -> bool:
        """A word for "no figure" never takes a number away."""
        message = f"登録済みの値「{current}」を残します（文書は「{document}」）。"
        self.doubts.append(Doubt("number_kept", "actual", message, True, ({"actual": None},)))
        return False

    def _knows_more(self, found: ActualFigure | None, state: ActualState) -> bool:
        """Say whether the document adds a note or a day to a figure that is otherwise the same."""
        if found is None:
            return False
        adds_note = bool(found.note) and not state.note
        adds_day = found.expected_on is not None and state.expected_on is None
        if adds_note or adds_day:
            self.changes.append(
                FieldChange("status", state.note or None, found.note or str(found.expected_on))
            )
        return adds_note or adds_day

    def _actual_write(self, writes: bool, marks: Mapping[str, Any]) -> dict[str, Any] | None:
        mark = _mark_of_value(marks, ("actual", "status", "kpi", "fiscal_year"))
        found = self.figures.actual
        if writes and found is not None:
            values: dict[str, Any] = {
                "value": found.value,
                "status": found.status,
                "expected_on": found.expected_on,
                "published_text": found.text,
                "unconfirmed": mark,
            }
            if found.note:
                values["note"] = found.note
            return values
        return self._kept_mark("actual", self.actual, mark)

    def _kept_mark(
        self, name: str, state: TargetState | ActualState | None, mark: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Mark a value that stays although the document has none, once."""
        if self.context.sheets is not None:
            return None
        kept = any(d.code in {"blank_in_document", "number_kept"} and d.field == name for d in self.doubts)
        if not kept or state is None or not mark or "value" in state.unconfirmed or self.is_locked:
            return None
        return {"unconfirmed": {**state.unconfirmed, **mark}}

    # --- the KPI itself

    def _describe_kpi(self) -> dict[str, Any]:
        """Return the unit and baseline that the document gives the KPI, once for all its rows."""
        if self.key in self.context.described or self.context.sheets is not None:
            return {}
        self.context.described.add(self.key)
        values: dict[str, Any] = {}
        unit = self.figures.unit[:30]
        if unit and (self.kpi is None or not self.kpi.unit):
            values["unit"] = unit
            self.changes.append(FieldChange("unit", None, unit))
        baseline = self.figures.baseline
        if baseline is not None:
            values |= self._baseline(baseline)
        return values

    def _baseline(self, baseline: Baseline) -> dict[str, Any]:
        found = {
            "baseline_value": baseline.value,
            "baseline_fiscal_year": baseline.year,
            "baseline_first_fiscal_year": baseline.first_year,
        }
        document = _baseline_words(baseline.value, baseline.first_year, baseline.year)
        kpi = self.kpi
        if kpi is None:
            return {**found, "baseline_text": baseline.text}
        current = _baseline_words(kpi.baseline_value, kpi.baseline_first_year, kpi.baseline_year)
        merge = merge_field(
            "baseline",
            document=document,
            current=current,
            inferred=False,
            edited=self._edited(self.context.kpi_edits, kpi.id, tuple(found)),
        )
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        if not merge.write:
            return {}
        self.changes.append(FieldChange("baseline", current, document))
        return {**found, "baseline_text": baseline.text}

    def _edited(
        self, edits: Mapping[tuple[int, str], Edited], pk: int, names: tuple[str, ...]
    ) -> Edited | None:
        """Return what imports had written before a person changed any of a figure's fields."""
        if not any((pk, name) in edits for name in names):
            return None
        imported = {name: edits[pk, name].imported for name in names if (pk, name) in edits}
        return Edited(_imported_words(imported))

    def _marks(self, written: set[str]) -> dict[str, Any]:
        kept = [d.field for d in self.doubts if d.code == "number_kept"]
        return marks_for(self.doubts, {*written, *(name for name in kept if name)}, self.row, "actual")


def _mark_of_value(marks: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the mark of a figure: that of the first field in doubt."""
    found = [marks[name] for name in names if name in marks]
    return {"value": found[0]} if found else {}


def _comparable(values: Mapping[str, Any]) -> str:
    """Return a target in words, by which two are equal."""
    if values["qualifier"] == "word":
        return str(values["word"])
    text = to_plain(Decimal(values["value"]))
    if values["qualifier"] == "range":
        return f"{text}～{to_plain(Decimal(values['upper']))}"
    suffix = {"at_least": "以上", "at_most": "以下"}.get(str(values["qualifier"]), "")
    return text + suffix


_STATUS_WORDS = {
    "final": "",
    "preliminary": "（速報）",
    "estimated": "（見込）",
    "pending": "集計中",
    "not_surveyed": "調査未実施",
    "unknown": "未把握",
    "not_applicable": "該当なし",
}


def _shown(value: Decimal | None, status: str) -> str:
    """Return an actual in words, by which two are equal."""
    return ("" if value is None else to_plain(value)) + _STATUS_WORDS.get(status, status)


def _baseline_words(value: Decimal | None, first: int | None, year: int | None) -> str | None:
    if value is None:
        return None
    years = "～".join(era_label(y) for y in (first, year) if y is not None)
    return f"{to_plain(value)}（{years}）" if years else to_plain(value)


def _imported_words(imported: Mapping[str, object]) -> str | None:
    """Return what imports had written, in the words of the comparison, None where they wrote nothing."""
    value, status = imported.get("value"), imported.get("status")
    if status is not None:
        return _shown(Decimal(str(value)) if value is not None else None, str(status))
    return to_plain(Decimal(str(value))) if value is not None else None
