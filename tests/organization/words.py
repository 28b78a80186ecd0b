"""What a page says."""

import re
from typing import Any


def texts(response: Any) -> str:
    """Return the page's words without tags, spaces run together."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))
