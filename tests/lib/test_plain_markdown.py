"""Our documents as HTML: the marks they use, and nothing that a document could smuggle in."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsukuba_kpi.lib.plain_markdown import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("## 見出し", "<h2>見出し</h2>"),
        ("一行目の文が、\n続く。", "<p>一行目の文が、続く。</p>"),
        ("one\ntwo", "<p>one two</p>"),
        ("**太字**と`コード`", "<p><strong>太字</strong>と<code>コード</code></p>"),
        ("> 式 ＝ １", "<blockquote><p>式 ＝ １</p></blockquote>"),
        ("1. 一つ\n   続き\n2. 二つ", "<ol><li>一つ続き</li><li>二つ</li></ol>"),
        ("- 一つ\n- 二つ", "<ul><li>一つ</li><li>二つ</li></ul>"),
        ("[文書](figures.md)を見る", "<p>文書を見る</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
    ],
)
def test_marks(text, html):
    assert to_html(text) == html


def test_table():
    html = to_html("| 例 | 値 |\n| --- | --- |\n| 2-1 | `8.5` |")

    assert '<thead><tr><th scope="col">例</th><th scope="col">値</th></tr></thead>' in html
    assert "<tbody><tr><td>2-1</td><td><code>8.5</code></td></tr></tbody>" in html


class Tags(HTMLParser):
    """Collect the names and attributes of all elements."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attrs):
        """Remember one element."""
        self.found.add((tag, *sorted(name for name, _ in attrs)))


NAMES = "h1 h2 h3 h4 p br blockquote ul ol li strong code table thead tbody tr td"
KNOWN = {*((name,) for name in NAMES.split(" ")), ("th", "scope")}


@given(st.text(st.sampled_from("# -*`|>1.\n<script onload=x>[](&)\"'あ"), max_size=80))
def test_no_document_brings_markup_of_its_own(text):
    tags = Tags()
    tags.feed(to_html(text))

    assert tags.found <= KNOWN
