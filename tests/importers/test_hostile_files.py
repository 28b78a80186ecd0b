"""Broken, disguised and exploding files: each a refusal in one sentence, or read with what is to be told.

None may take ten seconds, more memory than allowed, or leave anything behind.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from importers.enums import DocumentKind
from importers.sources.read_document import read_document
from tests.importers.hostile_files import CASES as FILES
from tests.importers.hostile_files import Hostile
from tests.importers.hostile_parts import PARTS

CASES = [*FILES, *PARTS]
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SECONDS = 10
MEGABYTES = 512
ENDINGS = ("ください。", "ください（紙をスキャンしたものは取り込めません）。")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_hostile_file_is_refused_or_read_with_notes(tmp_path, case: Hostile):
    path = tmp_path / case.file
    path.write_bytes(case.make())
    started = time.monotonic()

    document = read_document(path, kind=DocumentKind.PROGRAMS)

    assert time.monotonic() - started < SECONDS
    assert [found.name for found in tmp_path.iterdir()] == [case.file]
    if case.code is None:
        assert document.rows[0].fields["number"] == 12
        assert case.words in "".join(note.message for note in document.notes)
        return
    assert document.rows == ()
    message = document.errors[0].message
    assert case.code in ("*", document.errors[0].code), message
    assert case.file in message
    assert message.endswith(ENDINGS)
    assert case.words in message
    assert re.search(r"[A-Za-z]+(Error|Exception)|Traceback", message) is None


def test_at_least_sixty_kinds_are_tried():
    assert len({case.file for case in CASES}) == len(CASES) >= 60


# Run by itself: what the system tells of ended processes counts every child of the asking one, browsers too.
PEAK_OF_CHILDREN = """
import resource, sys
from pathlib import Path
from importers.enums import DocumentKind
from importers.sources.child_start import end_origin
from importers.sources.read_document import read_document

for name in sys.argv[1:]:
    read_document(Path(name), kind=DocumentKind.PROGRAMS)
end_origin()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell the memory of ended processes")
def test_no_reading_process_takes_more_memory_than_allowed(tmp_path):
    files = [*sorted((FIXTURES / "broken").glob("*.*")), *sorted((FIXTURES / "midoridai").glob("programs*"))]
    for case in CASES[::4]:
        (tmp_path / case.file).write_bytes(case.make())
        files.append(tmp_path / case.file)

    told = subprocess.run(
        [sys.executable, "-c", PEAK_OF_CHILDREN, *map(str, files)],
        cwd=FIXTURES.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert 0 < int(told.stdout) < MEGABYTES


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_named_pipe_is_refused_without_waiting(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)

    document = read_document(path, kind=DocumentKind.PROGRAMS)

    assert [error.code for error in document.errors] == ["not_a_file"]


def test_folder_and_missing_file_are_refused(tmp_path):
    folder = read_document(tmp_path, kind=DocumentKind.PROGRAMS)
    missing = read_document(tmp_path / "none.csv", kind=DocumentKind.PROGRAMS)

    assert [error.code for error in folder.errors] == ["not_a_file"]
    assert [error.code for error in missing.errors] == ["cannot_open"]


def test_file_over_the_limit_is_refused_without_being_read(tmp_path):
    path = tmp_path / "large.xlsx"
    with path.open("wb") as stream:
        stream.truncate(60 * 1024 * 1024)

    document = read_document(path, kind=DocumentKind.PROGRAMS)

    assert [error.code for error in document.errors] == ["too_large"]
    assert "上限の50MB" in document.errors[0].message


def test_device_behind_a_link_is_refused(tmp_path):
    path = tmp_path / "link.csv"
    try:
        path.symlink_to(Path("/dev/zero"))
    except OSError:
        pytest.skip("no links here")

    document = read_document(path, kind=DocumentKind.PROGRAMS)

    assert [error.code for error in document.errors] in (["not_a_file"], ["cannot_open"])
