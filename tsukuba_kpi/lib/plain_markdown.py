"""The few marks of our own documents as HTML: headings, paragraphs, quotes, lists, tables, bold, code.

Everything is escaped first, so that a document can never bring markup of its own into a page.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

_HEADING: Final = re.compile(r"(#{1,4}) (.+)")
_ITEM: Final = re.compile(r"(?:- |[0-9]+\. )(.*)")
_NUMBERED: Final = re.compile(r"[0-9]+\. ")
_RULE: Final = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")


def to_html(text: str) -> str:
    """Return a document as HTML. What is no known mark stays as it is written."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "\n".join(part for block in blocks for part in _block(block.split("\n")))


def _block(lines: list[str]) -> Iterator[str]:
    """Yield one block's elements; a heading may stand directly above what follows it."""
    while lines and (heading := _HEADING.fullmatch(lines[0])):
        level = len(heading[1])
        yield f"<h{level}>{_inline(heading[2])}</h{level}>"
        lines = lines[1:]
    if not lines:
        return
    if len(lines) > 1 and lines[0].startswith("|") and _RULE.fullmatch(lines[1].strip()):
        yield _table(lines)
    elif all(line.startswith(">") for line in lines):
        inner = "<br>".join(_inline(line[1:].strip()) for line in lines)
        yield f"<blockquote><p>{inner}</p></blockquote>"
    elif _ITEM.match(lines[0]):
        yield _list(lines)
    else:
        yield f"<p>{_inline(_joined(lines))}</p>"


def _joined(lines: list[str]) -> str:
    """Join lines that were only wrapped: Japanese without a space, Latin words with one."""
    text = lines[0].strip()
    for line in lines[1:]:
        following = line.strip()
        gap = " " if text[-1:].isascii() and following[:1].isascii() else ""
        text += gap + following
    return text


def _list(lines: list[str]) -> str:
    kind = "ol" if _NUMBERED.match(lines[0]) else "ul"
    items: list[list[str]] = []
    for line in lines:
        found = _ITEM.match(line)
        if found:
            items.append([found[1]])
        else:
            items[-1].append(line)
    body = "".join(f"<li>{_inline(_joined(item))}</li>" for item in items)
    return f"<{kind}>{body}</{kind}>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _inline(text: str) -> str:
    """Return escaped text with bold and code; of a link only its words stay."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{escape(piece[1:-1])}</code>" if piece.startswith("`") and len(piece) > 1 else _bold(piece)
        for piece in pieces
    )


def _bold(text: str) -> str:
    plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", escape(text))
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", plain)
