"""The process in which documents are parsed: limited in memory and time, without a way back but its pipe.

The server starts it with `sandbox.ReadingProcess`. It loads the modules it is named while it waits, reads
one request from its standard input, parses the file and writes lines of JSON: `progress`, `rows`, then
`end`, or `refused`, or `failed`. Asked for a `picture` of a page it draws that instead.
"""

import gc
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from importers.enums import SourceFormat
from importers.sources.limits import LIMITS
from importers.sources.refusals import RefusedFile
from importers.sources.wire import decode, document_head, encode, format_named, kind_named, row_batches


def main(modules: Sequence[str]) -> None:
    """Load the modules, serve one request, then end."""
    answer = sys.stdout
    _limit(RLIMIT_AS=LIMITS.memory_bytes, RLIMIT_CPU=LIMITS.cpu_seconds, RLIMIT_CORE=0)
    gc.disable()  # a short life with much to hold and nothing to find again
    for name in modules:
        import_module(name)
    _limit(RLIMIT_FSIZE=0)  # only now, so that Python could keep what it compiled
    request = decode(sys.stdin.readline())

    def send(message: Mapping[str, object]) -> None:
        answer.write(encode(message) + "\n")
        answer.flush()

    try:
        _serve(request, send)
    except RefusedFile as refusal:
        send({"refused": refusal.errors})
    except MemoryError:
        send({"failed": "MemoryError", "memory": True})
    except BaseException as error:  # noqa: BLE001 - a panic of a native parser is not an Exception
        send({"failed": f"{type(error).__name__}: {error}"[:500]})


def _serve(request: Mapping[str, Any], send: Any) -> None:
    if "picture" in request:
        _draw(request["picture"], send)
        return
    from importers.sources.parse_document import ParseRequest, parse_document

    def progress(done: int, total: int, words: str) -> None:
        send({"progress": [done, total, words]})

    wanted = ParseRequest(
        path=Path(request["path"]),
        file=request["file"],
        kind=kind_named(request["kind"]),
        format=format_named(request["format"]),
        marked_sheets=tuple(request["marked_sheets"]),
        mapping=request["mapping"],
        include_hidden=request["include_hidden"],
        known_sections=request["known_sections"],
    )
    if wanted.format is SourceFormat.PDF:
        gc.enable()  # page after page leaves circles behind
    document = parse_document(wanted, progress)
    for batch in row_batches(document.rows):
        send({"rows": batch})
    send({"end": document_head(document)})


def _draw(wanted: Mapping[str, Any], send: Any) -> None:
    """Answer with the picture of a page instead of rows."""
    import base64

    from importers.sources.pdf.page_picture import draw_page

    picture = draw_page(wanted["path"], wanted["page"], wanted["row"], wanted["cells"], whole=wanted["whole"])
    send({"end": {"picture": base64.b64encode(picture).decode("ascii")}})


def _limit(**bounds: int) -> None:
    """Bound memory, processor time, files and cores where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for name, bound in bounds.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        limit = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (limit, limit))
