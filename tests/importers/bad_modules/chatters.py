"""Answers with far more than any document."""

import sys

for _ in range(4000):
    sys.stdout.write("x" * 100_000)
