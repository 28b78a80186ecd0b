"""Yearly targets and actuals in a table, one record per KPI and fiscal year whatever the layout.

Wide: years over 目標 and 実績 (or the other way round). Rows per measure: a column 区分 says which of them
a row holds. Long: one row per KPI and year.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from importers.calculations.rows import Doubt, Inference, SourceRow
from importers.sources.actual_status import stated_status, status_of
from importers.sources.figure_cells import (
    EMPTY,
    FigureCell,
    YearCell,
    figure_facts,
    read_figure_cell,
    read_year_cell,
    unit_behind,
)
from importers.sources.figure_units import StatedUnits
from importers.sources.lone_rows import lone_row
from importers.sources.page_breaks import join_cut_rows
from importers.sources.row_kinds import body_rows
from importers.sources.section_cells import read_sections_cell
from importers.sources.table_body import (
    CONTINUED,
    GROUPS,
    RECORDS,
    Account,
    Printing,
    Table,
    mark_doubts,
    printing_of,
    ragged_doubt,
)
from importers.sources.table_rows import Reading, with_duplicates
from importers.sources.year_column import YearColumn
from importers.sources.year_headings import part_of_year, read_year_heading
from tsukuba_kpi.lib.figures import read_figure
from tsukuba_kpi.lib.fiscal_year import era_label, find_fiscal_years, read_year
from tsukuba_kpi.lib.japanese_text import match_key

_YEARLY = re.compile(r"(actual|target|preliminary|estimated|status|note|year|baseline):([0-9]{4})\Z")
_PLAIN_FIELDS = (
    "kpi", "unit", "baseline", "baseline_year", "fiscal_year", "measure", "target", "actual",
    "status", "note", "number", "final_target", "target_year",
)  # fmt: skip
_LABELS = {"kpi": "指標名", "unit": "単位"}
_NAMES = {"actual": "実績", "target": "目標", "preliminary": "実績（速報）", "estimated": "実績（見込）"}
_LONGEST_NAME, _LONGEST_QUOTE = 500, 40
_REPEATED = Decimal("0.95")
_TITLED = Decimal("0.9")
_ACTUALS = ("actual", "preliminary", "estimated")
_EDITIONS = (("preliminary", "preliminary"), ("estimated", "estimated"))


@dataclass(slots=True)
class _YearFigures:
    """The cells of one KPI and year, from whichever rows and columns they come."""

    row: int
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)  # measure -> row and column


@dataclass(slots=True)
class _Kpi:
    """One KPI while its rows are read."""

    name: str | None
    row: int
    years: dict[int, _YearFigures] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    inferred: dict[str, Inference] = field(default_factory=dict)
    refusals: list[tuple[int, str]] = field(default_factory=list)  # rows that are left out, and why


class ActualsReader:
    """Reads the rows of one table."""

    def __init__(self, table: Table, account: Account) -> None:
        table = join_cut_rows(table, account, _figure_names(table), _has_figure)
        self._table = table
        self._account = account
        self._columns: dict[str, int] = {
            name: number for name in _PLAIN_FIELDS if (number := table.column(name)) is not None
        }
        self._yearly: dict[tuple[str, int], int] = {}
        for number, match in enumerate(table.header.columns):
            found = _YEARLY.match(match.field or "")
            if found is not None:
                self._yearly.setdefault((found[1], int(found[2])), number)
        self._later = self._sort_baselines()
        self._leave_out_words()
        headings = (
            (number, part_of_year(match.heading)) for number, match in enumerate(table.header.columns)
        )
        self._parts = {number: part for number, part in headings if part is not None}
        self._contested = {int(found[2]) for name in table.contested if (found := _YEARLY.match(name))}
        figures = (at for at, match in enumerate(table.header.columns) if _is_figure(match.field))
        self._units = StatedUnits(table, tuple(figures))
        self._by_measure = "measure" in self._columns and any(name == "year" for name, _ in self._yearly)
        by_column = any(name in _NAMES for name, _ in self._yearly)
        self._long = "fiscal_year" in self._columns and not by_column
        plain = not self._yearly and not self._long and bool({"target", "actual"} & set(self._columns))
        self._title_year = table.title_year if plain else None
        self._years = YearColumn(table, self._columns["fiscal_year"]) if self._long else None
        self._kpi_printing = printing_of(table, self._columns["kpi"])
        self._group: str | None = None
        self._last: _Kpi | None = None

    def _sort_baselines(self) -> list[int]:
        """Keep the earliest of several years' 現状値 as the baseline; return the columns of the others.

        Beside a year's own target it is the year's actual.
        """
        years = sorted(year for name, year in self._yearly if name == "baseline")
        has_own = "baseline" in self._columns
        if len(years) + has_own < 2:
            return []
        for year in years:
            if ("target", year) in self._yearly and ("actual", year) not in self._yearly:
                self._yearly["actual", year] = self._yearly.pop(("baseline", year))
        left = [year for year in years if ("baseline", year) in self._yearly]
        return [self._yearly.pop(("baseline", year)) for year in (left if has_own else left[1:])]

    def _leave_out_words(self) -> None:
        """Take no column of 目標 or 実績 without any figure beside dated ones: it names goals of a plan."""
        dated = any(name in _NAMES for name, _ in self._yearly)
        for name in ("target", "final_target", "actual") if dated else ():
            column = self._columns.get(name)
            rows = range(self._table.header.last_row + 1, self._table.end)
            texts = {text for row in rows if (text := self._table.text(row, column)) is not None}
            if column is not None and not any(read_figure(text).code != "not_a_number" for text in texts):
                del self._columns[name]

    def rows(self) -> Iterator[SourceRow]:
        """Yield a row for every KPI and fiscal year, in order."""
        for row, kind in body_rows(self._table, self._account, names=_figure_names(self._table)):
            alone = lone_row(self._table, row, self._columns["kpi"]) if kind == GROUPS else None
            if alone is not None and alone.is_heading:
                yield from self._finish()
                self._group = alone.text
                self._account.leave_out(GROUPS, row)
                if not alone.is_sure:
                    self._account.tell(GROUPS, row)
                continue
            own = self._own_name(row)
            joins = self._last is not None and self._joins(row, own)
            if not joins:
                yield from self._finish()
                self._last = _Kpi(own, row)
            self._account.add(CONTINUED if joins and self._by_measure else RECORDS)
            if alone is None:
                self._take(row)
            elif not (self._long or self._by_measure):
                assert self._last is not None
                self._last.doubts.append(alone.doubt)
                self._take(row)
        yield from self._finish()

    def _own_name(self, row: int) -> str | None:
        text = self._table.text(row, self._columns["kpi"])
        return text.replace("\n", "") if text is not None else None

    def _joins(self, row: int, own: str | None) -> bool:
        """Tell whether a row belongs to the KPI of the row above."""
        assert self._last is not None
        if not (self._by_measure or self._long):
            return False
        if own is None:
            return self._kpi_printing is not Printing.EVERY_ROW or self._by_measure
        return own == self._last.name

    def _take(self, row: int) -> None:
        """Note which cells of a row are which figure of which year."""
        kpi = self._last
        assert kpi is not None
        if kpi.row != row and self._own_name(row) is None and not self._table.grid.merges:
            reason = f"指標名の欄が空なので、上の行の「{kpi.name}」が続くと読みました。"
            kpi.inferred.setdefault("kpi", Inference(_REPEATED, reason))
        ragged = ragged_doubt(self._table, row) if self._table.grid.ragged else None
        if ragged is not None:
            kpi.doubts.append(ragged)
        if row in self._table.marked_rows:
            names = {name: column for name, column in self._columns.items() if name in _LABELS}
            kpi.doubts.extend(mark_doubts(self._table, row, names, _LABELS.__getitem__))
        if self._by_measure:
            self._take_measure(kpi, row)
        elif self._long:
            self._take_long(kpi, row)
        else:
            self._take_wide(kpi, row)

    def _take_wide(self, kpi: _Kpi, row: int) -> None:
        for (measure, year), column in self._yearly.items():
            if measure in ("actual", "target", "preliminary", "estimated", "status", "note"):
                figures = kpi.years.setdefault(year, _YearFigures(row))
                figures.cells[measure] = (row, column)
            elif measure == "year":
                self._doubt_bare_year(kpi, row, column)
        for year in self._contested:
            kpi.years.setdefault(year, _YearFigures(row))  # a row of it asks which column is meant
        if self._yearly:
            self._take_undated(kpi, row)
        for column in self._later:
            if read_figure(self._table.text(row, column) or "").value is not None:
                heading = self._table.header.columns[column].heading.replace("\n", "")
                message = (
                    f"「{heading}」の値が基準値か実績か分からないので取り込みません。列を指定してください。"
                )
                kpi.doubts.append(Doubt("measure_unknown", None, message))
        if not kpi.years and self._title_year is not None:
            self._take_plain(kpi, row, self._title_year)
            reason = f"表題から{era_label(self._title_year)}の値と読みました。"
            kpi.inferred["fiscal_year"] = Inference(_TITLED, reason)
            kpi.doubts.append(Doubt("year_of_title", "fiscal_year", f"{reason}年度を確かめてください。"))

    def _take_undated(self, kpi: _Kpi, row: int) -> None:
        """Take a target whose year stands in a column of its own; ask about figures without any year."""
        for name in ("target", "final_target", "actual"):
            column = self._columns.get(name)
            if column is None or self._table.text(row, column) is None:
                continue
            year = read_year_cell(self._table.said(row, self._columns.get("target_year")))
            if name != "actual" and year.year is not None:
                kpi.years.setdefault(year.year, _YearFigures(row)).cells.setdefault("target", (row, column))
            elif read_figure(self._table.text(row, column) or "").kind != "missing":
                heading = self._table.header.columns[column].heading.replace("\n", "")
                message = (
                    f"「{heading}」の年度が分からないので取り込みません。{year.problem or ''}"
                    "見出しか「目標年度」の列に年度を入れてください。"
                )
                kpi.doubts.append(Doubt("figure_without_year", None, message))

    def _doubt_bare_year(self, kpi: _Kpi, row: int, column: int) -> None:
        """Ask about a figure under a year alone, which may be a target or an actual."""
        heading = self._table.header.columns[column].heading
        if read_year(heading) is None or read_figure(self._table.text(row, column) or "").value is None:
            return
        message = f"「{heading}」の列の値が目標か実績か分からないので取り込みません。列を指定してください。"
        kpi.doubts.append(Doubt("measure_unknown", None, message))

    def _take_plain(self, kpi: _Kpi, row: int, year: int) -> None:
        figures = kpi.years.setdefault(year, _YearFigures(row))
        for measure in ("target", "actual", "status", "note"):
            if measure in self._columns:
                figures.cells.setdefault(measure, (row, self._columns[measure]))

    def _take_long(self, kpi: _Kpi, row: int) -> None:
        assert self._years is not None
        year, is_repeated = self._years.read(row)
        if year.year is None:
            self._refuse_year(kpi, row, year)
            return
        if is_repeated:
            reason = "年度の欄が空の行は、上の行の年度と読みました。"
            kpi.inferred["fiscal_year"] = Inference(_REPEATED, reason)
            if self._years.is_unsure:
                kpi.doubts.append(Doubt("repeated_value", "fiscal_year", f"{reason}確かめてください。"))
        if year.inferred is not None:
            kpi.doubts.append(Doubt("date_as_year", "fiscal_year", year.inferred + "確かめてください。"))
        measure = self._table.text(row, self._columns["measure"]) if "measure" in self._columns else None
        said = _measure_word(measure)
        if said is not None and "actual" in self._columns and "target" not in self._columns:
            figures = kpi.years.setdefault(year.year, _YearFigures(row))
            self._place_figure(kpi, year.year, said, (row, self._columns["actual"]))
            for name in ("status", "note") if said != "target" else ():
                if name in self._columns:
                    figures.cells.setdefault(name, (row, self._columns[name]))
            return
        if year.year in kpi.years:
            message = f"{era_label(year.year)}の行が二つあるので、どちらを残すか選んでください。"
            kpi.doubts.append(Doubt("duplicate_row", "fiscal_year", message))
            return
        self._take_plain(kpi, row, year.year)

    def _refuse_year(self, kpi: _Kpi, row: int, year: YearCell) -> None:
        problem = year.problem or "年度が空です。"
        kpi.refusals.append((row, f"{problem}年度を「令和6年度」のように入力してください。"))

    def _take_measure(self, kpi: _Kpi, row: int) -> None:
        text = self._table.text(row, self._columns["measure"])
        measure = _measure_word(text)
        if measure is None:
            if text is not None and read_year_heading((text,)).other:
                return  # 達成率 and the like are worked out, not taken in
            message = f"区分「{text or '（空欄）'}」が目標か実績か分からないので、確かめてください。"
            kpi.doubts.append(Doubt("measure_unknown", None, message))
            return
        for (name, year), column in self._yearly.items():
            if name == "year":
                kpi.years.setdefault(year, _YearFigures(row))
                self._place_figure(kpi, year, measure, (row, column))

    def _place_figure(self, kpi: _Kpi, year: int, measure: str, at: tuple[int, int]) -> None:
        """Note the cell of a figure; of two rows with the same one the first stays and a person is asked."""
        cells = kpi.years[year].cells
        if measure in cells and self._table.text(*at) not in (None, self._table.text(*cells[measure])):
            message = (
                f"{era_label(year)}の{_NAMES[measure]}の行が二つあるので、どちらを残すか選んでください。"
            )
            kpi.doubts.append(Doubt("duplicate_row", "target" if measure == "target" else "actual", message))
        cells.setdefault(measure, at)

    def _finish(self) -> Iterator[SourceRow]:
        kpi = self._last
        self._last = None
        if kpi is None:
            return
        for row, reason in kpi.refusals:
            yield self._refused(kpi, row, reason)
        if kpi.name is not None and len(kpi.name) > _LONGEST_NAME:
            kpi.name = f"{kpi.name[:_LONGEST_QUOTE]}…"
            reason = f"指標名が長すぎます（{_LONGEST_NAME}文字まで）。短い名称にしてください。"
            yield self._refused(kpi, kpi.row, reason)
            return
        if kpi.name is None or not kpi.years:
            if not kpi.refusals:
                yield self._refused(kpi, kpi.row)
            return
        common = self._common(kpi)
        for year in sorted(kpi.years):
            yield self._build(kpi, year, kpi.years[year], common)

    def _refused(self, kpi: _Kpi, row: int, reason: str | None = None) -> SourceRow:
        reading = Reading(self._table, row)
        if reason is not None:
            reading.refuse(reason)
        if kpi.name is None:
            reading.refuse("指標名が空なので取り込めません。指標名を入力してください。")
        reading.refuse("年度ごとの値が見つからないので取り込めません。年度の見出しを確かめてください。")
        reading.doubts.extend(kpi.doubts)
        fields = {"kpi": kpi.name, "fiscal_year": None, "target": None, "actual": None, "status": None}
        return reading.build(fields)

    def _unit(self, kpi: _Kpi) -> str | None:
        text = self._table.text(kpi.row, self._columns.get("unit"))
        if text is not None:
            return None if re.fullmatch(r"[-‐-―−－ー─]+", text) else text.replace("\n", "")
        unit = unit_behind(kpi.name or "")
        if unit is not None:
            reason = f"指標名の末尾から単位を「{unit}」と読みました。"
            kpi.inferred["unit"] = Inference(_REPEATED, reason)
            return unit
        if self._units.of_headings is not None:
            return self._units.of_headings
        if self._units.differ:
            stated = "、".join(f"「{unit}」" for unit in dict.fromkeys(self._units.by_column.values()))
            message = f"見出しの単位が列によって違います（{stated}）。指標の単位を決めてください。"
            kpi.doubts.append(Doubt("unit_conflict", None, message))
            return None
        unit = self._units.of_title if not self._units.by_column else None
        if unit is not None:
            reason = f"表題の「単位：{unit}」から単位を読みました。"
            kpi.inferred["unit"] = Inference(_REPEATED, reason)
        elif self._units.is_unclear:
            message = "表題の単位がどの値のものか決められません。単位を確かめてください。"
            kpi.doubts.append(Doubt("unit_unclear", None, message))
        return unit

    def _common(self, kpi: _Kpi) -> dict[str, object]:
        """Return what the row says of the KPI for all years: unit, baseline, sections."""
        unit = self._unit(kpi)
        facts: dict[str, object] = {"unit": unit, "baseline": self._baseline(kpi, unit)}
        sections: list[str] = []
        for column in self._table.header.columns_of("sections"):
            text = self._table.lines(kpi.row, column)
            if text is not None:
                sections.extend(read_sections_cell(text).sections)
        facts["sections"] = list(dict.fromkeys(sections))
        number = self._table.code(kpi.row, self._columns.get("number"))
        if number is not None:
            facts["number"] = number
        if self._group is not None:
            facts["group"] = self._group
        note = self._table.text(kpi.row, self._columns.get("note"))
        if note is not None and not self._long:
            facts["kpi_note"] = note
        return facts

    def _baseline(self, kpi: _Kpi, unit: str | None) -> dict[str, object]:
        """Return the base value with its year: from its column, its heading or the brackets behind it."""
        column = self._columns.get("baseline")
        heading_year: int | None = None
        for (measure, named), number in self._yearly.items():
            if measure == "baseline" and column is None:
                column, heading_year = number, named
        cell = read_figure_cell(self._table, kpi.row, column, unit, "baseline", "基準値")
        kpi.doubts.extend(cell.doubts)
        figure = cell.figure
        printed = self._table.said(kpi.row, self._columns.get("baseline_year"))
        year_cell = read_year_cell(printed)
        if year_cell.problem is not None:
            kpi.doubts.append(Doubt("baseline_year", "baseline", f"基準値の{year_cell.problem}"))
        years = find_fiscal_years(figure.note or "")
        year = year_cell.year or heading_year or (years[0] if len(years) == 1 else None)
        status = figure.status if figure.kind in ("number", "missing") else figure.kind
        facts: dict[str, object] = {"value": figure.value, "fiscal_year": year, "status": status}
        if year_cell.period is not None:
            facts["period"] = list(year_cell.period)
        return facts | dict(figure_facts(figure, "baseline"))

    def _build(self, kpi: _Kpi, year: int, figures: _YearFigures, common: Mapping[str, object]) -> SourceRow:
        reading = Reading(self._table, figures.row)
        reading.doubts.extend(kpi.doubts)
        reading.inferred.update(kpi.inferred)
        unit = common["unit"]
        cells = {
            measure: self._figure(figures, measure, unit, year)
            for measure in ("target", "actual", "preliminary", "estimated")
        }
        target, (actual, status) = cells["target"], self._actual(cells)
        status_at = figures.cells.get("status")
        said = self._table.text(*status_at) if status_at is not None else None
        status = stated_status(reading, said, actual, status)
        self._doubt_part(reading, figures, actual)
        reading.doubts.extend((*target.doubts, *actual.doubts))
        note_at = figures.cells.get("note")
        note = self._table.text(*note_at) if note_at is not None else None
        reading.extra |= common
        reading.extra |= figure_facts(target.figure, "target")
        reading.extra |= figure_facts(actual.figure, "actual")
        reading.extra["target_status"] = status_of(target)
        if note is not None:
            reading.extra["note"] = note
        fields = {
            "kpi": kpi.name,
            "fiscal_year": year,
            "target": target.figure.value,
            "actual": actual.figure.value,
            "status": status,
        }
        return self._placed(reading.build(fields), figures)

    def _doubt_part(self, reading: Reading, figures: _YearFigures, actual: FigureCell) -> None:
        """Ask about an actual whose heading says a point of time within the year (12月末現在)."""
        columns = [figures.cells[name][1] for name in _ACTUALS if name in figures.cells]
        said = next((part for column in columns if (part := self._parts.get(column))), None)
        if said is not None and actual.figure.value is not None:
            message = f"見出しに「{said}」とあります。年度の実績としてよいか確かめてください。"
            reading.doubt("part_of_year", "actual", message)

    def _placed(self, row: SourceRow, figures: _YearFigures) -> SourceRow:
        """Point the record at the cell of its actual, or of its target where it has no other."""
        for measure in (*_ACTUALS, "target"):
            if measure in figures.cells:
                return row._replace(location=self._table.place(*figures.cells[measure]))
        return row

    def _figure(self, figures: _YearFigures, measure: str, unit: object, year: int) -> FigureCell:
        at = figures.cells.get(measure)
        if at is None:
            return EMPTY
        what = f"{era_label(year)}の{_NAMES[measure]}"
        name = "target" if measure == "target" else "actual"
        stated = unit if isinstance(unit, str) else self._units.by_column.get(at[1])
        cell = self._of_one_kpi(read_figure_cell(self._table, *at, stated, name, what), at, name, what)
        other = self._units.contradicts(at[1], stated)
        if other is None or cell.figure.value is None:
            return cell
        message = f"{what}：見出しの単位「{other}」と指標の単位「{stated}」が違うので確かめてください。"
        return replace(cell, doubts=(*cell.doubts, Doubt("unit_conflict", name, message)))

    def _of_one_kpi(self, cell: FigureCell, at: tuple[int, int], name: str, what: str) -> FigureCell:
        """Doubt a figure whose merged cell stands beside several KPIs."""
        first = self._table.anchor(*at)
        last = self._table.tall_cells.get(first)
        if last is None or cell.figure.value is None:
            return cell
        names = {text for row in range(first[0], last + 1) if (text := self._own_name(row)) is not None}
        if len(names) < 2:
            return cell
        message = f"{what}は複数の指標にまたがる結合セルの数値なので、どの指標の値か確かめてください。"
        return replace(cell, doubts=(*cell.doubts, Doubt("merged_figure", name, message)))

    def _actual(self, cells: Mapping[str, FigureCell]) -> tuple[FigureCell, str | None]:
        """Return the actual: the final column, or else the preliminary, or else the estimated one."""
        actual = cells["actual"]
        if not actual.is_empty:
            return actual, status_of(actual)
        for measure, status in _EDITIONS:
            cell = cells[measure]
            if not cell.is_empty:
                return cell, status if cell.figure.value is not None else status_of(cell)
        return actual, None


def read_actuals(tables: Sequence[tuple[Table, Account]]) -> list[SourceRow]:
    """Return the figures of all tables, with those told that stand there twice."""
    rows = [row for table, account in tables for row in ActualsReader(table, account).rows()]
    keys: list[object] = []
    for row in rows:
        kpi, year = row.fields["kpi"], row.fields["fiscal_year"]
        keys.append(
            _Key(match_key(str(kpi)), int(str(year))) if kpi is not None and year is not None else None
        )
    return with_duplicates(rows, keys, field="kpi", what="")


@dataclass(frozen=True, slots=True)
class _Key:
    kpi: str
    year: int

    def __str__(self) -> str:
        return f"指標「{self.kpi}」の{era_label(self.year)}の値"


def _figure_names(table: Table) -> tuple[str, ...]:
    names = (match.field for match in table.header.columns)
    return ("kpi", *(name for name in names if name is not None and _is_figure(name)))


def _has_figure(table: Table, row: int) -> bool:
    columns = [at for at, match in enumerate(table.header.columns) if _is_figure(match.field)]
    return any(table.text(row, column) is not None for column in columns)


def _is_figure(name: str | None) -> bool:
    return name in ("target", "actual") or _YEARLY.match(name or "") is not None


def _measure_word(text: str | None) -> str | None:
    """Return target, actual, preliminary or estimated as a word of 区分 says it."""
    if text is None:
        return None
    heading = read_year_heading((text,))
    return heading.measure if heading.measure in _NAMES and not heading.other else None
