"""A strategy's list of KPIs in a table: goal, measure or grant program, project, KPI, sections.

Labels are merged over their KPIs or printed once; a KPI of two sections takes two rows of which the
second has nothing but the section.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from importers.calculations.rows import Doubt, Inference, SourceRow
from importers.sources.lone_rows import lone_row
from importers.sources.node_labels import NodeLabel, kind_of_words, read_label, read_levels
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
    clean_text,
    mark_doubts,
    printing_of,
    ragged_doubt,
)
from importers.sources.table_rows import Reading, with_duplicates
from tsukuba_kpi.lib.japanese_text import match_key

_DASH = re.compile(r"[-‐-―−－ー─━]+\Z")
_GOALS_OWN = frozenset(("数値目標", "基本目標の数値目標"))  # in the column of measures: the goal's KPIs
_LEVELS = ("goal", "policy", "measure")
_OWN_FIELDS = ("kind", "node", *_LEVELS, "project", "kpi", "sections")
_PROGRAM_NAME = re.compile("事業|プロジェクト|プログラム|交付金|計画")
_SURE = Decimal("0.97")
_UNSURE = Decimal("0.7")
_REPEATED = Decimal("0.95")
_LABELS = {
    "kind": "種別",
    "goal": "基本目標",
    "policy": "基本施策",
    "measure": "個別施策",
    "node": "目標・施策・事業名",
    "project": "個別事業",
    "kpi": "指標・KPI名",
    "sections": "担当課",
}


@dataclass(slots=True)
class _Above:
    """What the rows above have printed and still holds."""

    kind: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    project: str | None = None
    group: str | None = None


class StrategyReader:
    """Reads the rows of one table."""

    def __init__(self, table: Table, account: Account) -> None:
        table = join_cut_rows(table, account, _OWN_FIELDS, _has_section)
        self._table = table
        self._account = account
        names = ("kind", "node", *_LEVELS, "project", "kpi")
        self._columns = {name: number for name in names if (number := table.column(name)) is not None}
        self._section_columns = table.header.columns_of("sections")
        self._labels = [name for name in ("node", *_LEVELS) if name in self._columns]
        self._codes = {
            name: number for name in self._labels if (number := table.column(f"{name}_code")) is not None
        }
        self._above = _Above()
        self._dashed = {
            name for name in ("project", "kpi") if name in self._columns and self._prints_dashes(name)
        }
        self._coded = self._has_codes()
        last = self._columns.get(self._labels[-1]) if self._labels else None
        self._printing = printing_of(table, last) if last is not None else Printing.ONCE

    def rows(self) -> Iterator[SourceRow]:
        """Yield a row for every KPI, and for every project without one, in order."""
        pending: SourceRow | None = None
        for row, kind in body_rows(self._table, self._account, names=_OWN_FIELDS):
            if kind == GROUPS and self._takes_group(row):
                self._account.add(GROUPS)
                continue
            if self._table.grid.cards is not None:
                self._above = _Above()
                yield self._row(row)
                self._account.add(RECORDS)
                continue
            more = self._continued(pending, row) if pending is not None else None
            if more is not None:
                pending = more
                self._account.add(CONTINUED)
                continue
            if pending is not None:
                yield pending
            pending = self._row(row)
            self._account.add(RECORDS)
        if pending is not None:
            yield pending

    def _own(self, row: int, name: str) -> str | None:
        """Return what a cell prints itself: nothing where it is covered by a merged range from above."""
        column = self._columns.get(name)
        if column is None or self._table.is_merged_below(row, column):
            return None
        return self._table.text(row, column)

    def _shown(self, row: int, name: str) -> str | None:
        """Return what a row shows of a field, a label with the code that stands in a column of its own."""
        text = self._table.text(row, self._columns[name]) if name in self._columns else None
        code = self._table.text(row, self._codes[name]) if text is not None and name in self._codes else None
        return text if code is None or _DASH.match(code) else f"{code}\u3000{text}"

    def _prints_dashes(self, name: str) -> bool:
        rows = range(self._table.header.last_row + 1, self._table.end)
        return any((text := self._shown(row, name)) is not None and _DASH.match(text) for row in rows)

    def _has_codes(self) -> bool:
        if any(name in self._columns for name in _LEVELS):
            return True
        rows = range(self._table.header.last_row + 1, self._table.end)
        texts = (self._shown(row, "node") for row in rows)
        return (
            any(text is not None and read_label(text).has_code for text in texts) or self._table.group_nodes
        )

    def _takes_group(self, row: int) -> bool:
        """Take a label that stands alone on a row for the rows below."""
        texts = [text for value in self._table.grid.rows[row] if (text := clean_text(value)) is not None]
        alone = lone_row(self._table, row, self._columns["kpi"]) if self._table.group_nodes else None
        if alone is not None and not alone.is_heading:
            return False
        text = re.sub(r"^[■□◆◇●○▼【〔\[]+|[】〕\]]+$", "", texts[0]).strip()
        label = read_label(text)
        kind = kind_of_words(text) if not label.has_code else None
        if not label.has_code and kind is None and not self._table.group_nodes:
            return False
        if kind is not None and len(text) < 25:
            self._above = _Above(kind=kind)
        else:
            self._above.group = text
            self._above.labels.clear()
        self._above.project = None
        return True

    def _continued(self, before: SourceRow, row: int) -> SourceRow | None:
        """Return the record above with the sections of a row that has nothing else, or None."""
        own = {name: self._own(row, name) for name in ("kind", *self._labels, "project", "kpi")}
        has_section = any(self._table.text(row, column) is not None for column in self._section_columns)
        return self._with_more(before, row) if has_section and not any(own.values()) else None

    def _with_more(self, record: SourceRow, row: int) -> SourceRow:
        reading = Reading(self._table, row)
        found = self._sections(reading)
        sections = [*_list(record.fields["sections"]), *found]
        fields = dict(record.fields) | {"sections": list(dict.fromkeys(sections))}
        extra = dict(record.extra)
        cell = read_sections_cell("、".join(dict.fromkeys(sections)))
        extra |= {"section_names": cell.names, "section_roles": cell.roles}
        doubts = [*record.doubts, *self._cell_doubts(row), *reading.doubts]
        inferred = dict(record.inferred)
        column = self._columns["kpi"]
        if not self._table.is_merged_below(row, column) and self._table.merges_down("kpi"):
            message = "担当課だけの行を、上の指標のもう一つの担当課と読みました。"
            doubts.append(Doubt("section_row", "sections", message))
        elif not self._table.is_merged_below(row, column):
            reason = "担当課だけの行を、上の指標のもう一つの担当課と読みました。"
            inferred["sections"] = Inference(_REPEATED, reason)
        return record._replace(fields=fields, extra=extra, doubts=tuple(doubts), inferred=inferred)

    def _row(self, row: int) -> SourceRow:
        reading = Reading(self._table, row)
        reading.doubts.extend(self._cell_doubts(row))
        kind_words = self._kind_words(row)
        label = self._label(reading)
        fields: dict[str, object] = {"kind": self._kind(reading, label, kind_words)}
        fields["goal"] = label.goal if label is not None else None
        fields["policy"] = label.policy if label is not None else None
        fields["measure"] = label.measure if label is not None else None
        fields["node"] = (label.name or None) if label is not None else None
        fields["project"] = self._project(reading)
        fields["kpi"] = self._kpi(reading, fields["project"])
        fields["sections"] = self._sections(reading)
        if not fields["sections"]:
            reading.doubt("section_missing", "sections", "担当課が空です。担当課を選んでください。")
        if fields["node"] is None and (label is None or not label.has_code):
            reading.refuse("目標・施策・事業名が分からないので取り込めません。")
        if label is not None and label.kind in ("policy", "measure") and label.goal is None:
            message = f"「{label.name[:30]}」がどの基本目標のものか分かりません。番号を確かめてください。"
            reading.doubt("code_missing", "node", message)
        if fields["kpi"] is None and fields["project"] is None:
            reading.refuse("指標も個別事業もないので取り込めません。")
        return reading.build(fields)

    def _cell_doubts(self, row: int) -> list[Doubt]:
        doubts: list[Doubt] = []
        if row in self._table.marked_rows:
            doubts.extend(mark_doubts(self._table, row, self._columns, _LABELS.__getitem__))
            for column in self._section_columns:
                found = {"sections": column}
                doubts.extend(mark_doubts(self._table, row, found, _LABELS.__getitem__))
        ragged = ragged_doubt(self._table, row) if self._table.grid.ragged else None
        return [*doubts, ragged] if ragged is not None else doubts

    def _kind_words(self, row: int) -> str | None:
        shown = self._shown(row, "kind")
        if shown is not None:
            self._above.kind = shown
            if self._own(row, "kind") is not None and not any(self._own(row, name) for name in self._labels):
                self._above.labels.clear()
        return self._above.kind

    def _label(self, reading: Reading) -> NodeLabel | None:
        row, above = reading.row, self._above
        shown = {name: self._shown(row, name) for name in self._labels}
        if not any(shown.values()) and self._labels and any(above.labels.values()):
            self._doubt_blank_label(reading)
        if any(self._own(row, name) for name in self._labels):
            above.project = None
            for name in self._labels:
                if shown[name] is not None and name in _LEVELS:
                    self._close_lower(reading, name, shown)
        for name, text in shown.items():
            if text is not None:
                above.labels[name] = text
        if "node" in above.labels:
            return read_label(above.labels["node"])
        levels = {
            name: text
            for name, text in above.labels.items()
            if not _DASH.match(text) and (name == "goal" or match_key(text) not in _GOALS_OWN)
        }
        label = read_levels(levels.get("goal"), levels.get("policy"), levels.get("measure"))
        return label if label is not None or above.group is None else read_label(above.group)

    def _close_lower(self, reading: Reading, name: str, shown: Mapping[str, str | None]) -> None:
        """Forget the labels below one that is printed, unless it is the one above printed once more.

        A blank measure may then go on from the row above as well as be none.
        """
        lower = [level for level in _LEVELS[_LEVELS.index(name) + 1 :] if level in self._above.labels]
        again = shown[name] == self._above.labels.get(name) and not any(shown.get(level) for level in lower)
        if not again or self._printing is Printing.EVERY_ROW:
            for level in lower:
                del self._above.labels[level]
        elif lower:
            kept = self._above.labels[lower[-1]].replace("\n", "")[:30]
            message = f"施策の欄が空なので、上の行の「{kept}」が続くと読みました。確かめてください。"
            reading.doubt("repeated_value", "node", message)

    def _doubt_blank_label(self, reading: Reading) -> None:
        """A KPI without a label belongs to the label above; where every row has one, somebody forgot it."""
        name = self._labels[-1]
        reading.infer("node", Inference(_REPEATED, "目標・施策名の欄が空なので、上の行と同じと読みました。"))
        if self._printing is Printing.EVERY_ROW:
            message = "目標・施策名の欄が空です。上の行と同じか確かめてください。"
            reading.doubt("repeated_value", "node" if name == "node" else name, message)

    def _kind(self, reading: Reading, label: NodeLabel | None, words: str | None) -> str | None:
        """Return the kind: what the code says, what 種別 says, and a doubt where the two contradict."""
        said = kind_of_words(words)
        by_code = label.kind if label is not None else None
        if label is not None and not label.certain:
            reading.doubt(
                "code_unsure", "node", f"「{label.name[:30]}」の前の番号の区切りを確かめてください。"
            )
        if by_code is not None:
            if said is not None and said != by_code and not (said == "measure" and by_code == "policy"):
                message = f"種別「{words}」と施策の番号が合わないので確かめてください。"
                reading.doubt("kind_conflict", "kind", message)
            return by_code
        if said == "grant":
            return said
        if said is not None:
            reading.doubt(
                "code_missing", "node", f"種別「{words}」ですが施策の番号がないので確かめてください。"
            )
            return said
        reason = "目標・施策の番号がないので、交付金事業と読みました。"
        sure = self._coded and label is not None and _PROGRAM_NAME.search(label.name) is not None
        reading.infer("kind", Inference(_SURE if sure else _UNSURE, reason))
        if not sure:
            reading.doubt("kind_unsure", "kind", reason + "種別を確かめてください。")
        return "grant"

    def _project(self, reading: Reading) -> str | None:
        if "project" not in self._columns:
            return None
        row = reading.row
        text = self._shown(row, "project")
        if text is None:
            return self._repeated_project(reading)
        self._above.project = None if _DASH.match(text) else _one_line(text)
        return self._above.project

    def _repeated_project(self, reading: Reading) -> str | None:
        """A blank project repeats the one above; where no dash stands for none, that is a question."""
        above = self._above.project
        if above is None or self._table.merges_down("project"):
            return None
        reason = f"個別事業の欄が空なので、上の行の「{above}」が続くと読みました。"
        reading.infer("project", Inference(_REPEATED, reason))
        if "project" not in self._dashed or self._table.tall_columns:
            alternatives: tuple[Mapping[str, object], ...] = ({"project": None},)
            reading.doubts.append(Doubt("repeated_value", "project", reason, True, alternatives))
        return above

    def _kpi(self, reading: Reading, project: object) -> str | None:
        text = self._shown(reading.row, "kpi")
        if text is not None:
            return None if _DASH.match(text) else _one_line(text)
        if project is not None:
            reading.doubt("kpi_missing", "kpi", "指標・KPI名の欄が空です。指標のない事業か確かめてください。")
        return None

    def _sections(self, reading: Reading) -> list[str]:
        found: list[str] = []
        names: list[str] = []
        roles: list[str | None] = []
        for column in self._section_columns:
            text = self._table.lines(reading.row, column)
            if text is None or _DASH.match(text):
                continue
            cell = read_sections_cell(text)
            found.extend(cell.sections)
            names.extend(cell.names)
            roles.extend(cell.roles)
            if cell.unsure is not None:
                reading.doubt("sections_unsure", "sections", cell.unsure)
        reading.extra |= {"section_names": names, "section_roles": roles}
        return list(dict.fromkeys(found))


def _has_section(table: Table, row: int) -> bool:
    return any(table.text(row, column) is not None for column in table.header.columns_of("sections"))


def read_strategy(tables: Sequence[tuple[Table, Account]]) -> list[SourceRow]:
    """Return the records of all tables, with those told that stand there twice."""
    rows = [row for table, account in tables for row in StrategyReader(table, account).rows()]
    keys: list[object] = []
    for row in rows:
        kpi = row.fields["kpi"]
        place = (row.fields["goal"], row.fields["policy"], row.fields["measure"], row.fields["node"])
        keys.append(_Key(match_key(str(kpi)), (*place, row.fields["project"])) if kpi is not None else None)
    return with_duplicates(rows, keys, field="kpi", what="")


@dataclass(frozen=True, slots=True)
class _Key:
    kpi: str
    place: tuple[object, ...]

    def __str__(self) -> str:
        return f"同じ目標・施策・事業の同じ指標「{self.kpi}」"


def _one_line(text: str) -> str:
    """Join the lines of a name; between two Latin words the space comes back."""
    return re.sub(r"(?<=[A-Za-z0-9])\s*\n\s*(?=[A-Za-z])", " ", text).replace("\n", "")


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
