"""Asks for more memory than a reading process may have."""

HELD = bytearray(4 * 1024**3)
