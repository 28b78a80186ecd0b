"""docs/importing_txt.md names every mark the readers of text set."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CODE = re.compile(r"(?:Doubt|SourceError|SourceNote|Strain)\(\s*\"(?P<code>[a-z_]+)\"")
_STRAIN = re.compile(r"codes\.append\(\"(?P<code>[a-z_]+)\"\)")


def test_every_code_of_the_readers_is_explained():
    sources = [*(ROOT / "importers" / "sources").glob("txt_*.py")]
    sources += (ROOT / "importers" / "sources").glob("txt_*/*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    codes = {match["code"] for match in [*_CODE.finditer(text), *_STRAIN.finditer(text)]}

    explained = set(
        re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "importing_txt.md").read_text(encoding="utf-8"))
    )

    assert len(codes) > 30
    assert codes - explained == set()
