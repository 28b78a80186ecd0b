"""How much a document may ask of the machine that reads it."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading; what lies above is refused with a sentence that names the bound.

    Sizes in bytes, times in seconds. `cells` bounds the rectangle from A1 to the last used cell, because
    that is what a reader has to hold. `stall_seconds` is the longest silence of the reading process,
    `total_seconds` its longest life.
    """

    file_bytes: int = 50 * MEGABYTE
    unpacked_bytes: int = 300 * MEGABYTE
    ratio: int = 250
    parts: int = 2_000
    cells: int = 4_000_000
    merges: int = 20_000
    pages: int = 500
    text_bytes: int = 20 * MEGABYTE
    memory_bytes: int = 480 * MEGABYTE
    answer_bytes: int = 300 * MEGABYTE
    stall_seconds: float = 7.0  # starting the process takes a second or two besides
    total_seconds: float = 180.0
    cpu_seconds: int = 60


LIMITS = Limits()
# A part of a zip file smaller than this may have any ratio: blank styles compress a thousandfold.
RATIO_FROM_BYTES = 4 * MEGABYTE
