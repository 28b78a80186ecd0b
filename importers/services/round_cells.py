"""What the cells of one line mean: figures and days read as on the page, choices checked, all compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from evaluations.calculations.costs import COST_LABELS, cost_total, read_cost
from evaluations.enums import NUMERIC_STATUSES, Edition, QuestionKind, ValueStatus
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, RoundQuestion
from evaluations.permissions import AnySheet
from evaluations.selectors.reading import Understood, understand
from evaluations.services.costs import CostEntry
from evaluations.services.sheets import MAX_TEXT, FigureEntry, figure_problems
from importers.calculations.round_book import (
    ANSWER_PREFIX,
    COST_PREFIX,
    FIELD_LABELS,
    IS_FINAL,
    NOT_ASKED,
    PROGRAM_TEXTS,
)
from importers.calculations.three_way import Difference, Side, side_of
from importers.selectors.book_values import as_cell, cost_heading, cost_values, values_of
from importers.sources.day_cells import read_day
from programs.models import ProgramCost
from tsukuba_kpi.lib.decimals import to_plain

_DAYS = ("expected_on", "as_of")
# What the service writes together: where one of these cannot be kept, none is.
_ONE_FIGURE = ("figure", "expected_on", "as_of", "note")
COST_FIELDS = ("budget_code", *COST_LABELS, "is_final")
LONGEST_BUDGET_CODE = 60
_STATUSES = {status.label: status for status in ValueStatus}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A sheet as it stands now, with what is asked on it and what its figure is measured in."""

    sheet: AnySheet
    actual: Actual | None
    asked: list[RoundQuestion]
    grades: tuple[str, ...] = ()
    cost: ProgramCost | None = None

    @property
    def stands_on(self) -> Actual | ProgramCost | None:
        """Return what is kept apart from the sheet: a KPI's figure, a program's costs."""
        return self.actual if isinstance(self.sheet, KpiSheet) else self.cost

    @property
    def labels(self) -> dict[str, str]:
        """Return the fields of the sheet with their labels, in the form's order."""
        names = (
            ("figure", *_DAYS, "note", "self_grade", "grade_reason")
            if isinstance(self.sheet, KpiSheet)
            else PROGRAM_TEXTS
        )
        own = {name: FIELD_LABELS[name] for name in names}
        if isinstance(self.sheet, ProgramEvaluation) and self.sheet.round.asks_costs:
            own |= {f"{COST_PREFIX}{name}": cost_heading(name) for name in COST_FIELDS}
        return own | {f"{ANSWER_PREFIX}{question.key}": question.label for question in self.asked}


@dataclass(frozen=True, kw_only=True)
class ReadLine:
    """A line as it was understood.

    `texts` are the workbook's values by field; `figure` is what its figure was understood as. `problems` say
    which cells cannot be taken, `notices` what deserves a look.
    """

    texts: Mapping[str, str]
    figure: Understood
    differences: tuple[Difference, ...]
    problems: Mapping[str, str] = field(default_factory=dict)
    notices: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """One line while it is read."""

    standing: Standing
    cells: Mapping[str, str]
    base: Mapping[str, str]
    today: date
    texts: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    understood: Understood = field(default_factory=Understood)


def read_line(
    standing: Standing,
    cells: Mapping[str, str],
    base: Mapping[str, str],
    *,
    unread: tuple[str, ...] = (),
    problems: Mapping[str, str],
    today: date,
) -> ReadLine:
    """Compare a line's cells with what stood there when it was taken and with what stands there now.

    A field whose column is gone, or whose text no cell could hold, is left as it is.
    """
    given = {key: as_cell(text) for key, text in cells.items() if key not in unread}
    reading = _Reading(standing, given, base, today)
    reading.problems |= {key: told for key, told in problems.items() if key not in unread}
    now = values_of(standing.sheet, standing.stands_on, standing.asked)
    differences = []
    for name, label in standing.labels.items():
        if name not in given or name in unread:
            continue
        found = _figure(reading, label, now) if name == "figure" else _text(reading, name, label, now)
        if found.side is not Side.UNCHANGED:
            differences.append(found)
    _not_asked(reading)
    _as_a_whole(reading, differences)
    _compare_total(reading, now)
    return ReadLine(
        texts=reading.texts,
        figure=reading.understood,
        differences=tuple(each for each in differences if not _blocked(reading, each)),
        problems=reading.problems,
        notices=reading.notices,
    )


def _blocked(reading: _Reading, difference: Difference) -> bool:
    return difference.proposes and difference.field in reading.problems


# --- the figure with its status -----------------------------------------------------------------------------


def _figure(reading: _Reading, label: str, now: Mapping[str, str]) -> Difference:
    """Compare figure and status as one: neither means anything without the other."""
    base, cells = reading.base, reading.cells
    typed, status = cells.get("figure", ""), cells.get("status", base.get("status", ""))
    for part in ("figure", "status"):
        if part in reading.problems:
            reading.problems["figure"] = reading.problems[part]
    taken = base.get("value", ""), _code(base.get("status", "")), base.get("figure", "")
    stored = now["value"], _code(now["status"]), now["figure"]
    if (typed, status) == (base.get("figure", ""), base.get("status", "")):
        mine = taken
    else:
        mine = _understood(reading, typed, status)
    reading.texts["figure"] = typed
    side = side_of(base=_number(taken), workbook=_number(mine), system=_number(stored))
    return Difference(
        field="figure",
        label=label,
        base=_in_words(base.get("figure", ""), base.get("status", "")),
        # Without figure and status nothing is left, whatever the status cell still says.
        workbook=_in_words(typed, ValueStatus(mine[1]).label if mine[1] else ""),
        system=_in_words(now["figure"], now["status"]),
        side=side,
    )


def _understood(reading: _Reading, typed: str, status: str) -> tuple[str, str, str]:
    base = reading.base
    if status and status not in _STATUSES:
        reading.problems.setdefault("figure", f"値の状態「{status[:40]}」は選択肢にありません。")
    picked = _STATUSES.get(status)
    found = _read(reading, typed, None if status == base.get("status", "") else picked)
    if status == base.get("status", "") and found.value is not None and picked in NUMERIC_STATUSES:
        # A status that was left as it was stays with another number, and with nothing else.
        found = _read(reading, typed, picked)
    if found.problem:
        reading.problems.setdefault("figure", found.problem)
    if found.cautions:
        reading.notices["figure"] = "".join(found.cautions)
    reading.understood = found
    value = "" if found.value is None else to_plain(found.value)
    return value, found.status.value if found.status else "", typed


def _read(reading: _Reading, typed: str, chosen: ValueStatus | None) -> Understood:
    standing = reading.standing
    assert isinstance(standing.sheet, KpiSheet)
    return understand(
        typed,
        kpi=standing.sheet.kpi,
        edition=Edition(standing.sheet.round.edition),
        today=reading.today,
        chosen=chosen,
    )


def _number(side: tuple[str, str, str]) -> tuple[str, str]:
    """Return what two readings of a figure are compared by: the number and its status, not its writing."""
    return side[0], side[1]


def _code(label: str) -> str:
    return _STATUSES[label].value if label in _STATUSES else ""


def _in_words(figure: str, status: str) -> str:
    if not figure:
        return status
    return f"{figure}（{status}）" if status else figure


# --- days, choices, texts -----------------------------------------------------------------------------------


def _text(reading: _Reading, name: str, label: str, now: Mapping[str, str]) -> Difference:
    typed, base, stored = reading.cells[name], reading.base.get(name, ""), now.get(name, "")
    if typed != base:
        typed = _checked(reading, name, typed)
    if name == "expected_on" and typed == base and reading.understood.expected_on is not None:
        typed = reading.understood.expected_on.isoformat()
    if name == "note" and not typed and reading.understood.note:
        typed = reading.understood.note
    reading.texts[name] = typed
    side = side_of(base=base, workbook=typed, system=stored)
    return Difference(field=name, label=label, base=base, workbook=typed, system=stored, side=side)


def _checked(reading: _Reading, name: str, typed: str) -> str:
    """Return a changed cell as it is kept, and tell what cannot be."""
    if len(typed) > MAX_TEXT:
        reading.problems.setdefault(name, f"{MAX_TEXT:,}文字までです。")
    elif name in _DAYS:
        return _day(reading, name, typed)
    elif name.startswith(COST_PREFIX):
        return _cost(reading, name, typed)
    elif name == "self_grade":
        _one_of(reading, name, typed, reading.standing.grades)
    elif name.startswith(ANSWER_PREFIX):
        _answer(reading, name, typed)
    return typed


def _day(reading: _Reading, name: str, typed: str) -> str:
    if not typed:
        return ""
    day = read_day(typed)
    if day is None:
        told = "日付として読めません。2026/8/31 のように入力してください。"
        reading.problems.setdefault(name, told)
        return typed
    return day.isoformat()


def _cost(reading: _Reading, name: str, typed: str) -> str:
    part = name.removeprefix(COST_PREFIX)
    if part == "is_final":
        _one_of(reading, name, typed, (IS_FINAL,))
    elif part == "budget_code":
        if len(typed) > LONGEST_BUDGET_CODE:
            reading.problems.setdefault(name, f"{LONGEST_BUDGET_CODE}文字までです。")
    else:
        read = read_cost(part, typed)
        if read.problem:
            reading.problems.setdefault(name, read.problem)
        elif read.value is not None:
            return to_plain(read.value)
    return typed


def _compare_total(reading: _Reading, now: Mapping[str, str]) -> None:
    """Tell where a stated total is another one than the sum of its parts, as the page does."""
    name = f"{COST_PREFIX}stated_total"
    given = {
        part: reading.texts.get(f"{COST_PREFIX}{part}", now.get(f"{COST_PREFIX}{part}", ""))
        for part in COST_LABELS
    }
    if any(key.startswith(COST_PREFIX) for key in reading.problems) or not any(given.values()):
        return
    amounts = {part: Decimal(text) if text else None for part, text in given.items()}
    told = cost_total(amounts).warning_about(amounts["stated_total"])
    if told:
        reading.notices.setdefault(name, told)


def _answer(reading: _Reading, name: str, typed: str) -> None:
    question = next(q for q in reading.standing.asked if f"{ANSWER_PREFIX}{q.key}" == name)
    if question.kind == QuestionKind.CHOICE:
        _one_of(reading, name, typed, tuple(question.choices))
    elif question.limit and len(typed) > question.limit:
        over = len(typed) - question.limit
        reading.notices[name] = (
            f"「{question.label}」は{question.limit}文字までです（{over}文字超え）。提出までに短くしてください。"
        )


def _one_of(reading: _Reading, name: str, typed: str, choices: tuple[str, ...]) -> None:
    if typed and typed not in choices:
        told = f"選択肢にありません（{'／'.join(choices) or 'なし'}）。"
        reading.problems.setdefault(name, told)


def _not_asked(reading: _Reading) -> None:
    """Tell of words in a box that this sheet does not have: they would be lost."""
    known = {*reading.standing.labels, "status"}
    status = reading.cells.get("status", reading.base.get("status", ""))
    if "figure" not in reading.cells and status != reading.base.get("status", ""):
        reading.problems.setdefault("status", "実績値の列がないため、状態だけを取り込むことはできません。")
    for name, typed in reading.cells.items():
        if name not in known and typed not in {"", NOT_ASKED, reading.base.get(name, "")}:
            reading.problems.setdefault(name, "この欄は、このシートでは尋ねていません。")


def _as_a_whole(reading: _Reading, differences: list[Difference]) -> None:
    """Tell what figure, days and note cannot be together; then none of them is taken."""
    proposed = {each.field for each in differences if each.proposes}
    if not isinstance(reading.standing.sheet, KpiSheet) or not proposed & set(_ONE_FIGURE):
        return
    broken = set(_ONE_FIGURE) & reading.problems.keys()
    if not broken:
        entry = figure_entry(reading.standing, reading.texts, reading.understood, taken=proposed)
        told = "".join(figure_problems(entry).values())
        if not told:
            return
        reading.problems["figure"] = told
    for name in proposed & set(_ONE_FIGURE):
        reading.problems.setdefault(name, "実績値の欄を直すと、いっしょに取り込まれます。")


# --- what is written ----------------------------------------------------------------------------------------


def figure_entry(
    standing: Standing, texts: Mapping[str, str], understood: Understood, *, taken: set[str]
) -> FigureEntry:
    """Return the figure as it stands, with the fields taken from the workbook."""
    actual = standing.actual
    number = understood if "figure" in taken else _stored(actual)
    as_of = actual.as_of if actual else None
    if "as_of" in taken:
        as_of = _day_of(texts, "as_of")
    expected = actual.expected_on if actual else None
    if "expected_on" in taken:
        expected = _day_of(texts, "expected_on")
    elif "figure" in taken and number.value is not None:
        expected = None  # a figure that has come is no longer awaited
    note = texts["note"] if "note" in taken else actual.note if actual else ""
    return FigureEntry(
        value=number.value,
        status=number.status,
        as_of=as_of,
        expected_on=expected,
        published_text=number.published_text,
        note=note,
    )


def cost_entry(standing: Standing, texts: Mapping[str, str], *, taken: set[str]) -> CostEntry | None:
    """Return the costs as they stand, with the fields taken from the workbook; None where none is."""
    if not any(name.startswith(COST_PREFIX) for name in taken):
        return None
    now = cost_values(standing.cost)
    wanted = {name: texts[name] if name in taken else text for name, text in now.items()}
    amounts = {name: wanted[f"{COST_PREFIX}{name}"] for name in COST_LABELS}
    return CostEntry(
        seen_version=standing.cost.version if standing.cost else 0,
        budget_code=wanted[f"{COST_PREFIX}budget_code"],
        is_final=wanted[f"{COST_PREFIX}is_final"] == IS_FINAL,
        **{name: Decimal(text) if text else None for name, text in amounts.items()},
    )


def _stored(actual: Actual | None) -> Understood:
    if actual is None:
        return Understood()
    return Understood(
        value=actual.value, status=ValueStatus(actual.status), published_text=actual.published_text
    )


def _day_of(texts: Mapping[str, str], name: str) -> date | None:
    return date.fromisoformat(texts[name]) if texts.get(name) else None
