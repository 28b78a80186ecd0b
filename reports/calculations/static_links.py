"""Links of a page as they stand in a folder of files: relative, so that the folder may lie anywhere.

A folder that is opened from a disk, or served below another address, has no root to begin at.
"""

import re
from collections.abc import Sequence
from html import escape, unescape
from posixpath import dirname, relpath

_LINK = re.compile(r'(?P<name>\b(?:href|src|action))="(?P<path>/[^"#?]*)(?P<rest>[^"]*)"')


def file_of(address: str) -> str:
    """Return the file that stands for an address: a page is the index of its folder."""
    return f"{address}index.html" if address.endswith("/") else address


def links_in(page: str, starts: Sequence[str]) -> list[str]:
    """Return the addresses a page links to that begin with one of `starts`, each once."""
    found = (unescape(match["path"]) for match in _LINK.finditer(page))
    return list(dict.fromkeys(link for link in found if link.startswith(tuple(starts))))


def with_relative_links(page: str, address: str, starts: Sequence[str]) -> str:
    """Return the page of an address with its links to what begins with `starts` made relative."""
    here = dirname(file_of(address))

    def relative(match: re.Match[str]) -> str:
        path = unescape(match["path"])
        if not path.startswith(tuple(starts)):
            return match.group()
        return f'{match["name"]}="{escape(relpath(file_of(path), here))}{match["rest"]}"'

    return _LINK.sub(relative, page)
