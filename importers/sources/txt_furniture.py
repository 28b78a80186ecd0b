"""What stands on the pages beside the records: titles, the header row, page numbers, running lines."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from importers.sources.txt_lines import Gap, Line

# Words of the header row, by what they name; other cities vary them.
HEADER_WORDS = re.compile(
    r"(?:事務事業|事業名|部署|担当課|担当部|所管|所属|目的|概要|内容|成果|実績|評価|番号|順番|通し|No\.?|№|ＮＯ)"
)
_PAGE_NUMBER = re.compile(
    r"(?P<bare>\d{1,4})|[-‐‑–—―−－ー~〜～ ]+(?P<dashed>\d{1,4})[-‐‑–—―−－ー~〜～ ]+"
    r"|(?P<of>\d{1,4}) ?/ ?\d{1,4}(?: ?(?:ページ|頁))?|[Pp](?:age|\.)? ?(?P<named>\d{1,4})"
    r"|第? ?(?P<worded>\d{1,4}) ?(?:ページ|頁)"
)
_MOST_RUNNING_LINES = 4


@dataclass(frozen=True, slots=True)
class Furniture:
    """The lines that hold records, and the words of the header row (empty without one)."""

    lines: tuple[Line, ...]
    header: tuple[str, ...]
    removed: tuple[Line, ...]


def key_of(text: str) -> str:
    """Return a line's text for comparing: NFKC, without spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def page_number(text: str) -> int | None:
    """Return the number of a line that can be nothing but a page number, or None."""
    match = _PAGE_NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    return int(next(number for number in match.groups() if number is not None))


def remove_furniture(lines: Sequence[Line], header: Sequence[Line]) -> Furniture:
    """Take page numbers and running lines out; `header` are the lines before the first record."""
    pages = _pages(lines)
    removed: set[int] = set()
    for position in (0, -1):
        removed |= _running_page_numbers(pages, position)
    header_keys = {key_of(line.text) for line in header if _is_header(line.text)}
    known = {key_of(line.text) for line in header}
    repeated = _repeated_at_edges(pages, removed)
    for page in pages:
        removed |= _page_top(page, removed, known | repeated)
        removed |= _page_bottom(page, removed, repeated)
    removed |= {line.number for line in lines if key_of(line.text) in header_keys}
    kept = _without(lines, removed)
    words = [word for line in header if _is_header(line.text) for word in line.text.split(" ")]
    return Furniture(kept, tuple(words), tuple(line for line in lines if line.number in removed))


def _is_header(text: str) -> bool:
    return len(HEADER_WORDS.findall(text)) >= 2 and "。" not in text


def _pages(lines: Sequence[Line]) -> list[list[Line]]:
    pages: list[list[Line]] = []
    for line in lines:
        if line.before is Gap.PAGE or not pages:
            pages.append([])
        pages[-1].append(line)
    return pages


def _running_page_numbers(pages: Sequence[Sequence[Line]], position: int) -> set[int]:
    """Return the lines at one edge of the pages that number them: with decoration, or rising page by page."""
    numbered = [
        (index, page[position], number)
        for index, page in enumerate(pages)
        if len(page) > 1 and (number := page_number(page[position].text)) is not None
    ]
    decorated = {line.number for _, line, _ in numbered if not line.text.strip().isdigit()}
    offsets = Counter(number - index for index, _, number in numbered)
    if not offsets:
        return decorated
    offset, count = offsets.most_common(1)[0]
    # On few pages a number alone is one only where it is the page's own.
    least = 1 if len(pages) <= 2 and offset == 1 else 2
    if count < max(least, len(pages) * 3 // 5):
        return decorated
    return decorated | {line.number for index, line, number in numbered if number - index == offset}


def _repeated_at_edges(pages: Sequence[Sequence[Line]], removed: set[int]) -> set[str]:
    """Return the texts that stand at the edge of most pages."""
    counter: Counter[str] = Counter()
    for page in pages:
        rest = [line for line in page if line.number not in removed]
        edge = rest[:_MOST_RUNNING_LINES] + rest[-1:]
        counter.update({key_of(line.text) for line in edge})
    least = max(3, len(pages) * 3 // 5)
    return {text for text, count in counter.items() if count >= least}


def _page_top(page: Sequence[Line], removed: set[int], known: set[str]) -> set[int]:
    found: set[int] = set()
    for line in page[: _MOST_RUNNING_LINES * 2]:
        if line.number in removed:
            continue
        if key_of(line.text) not in known:
            break
        found.add(line.number)
    return found


def _page_bottom(page: Sequence[Line], removed: set[int], repeated: set[str]) -> set[int]:
    found: set[int] = set()
    for line in reversed(page):
        if line.number in removed:
            continue
        if key_of(line.text) not in repeated:
            break
        found.add(line.number)
    return found


def _without(lines: Sequence[Line], removed: set[int]) -> tuple[Line, ...]:
    """Return the lines that stay; a page begins with its first line that stays."""
    kept: list[Line] = []
    gap = Gap.SPACE
    for line in lines:
        gap = max(gap, line.before)
        if line.number in removed:
            gap = max(gap, Gap.BLANK)
            continue
        kept.append(replace(line, before=gap))
        gap = Gap.SPACE
    return tuple(kept)
