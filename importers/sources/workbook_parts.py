"""The small XML parts of an .xlsx that tell which sheet is where: content types, workbook, relationships."""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat

_WORKSHEET_RELATION = "/relationships/worksheet"
_MOST_ELEMENTS = 10_000


class BrokenWorkbookError(ValueError):
    """The parts contradict one another or are no XML."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet of a workbook; `part` is "" for charts and other sheets without cells."""

    name: str
    part: str
    hidden: bool


def content_types(data: bytes) -> tuple[str, ...]:
    """Return the content types of the named parts; an empty tuple when the list is no XML."""
    try:
        return tuple(attributes.get("ContentType", "") for attributes in elements(data, "Override"))
    except BrokenWorkbookError:
        return ()


def read_sheet_parts(read: Callable[[str], bytes]) -> tuple[SheetPart, ...]:
    """Return the sheets in the order of the workbook; `read` gives a part's bytes, b"" if there is none.

    :raises BrokenWorkbookError: no workbook part, no sheets, or a sheet without a relationship.
    """
    workbook = _main_part(read)
    folder, _, base = workbook.rpartition("/")
    relations = _relations(read(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels"), folder)
    sheets: list[SheetPart] = []
    for attributes in elements(read(workbook), "sheet"):
        relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
        if relation not in relations:
            raise BrokenWorkbookError("sheet without relationship")
        kind, part = relations[relation]
        hidden = attributes.get("state", "visible") != "visible"
        is_cells = kind.endswith(_WORKSHEET_RELATION)
        sheets.append(SheetPart(attributes.get("name", ""), part if is_cells else "", hidden))
    if not sheets:
        raise BrokenWorkbookError("no sheets")
    return tuple(sheets)


def elements(data: bytes, wanted: str) -> list[dict[str, str]]:
    """Return the attributes of every element with this name, whatever its prefix.

    :raises BrokenWorkbookError: the data is no XML or has more of them than any real workbook.
    """
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == wanted:
            found.append(attributes)
            if len(found) > _MOST_ELEMENTS:
                raise BrokenWorkbookError("too many elements")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BrokenWorkbookError(str(error)) from error
    return found


def _main_part(read: Callable[[str], bytes]) -> str:
    for attributes in elements(read("_rels/.rels"), "Relationship"):
        if attributes.get("Type", "").endswith("/relationships/officeDocument"):
            return attributes.get("Target", "").lstrip("/")
    raise BrokenWorkbookError("no main part")


def _relations(data: bytes, folder: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for attributes in elements(data, "Relationship"):
        if attributes.get("TargetMode") == "External":
            continue
        target = attributes.get("Target", "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[attributes.get("Id", "")] = (attributes.get("Type", ""), part.lstrip("/"))
    return found
