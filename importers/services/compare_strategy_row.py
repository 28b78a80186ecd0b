"""Compare one row of a strategy list with the record it speaks of: changes, doubts, and what to write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importers.calculations.duplicates import Duplicate
from importers.calculations.plan import (
    Edited,
    FieldChange,
    PlannedRow,
    marks_for,
    merge_field,
    outcome_of,
    shorten,
)
from importers.calculations.rows import Doubt, SourceRow
from importers.calculations.section_names import SectionDirectory, SectionMatch
from importers.calculations.strategy_places import NodeKey, PrintedSection, RowPlace
from importers.selectors.existing_strategy import (
    NodeState,
    SectionState,
    StrategyState,
    sections_written_by_imports,
)
from importers.services.match_strategy import RowMatch
from tsukuba_kpi.lib.japanese_text import match_key

# Fields of a row that say where in the plan it stands.
PLACE_FIELDS = ("kind", "goal", "policy", "measure", "node", "project")
NODE_MARK, NAME_MARK, SECTIONS_MARK = "node", "name", "responsibilities"


@dataclass(frozen=True, slots=True)
class SectionWrite:
    """One responsible section as it shall stand."""

    match: SectionMatch
    printed: PrintedSection


@dataclass(frozen=True, slots=True)
class RowWrite:
    """What applying one row writes. `kpi_key` None: a row without KPI; `sections` None: they stay."""

    index: int
    place: RowPlace
    match: RowMatch
    moves: bool
    position: int
    kpi_name: str | None
    printed_name: str
    node_name: str | None
    sections: tuple[SectionWrite, ...] | None
    place_marks: Mapping[str, Any]
    kpi_marks: Mapping[str, Any]


@dataclass(slots=True)
class StrategyContext:
    """What all rows of a document are compared with."""

    state: StrategyState
    directory: SectionDirectory
    places: Sequence[RowPlace | None]
    matches: Sequence[RowMatch]
    duplicates: Mapping[int, Duplicate]
    node_names: Mapping[NodeKey, str]
    kpi_names: Mapping[str, str]
    rows_of_kpi: Mapping[str, list[int]]
    positions: Sequence[int]
    node_edits: Mapping[tuple[int, str], Edited] = field(default_factory=dict)
    kpi_edits: Mapping[tuple[int, str], Edited] = field(default_factory=dict)
    placement_edits: Mapping[tuple[int, str], Edited] = field(default_factory=dict)


def moves(place: RowPlace | None, match: RowMatch, state: StrategyState) -> bool:
    """Say whether a row stands at another node than the record it is matched with."""
    if place is None:
        return False
    if match.placement is not None:
        return state.nodes_by_id[match.placement.node_id].key != place.node.key
    return match.node is not None and match.node.key != place.node.key


class RowComparison:
    """The comparison of one row with its match; collects changes and doubts."""

    def __init__(self, index: int, row: SourceRow, place: RowPlace, context: StrategyContext) -> None:
        self.index, self.row, self.place, self.context = index, row, place, context
        self.match = context.matches[index]
        self.state = context.state
        self.doubts: list[Doubt] = list(row.doubts)
        self.changes: list[FieldChange] = []
        self.moves = False

    @property
    def is_new(self) -> bool:
        """Return whether the database has nothing that this row could be."""
        return self.match.placement is None and self.match.node is None

    def plan(self) -> tuple[PlannedRow, RowWrite | None]:
        """Return what the preview shows of this row, and what to write for it."""
        if self.is_new:
            self._describe_new()
        else:
            self._compare_place()
        node_name = self._compare_node_name()
        kpi_name, printed_name = self._compare_kpi_name()
        sections = self._compare_sections()
        written = self._written_fields(sections)
        place_marks, kpi_marks = self._marks(written)
        writes = self.is_new or bool(self.changes) or sections is not None or bool(place_marks)
        outcome = outcome_of(is_new=self.is_new, writes=writes, doubts=self.doubts)
        shown = PlannedRow(self.row, outcome, tuple(self.changes), tuple(self.doubts))
        if not writes:
            return shown, None
        return shown, RowWrite(
            index=self.index,
            place=self.place,
            match=self.match,
            moves=self.moves,
            position=self.context.positions[self.index],
            kpi_name=kpi_name,
            printed_name=printed_name,
            node_name=node_name,
            sections=sections,
            place_marks=place_marks,
            kpi_marks=kpi_marks,
        )

    # --- where it stands

    def _describe_new(self) -> None:
        if self.match.from_other_plan:
            message = (
                f"同じ名称の指標「{shorten(self.place.kpi)}」が別の計画にあります。"
                "同じ指標（値は一度だけ入力）として扱う案です。別の指標なら分けてください。"
            )
            self.doubts.append(Doubt("kpi_in_other_plan", "kpi", message))
        key = self.place.kpi_key
        rows = self.context.rows_of_kpi.get(key, []) if key is not None else []
        if len(rows) > 1:
            self._describe_several_places(rows)

    def _describe_several_places(self, rows: list[int]) -> None:
        """One KPI at two places is one KPI; where the sections have nothing in common, a person decides."""
        if any(doubt.code == "same_kpi" for doubt in self.row.doubts):
            return
        sections = [
            {match_key(section.name) for section in place.sections}
            for row in rows
            if (place := self.context.places[row]) is not None
        ]
        apart = all(sections) and not set.intersection(*sections)
        places = "と".join(f"{row + 1}件目" for row in rows)
        message = f"同じ名称の指標が{places}にあります。一つの指標を{len(rows)}か所に置く扱いとします。"
        if apart:
            message += "担当課が異なるため、同じ指標かどうか確認してください。"
        self.doubts.append(Doubt("same_kpi", "kpi", message, review=apart))

    def _compare_place(self) -> None:
        if not moves(self.place, self.match, self.state):
            return
        placement, node = self.match.placement, self.match.node
        current = self.state.nodes_by_id[placement.node_id] if placement is not None else node
        assert current is not None
        edits = self.context.placement_edits if placement is not None else self.context.node_edits
        edited_key = (placement.id, "node") if placement is not None else (current.id, "parent")
        old = self._label_of(current)
        merge = merge_field(
            "node",
            document=self.place.labelled.name or self.place.labelled.code,
            current=old,
            inferred="node" in self.row.inferred,
            edited=edits.get(edited_key) or edits.get((edited_key[0], "unconfirmed")),
        )
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        if merge.write:
            self.moves = True
            self.changes.append(FieldChange("node", old, self.place.labelled.name))

    def _label_of(self, node: NodeState) -> str:
        parent = self.state.nodes_by_id.get(node.parent_id) if node.parent_id is not None else None
        labelled = parent if node.level == "project" and parent is not None else node
        return labelled.name or labelled.ascii_code

    # --- names

    def _compare_node_name(self) -> str | None:
        """Compare the printed label with the node of that code; return the name to write."""
        spec = self.place.labelled
        name = self.context.node_names.get(spec.key)
        if name is None:
            return None
        if spec.name and match_key(spec.name) != match_key(name):
            message = (
                f"同じ番号の項目の名称が、文書の中で「{shorten(name)}」と「{shorten(spec.name)}」に"
                "分かれています。"
            )
            self.doubts.append(Doubt("node_name_differs", "node", message, True, ({"node": spec.name},)))
        node = self.state.nodes.get(spec.key)
        if node is None or node.name == name:
            return None
        merge = merge_field(
            "node",
            document=name,
            current=node.name or None,
            inferred="node" in self.row.inferred,
            edited=self.context.node_edits.get((node.id, "name")),
        )
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        if not merge.write:
            return None
        self.changes.append(FieldChange("node", node.name or None, name))
        return name

    def _compare_kpi_name(self) -> tuple[str | None, str]:
        """Return the KPI's new name (None: it stays) and how this place prints it (blank: alike)."""
        key, printed = self.place.kpi_key, self.place.kpi
        if key is None or printed is None:
            return None, ""
        wanted = self.context.kpi_names[key]
        if self.match.kpi_id is None:
            return wanted, "" if printed == wanted else printed
        current = self.state.kpi_names[self.match.kpi_id]
        placement = self.match.placement
        if self.match.from_other_plan or placement is None:
            return None, "" if printed == current else printed
        merge = merge_field(
            "kpi",
            document=wanted,
            current=current,
            inferred="kpi" in self.row.inferred,
            edited=self.context.kpi_edits.get((self.match.kpi_id, "name")),
        )
        if merge.doubt is not None:
            self.doubts.append(merge.doubt)
        kept = wanted != current and not merge.write
        if self.match.is_rename and merge.write:
            message = (
                f"指標名が「{shorten(current)}」から変わったと読みました。別の指標でないか確認してください。"
            )
            self.doubts.append(Doubt("kpi_renamed", "kpi", message, True, ({"kpi": current},)))
        if placement.printed != printed and not kept:
            self.changes.append(FieldChange("kpi", placement.printed, printed))
            if match_key(placement.printed) == key:
                message = "文字の幅や空白だけが異なります。"
                self.doubts.append(Doubt("spelling", "kpi", message, review=False))
        name = wanted if merge.write else None
        return name, "" if printed == (name or current) or kept else printed

    # --- sections

    def _compare_sections(self) -> tuple[SectionWrite, ...] | None:
        current = self._current_sections()
        printed = [section.printed for section in self.place.sections]
        before = [state.printed for state in current]
        if not self.is_new and printed == before:
            return None
        writes = tuple(
            SectionWrite(self.context.directory.find(section.name, None, field="sections"), section)
            for section in self.place.sections
        )
        if self.is_new:
            self._doubt_sections(writes)
            return writes
        if not printed:
            message = f"文書では担当課が空欄です。いまの担当課「{'、'.join(before)}」を残します。"
            self.doubts.append(Doubt("blank_in_document", "sections", message))
            return None
        merge = merge_field(
            "sections",
            document=[str(write.match.id) for write in writes],
            current=[str(state.section_id) for state in current],
            inferred="sections" in self.row.inferred,
            edited=self._sections_edited(),
        )
        if merge.doubt is not None:
            self.doubts.append(_in_words(merge.doubt, before, printed))
        if not merge.write and [write.match.id for write in writes] != [s.section_id for s in current]:
            return None
        self._doubt_sections(writes)
        self.changes.append(FieldChange("sections", before, printed))
        return writes

    def _doubt_sections(self, writes: tuple[SectionWrite, ...]) -> None:
        known = {doubt.code for doubt in self.row.doubts if doubt.field == "sections"}
        if not writes and "section_empty" not in known:
            message = "担当課がありません。担当課を確認してください。"
            self.doubts.append(Doubt("section_empty", "sections", message))
        for write in writes:
            self.doubts += [doubt for doubt in write.match.doubts if doubt not in self.doubts]

    def _current_sections(self) -> list[SectionState]:
        if self.match.placement is not None:
            return self.state.sections_at(self.match.placement)
        return self.state.by_node.get(self.match.node.id, []) if self.match.node is not None else []

    def _sections_edited(self) -> Edited | None:
        """Return what the last import wrote, when a person has changed the sections since."""
        node_id = self.match.node.id if self.match.node is not None else None
        written = sections_written_by_imports(kpi_id=self.match.kpi_id, node_id=node_id)
        if not written.changed_by_people:
            return None
        return Edited(written.section_ids)

    # --- marks

    def _written_fields(self, sections: tuple[SectionWrite, ...] | None) -> set[str]:
        written = {change.field for change in self.changes}
        if self.is_new:
            written |= {*PLACE_FIELDS, "kpi", "sections"}
        if sections is not None:
            written.add("sections")
        return written

    def _marks(self, written: set[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split the doubts into those about the place and those about the KPI (or the row without KPI)."""
        marks = marks_for(self.doubts, written, self.row, "node")
        about_place = [marks[name] for name in PLACE_FIELDS if name in marks]
        place = {NODE_MARK: about_place[0]} if about_place else {}
        kpi = {}
        if "sections" in marks and "sections" not in written:
            # Kept because the document is blank: told once, at the place, until a person confirms.
            known = self.match.placement.unconfirmed if self.match.placement is not None else {}
            blank = marks.pop("sections")
            place |= {} if SECTIONS_MARK in known or self.match.placement is None else {SECTIONS_MARK: blank}
        if "kpi" in marks:
            kpi[NAME_MARK] = marks["kpi"]
        if "sections" in marks:
            kpi[SECTIONS_MARK] = marks["sections"]
        return place, kpi


def _in_words(doubt: Doubt, before: list[str], printed: list[str]) -> Doubt:
    """Name the sections in a doubt that was found by their ids."""
    old, new = "、".join(before), "、".join(printed)
    if doubt.code == "edited_since":
        message = f"前回の取込の後に変更された担当課「{old}」を残します（文書は「{new}」）。"
        return Doubt("edited_since", "sections", message, False, ({"sections": printed},))
    message = f"取込の後に変更された担当課「{old}」を、文書の新しい記載「{new}」で置き換えます。"
    return Doubt(doubt.code, "sections", message, False, ({"sections": before},))
