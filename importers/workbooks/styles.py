"""How the cells of our workbooks look: boxes to fill in tinted, what is fixed grey, what is wrong red."""

from typing import Any, Final

from importers.calculations.round_book import Column

# The workbook's own font stays XlsxWriter's Calibri: columns are measured in its digits (7 pixels).
_FONT: Final = {"font_name": "BIZ UDPゴシック", "font_size": 10, "font_scheme": "none", "valign": "top"}
_GRID: Final = {"border": 1, "border_color": "#8C8C8C"}
_TEXT: Final = {"num_format": "@", "quote_prefix": True, "text_wrap": True}
_TINT, _GREY, _HEAD, _INPUT_HEAD, _WRONG = "#FFF8DB", "#F2F2F2", "#DCE6F2", "#FFE699", "#FAD4D4"


class Styles:
    """The formats of one workbook."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._boxes: dict[tuple[bool, bool, bool], Any] = {}
        self.title = self._add(bold=True, font_size=13)
        self.hint = self._add(font_color="#333333")
        self.heading = self._add(**_GRID, bold=True, bg_color=_HEAD, text_wrap=True, valign="vcenter")
        self.input_heading = self._add(
            **_GRID, bold=True, bg_color=_INPUT_HEAD, text_wrap=True, valign="vcenter"
        )
        self.shown = self._add(**_GRID, **_TEXT, bg_color=_GREY)
        self.shown_number = self._add(**_GRID, **_TEXT, bg_color=_GREY, align="right")
        self.identity = self._add(num_format="@", quote_prefix=True, font_color="#FFFFFF")
        self.words = self._add(**_TEXT)
        self.words_in_grid = self._add(**_GRID, **_TEXT)
        self.label = self._add(bold=True)
        self.warning = self._add(bold=True, font_color="#B00020", text_wrap=True)

    def _add(self, **properties: Any) -> Any:
        return self._workbook.add_format({**_FONT, **properties})

    def box(self, *, is_open: bool, column: Column, is_marked: bool) -> Any:
        """Return the format of an input cell."""
        key = (is_open, column.is_number, is_marked)
        if key not in self._boxes:
            colour = _WRONG if is_marked else _TINT if is_open else _GREY
            align = {"align": "right"} if column.is_number else {}
            self._boxes[key] = self._add(**_GRID, **_TEXT, **align, bg_color=colour, locked=not is_open)
        return self._boxes[key]
