"""What the XML of an .xlsx tells of cells beside their values: formulas, errors, formats, hidden rows.

calamine gives an empty text for an error cell and for a formula whose result was not saved, and no
number formats; each of these would be a wrong value in silence.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from importers.sources.grids import Mark, is_note_mark
from importers.sources.sheet_scan import MAX_COLUMNS, column_number

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_TRUE = frozenset(("1", "true"))
_BUILT_IN_FORMATS = {9: "0%", 10: "0.00%", 12: "# ?/?", 13: "# ??/??"}
# Formats under which a number is shown as it is held, digits grouped or rounded.
_PLAIN_FORMAT = re.compile(
    r"(?:General|@|[#0?,.;\-+_() ]|\[(?:Red|赤|黒|青|Black|Blue|Color ?\d+)\]|\\[-() ])*\Z"
)
_ZERO_FILLED = re.compile("0{2,}")  # a format that shows leading zeros: a number that is a code
_SCALED = re.compile(r"[0#?],+(?![0#?,])")


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles by number: formats that change what a number means, and fonts that cross out."""

    formats: dict[int, str] = field(default_factory=dict)
    struck: frozenset[int] = frozenset()

    @property
    def telling(self) -> frozenset[int]:
        """Numbers of the styles that say something about a cell."""
        return frozenset(self.formats) | self.struck


@dataclass(slots=True)
class SheetMarks:
    """The special cells of a sheet and what is hidden; rows and columns count from 0."""

    marks: dict[tuple[int, int], Mark] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def read_styles(data: bytes) -> Styles:
    """Return the telling styles of `xl/styles.xml`."""
    reader = _StyleReader()
    _parse((data,), reader.start, reader.end)
    formats = {
        number: code
        for number, code in enumerate(reader.style_formats)
        if _PLAIN_FORMAT.match(code) is None or _SCALED.search(code) or _ZERO_FILLED.fullmatch(code)
    }
    struck = {number for number, font in enumerate(reader.style_fonts) if font in reader.struck_fonts}
    return Styles(formats, frozenset(struck))


@dataclass(frozen=True, slots=True)
class SharedStrings:
    """What the shared strings tell beside their text, by number.

    `struck` are those of which a part is crossed out, `bases` those with raised signs, without these.
    """

    struck: frozenset[int] = frozenset()
    bases: Mapping[int, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.struck or self.bases)


def read_shared_strings(data: bytes) -> SharedStrings:
    """Return the telling ones of `xl/sharedStrings.xml`."""
    if b"strike" not in data and b"vertAlign" not in data:
        return SharedStrings()
    reader = _StringReader()
    _parse((data,), reader.start, reader.end, reader.text)
    return SharedStrings(frozenset(reader.struck), reader.bases)


def read_comments(data: bytes) -> dict[tuple[int, int], str]:
    """Return the remarks of a comments part by cell."""
    found: dict[tuple[int, int], list[str]] = {}
    at: tuple[int, int] | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at
        if name == "comment":
            at = cell_position(attributes.get("ref", ""))

    def text(data: str) -> None:
        if at is not None:
            found.setdefault(at, []).append(data)

    _parse((data,), start, text=text)
    return {cell: "".join(parts).strip() for cell, parts in found.items()}


def cell_position(reference: str) -> tuple[int, int] | None:
    """Return row and column, from 0, of a reference like C5; None for anything else."""
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    return int(match[2]) - 1, column_number(match[1]) - 1


def read_marks(chunks: Iterable[bytes], styles: Styles, strings: SharedStrings | None = None) -> SheetMarks:
    """Return the special cells of a worksheet's XML.

    :raises expat.ExpatError: the XML is broken.
    """
    reader = _MarkReader(styles, strings or SharedStrings())
    _parse(chunks, reader.start, reader.end, reader.text)
    return reader.finish()


def _parse(
    chunks: Iterable[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


class _StyleReader:
    def __init__(self) -> None:
        self.style_formats: list[str] = []
        self.style_fonts: list[int] = []
        self.struck_fonts: set[int] = set()
        self._codes = dict(_BUILT_IN_FORMATS)
        self._inside = ""
        self._font = -1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("cellXfs", "cellStyleXfs", "dxfs", "fonts"):
            self._inside = name
        elif name == "numFmt" and self._inside != "dxfs":
            self._codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "font" and self._inside == "fonts":
            self._font += 1
        elif name == "strike" and self._inside == "fonts" and attributes.get("val", "1") in _TRUE:
            self.struck_fonts.add(self._font)
        elif name == "xf" and self._inside == "cellXfs":
            self.style_formats.append(self._codes.get(_number(attributes.get("numFmtId")), "General"))
            self.style_fonts.append(_number(attributes.get("fontId")))

    def end(self, name: str) -> None:
        if name == self._inside:
            self._inside = ""


def _is_zero(size: str | None) -> bool:
    """Tell whether a width or height is nothing, so that nobody sees the column or row."""
    return size is not None and size.strip("0.") == "" and "0" in size


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else -1


class _StringReader:
    """Follows the runs of the shared strings."""

    def __init__(self) -> None:
        self.struck: set[int] = set()
        self.bases: dict[int, str] = {}
        self._number = -1
        self._raised = self._in_text = False
        self._base = self._marks = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._number += 1
            self._base = self._marks = ""
        elif name == "r":
            self._raised = False
        elif name == "vertAlign":
            self._raised = attributes.get("val") == "superscript"
        elif name == "strike" and attributes.get("val", "1") in _TRUE:
            self.struck.add(self._number)
        self._in_text = name == "t"

    def text(self, data: str) -> None:
        if self._in_text and self._raised and self._base:
            self._marks += data
        elif self._in_text:
            self._base += data

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "si" and is_note_mark(self._base, self._marks):
            self.bases[self._number] = self._base


class _MarkReader:
    """Follows rows and cells; a cell without a reference stands behind the one before it."""

    def __init__(self, styles: Styles, strings: SharedStrings) -> None:
        self.result = SheetMarks()
        self._styles = styles
        self._strings = strings
        self._row = -1
        self._column = -1
        self._attributes: dict[str, str] = {}
        self._formula = False
        self._in_value = False
        self._value = ""
        self._inline: _StringReader | None = None  # follows the runs of a text inside its cell
        self._hidden = bytearray(MAX_COLUMNS)

    def finish(self) -> SheetMarks:
        """Return what was found."""
        self.result.hidden_columns.update(at for at, hidden in enumerate(self._hidden) if hidden)
        return self.result

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "is":
            self._inline = _StringReader()
        if self._inline is not None:
            self._inline.start("si" if name == "is" else name, attributes)
        elif name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self._in_value = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._start_row(attributes)
        elif name == "col":
            self._column_range(attributes)

    def text(self, data: str) -> None:
        if self._inline is not None:
            self._inline.text(data)
        elif self._in_value:
            self._value += data

    def end(self, name: str) -> None:
        if self._inline is not None and name != "c":
            self._inline.end("si" if name == "is" else name)
        elif name == "v":
            self._in_value = False
        elif name == "c":
            self._end_cell()

    def _start_row(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self._row = int(reference) - 1 if reference is not None else self._row + 1
        self._column = -1
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("ht")):
            self.result.hidden_rows.add(self._row)

    def _column_range(self, attributes: dict[str, str]) -> None:
        first, last = _number(attributes.get("min")), _number(attributes.get("max"))
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("width")):
            first, last = max(first - 1, 0), min(last, MAX_COLUMNS)
            if first < last:  # in one piece, as ranges may lie over one another thousands of times
                self._hidden[first:last] = b"\1" * (last - first)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        position = cell_position(attributes.get("r", ""))
        self._column += 1
        if position is not None:
            self._row, self._column = position
        self._attributes = attributes
        self._formula = False
        self._value = ""

    def _end_cell(self) -> None:
        kind = self._attributes.get("t", "n")
        mark = Mark()
        if kind == "e":
            mark = replace(mark, error=self._value.strip() or "#ERROR!")
        if self._formula:
            has_cache = bool(self._value.strip()) or kind == "str"
            mark = replace(mark, formula=True, has_cache=has_cache)
        style = _number(self._attributes.get("s"))
        if kind == "n" and self._value and style in self._styles.formats:
            mark = replace(mark, number_format=self._styles.formats[style])
        string = _number(self._value) if kind == "s" else -1
        if style in self._styles.struck or string in self._strings.struck:
            mark = replace(mark, struck=True)
        if string in self._strings.bases:
            mark = replace(mark, base=self._strings.bases[string])
        if self._inline is not None:
            mark = replace(
                mark, struck=mark.struck or bool(self._inline.struck), base=self._inline.bases.get(0)
            )
            self._inline = None
        if mark != Mark():
            self.result.marks[self._row, self._column] = mark
