"""Spoil good documents in thousands of ways and read them.

`python bench/mutate_files.py [count] [seconds] [seed]`:
1,000 files or 120 seconds by default, whichever ends first. Every file must end as rows or as a refusal
within ten seconds. Mutations run in one limited process after another, for speed; what kills one is read
again the way the product reads it and must be a refusal there. What no reader expected (`caught`) the
product refuses as unreadable; its number is printed, for somebody to look. Prints how often what happened,
the most memory a process had and whether anything was left on the disk.
"""

import io
import multiprocessing
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from importers.enums import DocumentKind
from importers.sources.limits import LIMITS
from importers.sources.parse_document import ParseRequest, parse_document
from importers.sources.preflight import inspect_file
from importers.sources.read_document import read_document
from importers.sources.refusals import RefusedFile

SAMPLES = Path(__file__).resolve().parents[1] / "fixtures" / "midoridai"
SECONDS_EACH = 10.0
# A file is tried so often relative to the others: PDFs take a hundred times as long as the rest.
FILES = [
    ("programs_r6.xlsx", DocumentKind.PROGRAMS, 8),
    ("strategy.xlsx", DocumentKind.STRATEGY, 8),
    ("actuals.xlsx", DocumentKind.ACTUALS, 8),
    ("programs_r6.xls", DocumentKind.PROGRAMS, 4),
    ("actuals.xls", DocumentKind.ACTUALS, 8),
    ("strategy.xls", DocumentKind.STRATEGY, 3),
    ("programs_r6.csv", DocumentKind.PROGRAMS, 6),
    ("strategy.csv", DocumentKind.STRATEGY, 6),
    ("programs_r6.txt", DocumentKind.PROGRAMS, 2),
    ("strategy.txt", DocumentKind.STRATEGY, 2),
    ("strategy.pdf", DocumentKind.STRATEGY, 1),
    ("programs_r6.pdf", DocumentKind.PROGRAMS, 1),
]


def spoil(data: bytes, draw: random.Random) -> bytes:
    """Change a file's bytes: flips, cuts, repeats, runs of one byte, foreign pieces."""
    spoilt = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        at = draw.randrange(max(len(spoilt), 1))
        length = draw.choice([1, 2, 4, 16, 200])
        act = draw.choice(["flip", "flip", "zero", "drop", "repeat", "insert", "cut", "number"])
        if act == "flip" and spoilt:
            spoilt[at] ^= 1 << draw.randrange(8)
        elif act == "zero":
            spoilt[at : at + length] = bytes(length)
        elif act == "drop":
            del spoilt[at : at + length]
        elif act == "repeat":
            spoilt[at:at] = spoilt[at : at + length] * draw.choice([1, 10, 500])
        elif act == "insert":
            spoilt[at:at] = draw.choice(
                [b"\xff" * length, b"<", b'"', b"]]>", b"&#0;", b"\r\n", "㍻".encode()]
            )
        elif act == "cut" and draw.random() < 0.3:
            del spoilt[at:]
        elif act == "number":
            spoilt[at : at + 4] = draw.choice(
                [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"9999"]
            )
    return bytes(spoilt)


def spoil_inside(data: bytes, draw: random.Random) -> bytes:
    """Change a part of a zip file and pack it again, so that the change reaches the parser of the part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(sorted(parts))
    parts[name] = spoil(parts[name], draw)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return stream.getvalue()


def spoilt_file(number: int, seed: int) -> tuple[str, DocumentKind, bytes]:
    """Return the name, kind and bytes of one spoilt file; the same for the same numbers."""
    draw = random.Random(seed * 1_000_003 + number)
    there = [entry for entry in FILES if (SAMPLES / entry[0]).exists()]
    name, kind, _ = draw.choices(there, weights=[entry[2] for entry in there])[0]
    data = (SAMPLES / name).read_bytes()
    inside = name.endswith(".xlsx") and draw.random() < 0.6
    return name, kind, spoil_inside(data, draw) if inside else spoil(data, draw)


def serve(pipe: Connection, folder: str, seed: int) -> None:
    """Read the spoilt files whose numbers come, under the limits of the product's reading process."""
    try:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (LIMITS.memory_bytes, hard))
    except ImportError:
        pass
    while True:
        number = pipe.recv()
        name, kind, data = spoilt_file(number, seed)
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            found = inspect_file(path)
            request = ParseRequest(path, name, kind, found.format, found.marked_sheets)
            document = parse_document(request, lambda done, total, words: None)
            outcome = "read" if document.rows else f"refused {document.errors[0].code}"
        except RefusedFile as refusal:
            outcome = f"refused {refusal.errors[0].code}"
        except BaseException as error:  # noqa: BLE001 - a panic of a native parser is no Exception
            outcome = f"caught {type(error).__name__}"
        finally:
            path.unlink(missing_ok=True)
        pipe.send((outcome, _peak_megabytes()))


def _peak_megabytes() -> int:
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class Server:
    """One process that reads spoilt files until something kills it."""

    def __init__(self, folder: str, seed: int) -> None:
        self.peak = 0
        self.pipe, other = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=serve, args=(other, folder, seed), daemon=True)
        self.process.start()
        other.close()

    def read(self, number: int) -> str | None:
        """Return the outcome, None when the process died or was silent for too long."""
        self.pipe.send(number)
        try:
            if not self.pipe.poll(SECONDS_EACH * 2):
                return None
            outcome, self.peak = self.pipe.recv()
        except EOFError:
            return None
        return str(outcome)

    def end(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()


def read_again(number: int, folder: str, seed: int) -> str:
    """Read a file that killed its process the way the product does."""
    name, kind, data = spoilt_file(number, seed)
    path = Path(folder) / f"again_{name}"
    path.write_bytes(data)
    started = time.monotonic()
    document = read_document(path, kind=kind)
    took = time.monotonic() - started
    path.unlink()
    if document.rows or took > SECONDS_EACH:
        return f"FAULT number {number}: {len(document.rows)} rows in {took:.1f} s"
    return f"killed, then refused {document.errors[0].code}"


def main(count: int, seconds: float, seed: int) -> int:
    """Run and return 1 when some file was neither read nor refused in time."""
    outcomes: Counter[str] = Counter()
    slowest, peak = 0.0, 0
    ends_at = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, seed)
        for number in range(count):
            started = time.monotonic()
            if started > ends_at:
                break
            outcome = server.read(number)
            slowest = max(slowest, time.monotonic() - started)
            peak = max(peak, server.peak)
            if outcome is not None and outcome.startswith("caught"):
                print(f"number {number}: {outcome}", flush=True)
            if outcome is None:
                server.end()
                for path in Path(folder).iterdir():
                    path.unlink()
                outcome = read_again(number, folder, seed)
                server = Server(folder, seed)
            outcomes[outcome] += 1
        server.end()
        left = [path.name for path in Path(folder).iterdir()]
    for outcome, times in outcomes.most_common():
        print(f"{times:6}  {outcome}")
    print(f"{outcomes.total():6}  files, slowest {slowest:.1f} s, most memory {peak} MB, left on disk {left}")
    return 1 if left or any(outcome.startswith("FAULT") for outcome in outcomes) else 0


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    raise SystemExit(main(*(arguments + [1_000, 120, 1][len(arguments) :])))
