"""Documents that are not lists: one small table of labels and values per program or KPI (個票, シート).

A label stands beside its value or over it; figures stand in a block of years. All cards with the same labels
are gathered into one grid with the labels as its header and a row per card, so that the readers of lists take
them; every cell still leads to the place where it stands.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from importers.calculations.rows import Box
from importers.enums import DocumentKind
from importers.sources.card_cells import Block, CardCell, Cells, Place, read_blocks, stacked
from importers.sources.card_stripes import stripes_of
from importers.sources.card_values import ValueFinder
from importers.sources.grids import CardPlaces, Grid, Mark, Value
from importers.sources.heading_match import match_heading
from importers.sources.heading_words import IGNORED, WORDS
from importers.sources.table_blocks import title_texts
from importers.sources.year_headings import read_year_heading
from tsukuba_kpi.lib.fiscal_year import era_label, find_fiscal_years

_LEAST_LABELS: Final = 3
_LONGEST_LABEL: Final = 20
_MOST_NAMED: Final = 5
_KEYS: Final[Mapping[DocumentKind, str]] = {
    DocumentKind.PROGRAMS: "name",
    DocumentKind.STRATEGY: "kpi",
    DocumentKind.ACTUALS: "kpi",
    DocumentKind.DEFINITIONS: "kpi",
}
_INLINE: Final = re.compile(r"(?P<label>[^:：\n]{1,12})[:：][ \u3000]*(?P<value>\S.*)\Z", re.DOTALL)
_DIGITS: Final = re.compile(r"[0-9０-９\s\u3000]+")
_BLOCKS: Final = "年度の表がいくつかあるので、この指標の値か確かめてください。"
_BESIDE: Final = "個票が横に並んでいますが、どこで分かれるか決められません。元の文書と見比べてください。"
_UNITS: Final = frozenset(("section", "bureau", "department", "sections"))

Heading = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Label:
    """A cell that names a field, with the value where that stands in the same cell."""

    cell: CardCell
    field: str
    inline: str | None = None

    @property
    def text(self) -> str:
        """What the label says."""
        if self.inline is None:
            return self.cell.text.rstrip(":：")
        return self.cell.text[: -len(self.inline)].rstrip(" \u3000:：")


@dataclass(slots=True)
class _Card:
    """One card: the rows it covers, its labels, the values by heading with what a person should look at.

    `is_clear` is False where another card may stand beside it.
    """

    cells: Cells
    first: int
    end: int
    labels: list[_Label]
    values: dict[Heading, tuple[CardCell | None, str]] = field(default_factory=dict)
    unknown: set[Heading] = field(default_factory=set)
    blocks: list[Block] = field(default_factory=list)
    is_clear: bool = True

    @property
    def layout(self) -> tuple[tuple[int, int, str], ...]:
        """Where its labels stand, counted from its first row and column."""
        left = self.left
        return tuple(
            (label.cell.row - self.first, label.cell.column - left, label.text) for label in self.labels
        )

    @property
    def left(self) -> int:
        """The column of its first label."""
        return min((label.cell.column for label in self.labels), default=0)

    @property
    def fields(self) -> set[str]:
        """The fields that the card has a label for."""
        return {label.field for label in self.labels}


def find_cards(grids: Sequence[Grid], kind: DocumentKind) -> list[Grid]:
    """Return the cards of a document, those with the same labels gathered into one grid."""
    if kind not in _KEYS:
        return []
    cards = [card for grid in stacked(grids) for card in _in_order(_cards_on(Cells(grid), kind))]
    alike: dict[object, list[_Card]] = {}
    for card in cards:
        alike.setdefault(card.layout, []).append(card)
    for same in alike.values():
        varying = _varying(same)
        for card in same:
            _fill(card, {(row, column + card.left) for row, column in varying}, kind)
    groups: dict[tuple[object, ...], list[_Card]] = {}
    for card in cards:
        name = "" if card.fields & _UNITS else card.cells.grid.name
        years = tuple(find_fiscal_years(_title(card)))
        known = tuple(heading for heading in card.values if heading not in card.unknown)
        groups.setdefault((known, years, name), []).append(card)
    usual = max(groups.values(), key=len, default=[])
    for group in groups.values():
        _forget_rare(group)
        lacking = set(usual[0].values) - usual[0].unknown - set(group[0].values) if len(usual) > 1 else set()
        if lacking:
            _doubt_lacking(group, lacking)
    return [_gathered(group) for group in groups.values()]


def _cards_on(cells: Cells, kind: DocumentKind) -> list[_Card]:
    """Return the cards of a sheet, of those side by side each by itself."""
    labels = [(cell, label.field) for cell in cells.all if (label := _label(cell, kind)) is not None]
    keys = [cell for cell, name in labels if name == _KEYS[kind]]
    stripes = stripes_of(cells, [cell for cell, _ in labels], keys)
    cards = [card for part in stripes.parts for card in _cards_of(part, kind)]
    if not stripes.is_clear:
        for card in cards:
            card.is_clear = False
    return cards


def _in_order(cards: list[_Card]) -> list[_Card]:
    """Return the cards of a sheet as people read them: by rows, then from left to right."""
    return sorted(cards, key=lambda card: (card.first, card.left))


def _cards_of(cells: Cells, kind: DocumentKind) -> list[_Card]:
    blocks = read_blocks(cells, kind)
    inside = {place for block in blocks for place in block.places}
    labels = [label for cell in cells.all if cell.place not in inside and (label := _label(cell, kind))]
    cards = list(_parted(cells, labels, kind))
    for card in cards:
        card.blocks = [block for block in blocks if card.first <= block.first < card.end]
    return [card for card in cards if _is_card(card, kind)]


def _label(cell: CardCell, kind: DocumentKind) -> _Label | None:
    name = _field_of(cell.text, kind)
    if name is not None:
        return _Label(cell, name)
    inline = _INLINE.match(cell.text)
    name = _field_of(inline["label"], kind) if inline is not None else None
    return _Label(cell, name, inline["value"]) if inline is not None and name is not None else None


def _field_of(text: str, kind: DocumentKind) -> str | None:
    """Return the field that a text names exactly, None for any other text."""
    plain = text.strip().rstrip(":：")
    if not plain or len(plain) > _LONGEST_LABEL:
        return None
    name, how = match_heading((plain,), kind)
    if name is not None and how == "heading":
        return name
    said = read_year_heading((plain,)) if WORDS[kind].wide_years else None
    return f"{said.measure}:{said.year}" if said is not None and said.year and said.measure else None


def _is_card(card: _Card, kind: DocumentKind) -> bool:
    """Tell whether labels are those of a card, and not the header of a list with its rows below."""
    known = card.fields - {IGNORED}
    if _KEYS[kind] not in known or len(known) < _LEAST_LABELS:
        return False
    finder = _finder(card, set())
    rows = sorted({label.cell.row for label in card.labels})
    rows.extend(block.first for block in card.blocks if block.first > rows[-1])
    apart = any(after - before > 1 for before, after in pairwise(rows))
    return (finder.has_beside or apart) and not finder.is_list


def _parted(cells: Cells, labels: Sequence[_Label], kind: DocumentKind) -> Iterator[_Card]:
    """Yield the cards of a sheet: each begins with the first label that comes as often as the key's does.

    What stands over the first card, and comes less often, belongs to none.
    """
    key = next((label.text for label in labels if label.field == _KEYS[kind]), None)
    if key is None:
        return
    counts = Counter(label.text for label in labels)
    if counts[key] == 1:
        yield _Card(cells, labels[0].cell.row, len(cells.grid.rows), list(labels))
        return
    start = next(label.text for label in labels if counts[label.text] == counts[key])
    starts = [label.cell.row for label in labels if label.text == start]
    over = {label.text for label in labels if label.cell.row < starts[0]}
    titles = _title_rows(cells, starts[0])
    for first, following in zip(starts, [*starts[1:], len(cells.grid.rows)], strict=True):
        end = _end(cells, first, following, titles)
        own = [label for label in labels if first <= label.cell.row < end and label.text not in over]
        yield _Card(cells, first, end, own)


def _title_rows(cells: Cells, first: int) -> set[str]:
    """Return what the rows above the first card say, without numbers."""
    return {_plain(cell.text) for cell in cells.between(0, first)}


def _end(cells: Cells, first: int, following: int, titles: set[str]) -> int:
    """Return the row behind a card: the title of the next one is not in it."""
    end = following
    while end > first + 1 and all(_plain(cell.text) in titles for cell in cells.in_row(end - 1)):
        end -= 1
    return end


def _plain(text: str) -> str:
    return _DIGITS.sub("", text)


def _varying(cards: Sequence[_Card]) -> set[Place]:
    """Return the places, counted from a card's first row and column, at which cards of one layout differ."""
    texts: dict[Place, set[str]] = {}
    for card in cards:
        for cell in card.cells.between(card.first, card.end):
            texts.setdefault((cell.row - card.first, cell.column - card.left), set()).add(cell.text)
    return {place for place, found in texts.items() if len(found) > 1}


def _fill(card: _Card, varying: set[Place], kind: DocumentKind) -> None:
    """Find the value of each label of a card, those of unknown ones, and the figures of its years."""
    finder = _finder(card, varying)
    for label in card.labels:
        heading = _free(card, label.text)
        if label.inline is None:
            found, unclear = finder.value(label.cell)
            mark = card.cells.grid.marks.get(label.cell.place)
            card.values[heading] = (found, unclear or (mark.unclear if mark is not None else "") or "")
        else:
            card.values[heading] = (replace(label.cell, value=label.inline, text=label.inline), "")
    finder.doubt_shared(card.values)
    for cell in finder.unknown_labels():
        heading = _free(card, cell.text)
        card.values[heading] = finder.value(cell)
        card.unknown.add(heading)
    if WORDS[kind].wide_years:
        _add_figures(card, kind)
    if not card.is_clear:
        card.values = {
            heading: (cell, unclear or _BESIDE) for heading, (cell, unclear) in card.values.items()
        }


def _finder(card: _Card, varying: set[Place]) -> ValueFinder:
    inside = {place for block in card.blocks for place in block.places}
    plain = [label.cell for label in card.labels if label.inline is None]
    return ValueFinder(card.cells, card.first, card.end, plain, inside, varying)


def _add_figures(card: _Card, kind: DocumentKind) -> None:
    key = next(label.cell.row for label in card.labels if label.field == _KEYS[kind])
    many = len(card.blocks) > 1 or any(block.first < key for block in card.blocks)
    unclear = _BLOCKS if many else ""
    for block in card.blocks:
        for heading, cell in block.figures:
            card.values.setdefault(heading, (cell, unclear))


def _free(card: _Card, text: str) -> Heading:
    """Return a heading that no other label of the card has, though it may be of the same words."""
    heading = (text,)
    while heading in card.values:
        heading = (heading[0] + "\u3000",)
    return heading


def _forget_rare(cards: Sequence[_Card]) -> None:
    """Leave out words nobody knows that some of the cards lack, and give all cards one order of labels."""
    common = set.intersection(*(card.unknown for card in cards))
    for card in cards:
        kept = [
            heading for heading in cards[0].values if heading in common or heading not in cards[0].unknown
        ]
        card.values = {heading: card.values[heading] for heading in kept}


def _doubt_lacking(cards: Sequence[_Card], lacking: set[Heading]) -> None:
    """Mark the first value of cards that lack labels which most cards have: something may be lost."""
    words = "、".join(sorted(f"「{''.join(heading)}」" for heading in lacking)[:_MOST_NAMED])
    for card in cards:
        heading, (cell, _) = next(
            (item for item in card.values.items() if item[1][0] is not None), (None, (None, ""))
        )
        if heading is not None:
            card.values[heading] = (
                cell,
                f"ほかの個票にある{words}が見つかりません。元の文書を見てください。",
            )


def _title(card: _Card) -> str:
    """Return the text above a card's first label."""
    grid = card.cells.grid
    return "　".join([*([grid.title] if grid.title else []), *title_texts(grid, card.first)])


def _gathered(cards: Sequence[_Card]) -> Grid:
    """Return the grid of cards with the same labels: the labels as header, a row per card."""
    headings = list(cards[0].values)
    height = max(map(len, headings))
    rows: list[list[Value]] = [
        [heading[min(level, len(heading) - 1)] for heading in headings] for level in range(height)
    ]
    marks: dict[Place, Mark] = {}
    boxes: dict[Place, Box] = {}
    places: dict[Place, tuple[Grid, int, int]] = {}
    for row, card in enumerate(cards, start=height):
        rows.append([cell.value if cell is not None else None for cell, _ in card.values.values()])
        places[row, -1] = (card.cells.grid, card.first, 0)
        for column, (cell, unclear) in enumerate(card.values.values()):
            grid = card.cells.grid
            if cell is None:
                if unclear:
                    marks[row, column] = Mark(unclear=unclear)
                continue
            places[row, column] = (grid, *cell.place)
            mark = grid.marks.get(cell.place)
            if unclear:
                mark = replace(mark or Mark(), unclear=unclear)
            if mark is not None:
                marks[row, column] = mark
            if cell.place in grid.boxes:
                boxes[row, column] = grid.boxes[cell.place]
    pages = _pages(cards, height)
    names = {card.cells.grid.name for card in cards}
    titles = {_title(card) for card in cards}
    return Grid(
        names.pop() if len(names) == 1 else "",
        rows,
        marks=marks,
        hidden_rows=frozenset(row for row, card in enumerate(cards, start=height) if _is_hidden(card)),
        pages=pages,
        page_rows=list(range(1, len(rows) + 1)) if pages is not None else None,
        boxes=boxes,
        certain_edges=all(card.cells.grid.certain_edges for card in cards),
        title=titles.pop() if len(titles) == 1 else _years_title(cards[0]),
        cards=CardPlaces(places, height),
    )


def _years_title(card: _Card) -> str:
    """Return the fiscal years that all cards of a group name over themselves."""
    return "・".join(era_label(year) for year in find_fiscal_years(_title(card)))


def _pages(cards: Sequence[_Card], height: int) -> list[int] | None:
    found = [card.cells.grid.pages[card.first] for card in cards if card.cells.grid.pages is not None]
    return [*[found[0]] * height, *found] if len(found) == len(cards) else None


def _is_hidden(card: _Card) -> bool:
    grid = card.cells.grid
    found = [cell for cell, _ in card.values.values() if cell is not None]
    return any(cell.row in grid.hidden_rows or cell.column in grid.hidden_columns for cell in found)
