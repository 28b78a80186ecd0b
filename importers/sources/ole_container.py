"""OLE2 compound files (what .xls is, and what an encrypted .xlsx hides in): names and bytes of streams.

Only what a preflight and the reading of formats need; every chain of sectors is bounded by the file's
size, so that a loop in the allocation table ends with an error instead of never.
"""

import struct
from dataclasses import dataclass

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = struct.Struct("<8s16sHHHHH6sIIIIIIIII")
_FREE = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors
_ENTRY_SIZE = 128
_MAX_ENTRIES = 4096


class BrokenContainerError(ValueError):
    """The compound file contradicts itself."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int  # 1 storage, 2 stream, 5 root
    start: int
    size: int


class OleContainer:
    """The streams of a compound file held in memory.

    :raises BrokenContainerError: from the constructor and from `read` when a chain leads nowhere.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(SIGNATURE):
            raise BrokenContainerError("no header")
        header = _HEADER.unpack_from(data)
        self._data = data
        self._shift, self._mini_shift = header[5], header[6]
        if self._shift not in (9, 12) or self._mini_shift != 6:
            raise BrokenContainerError("sector size")
        directory_start, self._mini_cutoff, mini_start = header[10], header[12], header[13]
        self._fat = self._read_fat(first_difat=header[15], fat_count=header[9])
        self._entries = self._read_directory(directory_start)
        self._mini_fat = self._numbers(self._chain_bytes(mini_start)) if mini_start < _FREE else []
        self._mini_stream: bytes | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all streams and storages, in the order of the directory."""
        return tuple(entry.name for entry in self._entries)

    def read(self, name: str) -> bytes:
        """Return the bytes of the stream with this name.

        :raises KeyError: there is none.
        """
        for entry in self._entries:
            if entry.kind == 2 and entry.name == name:
                return self._stream(entry)
        raise KeyError(name)

    def _stream(self, entry: _Entry) -> bytes:
        if entry.size > len(self._data):
            raise BrokenContainerError("stream longer than the file")
        if entry.size >= self._mini_cutoff:
            return self._chain_bytes(entry.start)[: entry.size]
        if self._mini_stream is None:
            root = next((found for found in self._entries if found.kind == 5), None)
            self._mini_stream = self._chain_bytes(root.start) if root is not None else b""
        return self._mini_chain(entry.start)[: entry.size]

    def _read_fat(self, first_difat: int, fat_count: int) -> list[int]:
        sectors = list(struct.unpack_from("<109I", self._data, 76))
        number, seen = first_difat, 0
        per_sector = (1 << self._shift) // 4
        while number < _FREE:
            seen += 1
            if seen * (1 << self._shift) > len(self._data):
                raise BrokenContainerError("allocation table loops")
            block = self._numbers(self._sector(number))
            sectors.extend(block[: per_sector - 1])
            number = block[per_sector - 1]
        fat: list[int] = []
        for sector in sectors[:fat_count]:
            if sector < _FREE:
                fat.extend(self._numbers(self._sector(sector)))
        return fat

    def _read_directory(self, start: int) -> tuple[_Entry, ...]:
        raw = self._chain_bytes(start)
        entries: list[_Entry] = []
        for offset in range(0, min(len(raw), _MAX_ENTRIES * _ENTRY_SIZE), _ENTRY_SIZE):
            length, kind = struct.unpack_from("<HB", raw, offset + 64)
            if kind not in (1, 2, 5) or not 2 <= length <= 64:
                continue
            name = raw[offset : offset + length - 2].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II", raw, offset + 116)
            entries.append(_Entry(name, kind, first, size))
        return tuple(entries)

    def _sector(self, number: int) -> bytes:
        size = 1 << self._shift
        start = (number + 1) * size  # the header fills the first sector
        block = self._data[start : start + size]
        if not block:
            raise BrokenContainerError("sector outside the file")
        return block.ljust(size, b"\0")

    def _chain_bytes(self, start: int) -> bytes:
        blocks: list[bytes] = []
        limit = len(self._data) // (1 << self._shift) + 2
        number = start
        while number < _FREE:
            blocks.append(self._sector(number))
            if len(blocks) > limit or number >= len(self._fat):
                raise BrokenContainerError("chain of sectors loops or leaves the file")
            number = self._fat[number]
        return b"".join(blocks)

    def _mini_chain(self, start: int) -> bytes:
        assert self._mini_stream is not None
        blocks: list[bytes] = []
        number = start
        while number < _FREE:
            if number >= len(self._mini_fat) or len(blocks) > len(self._mini_fat):
                raise BrokenContainerError("chain of small sectors loops or leaves the file")
            blocks.append(self._mini_stream[number * 64 : number * 64 + 64])
            number = self._mini_fat[number]
        return b"".join(blocks)

    @staticmethod
    def _numbers(block: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(block) // 4}I", block[: len(block) // 4 * 4]))
