"""A form that could not be taken: what was typed in it, and whether it may be sent once more."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import escape_leading_slashes

from organization.services.form_drafts import MAX_PARTS, Part
from tsukuba_kpi.requests import sent_number

LONG_TEXT = 60
OPENED_BY = "opened_by"  # the hidden box in which a form names the person for whom it was shown
DRAFT_OF = "draft_of"  # the hidden box in which a form names its place, and the drafts that stand in it
HANDED_OUT = "hands_out_drafts"  # the mark of a request whose page shows what was typed before
NEVER_SHOWN = ("password", "csrfmiddlewaretoken", OPENED_BY)


@dataclass(frozen=True)
class Typed:
    """One name and value of a form."""

    name: str
    value: str

    @property
    def is_long(self) -> bool:
        """Return whether the value wants a box of several lines."""
        return len(self.value) > LONG_TEXT or "\n" in self.value

    @property
    def is_hidden(self) -> bool:
        """Return whether nobody has typed it."""
        return self.name == DRAFT_OF


@dataclass(frozen=True)
class Unsent:
    """All of it. `action` is where it may be sent again, blank where it may not; `opened_by` whose it is."""

    typed: list[Typed]
    action: str
    had_files: bool
    opened_by: str = ""


def unsent_form(request: HttpRequest) -> Unsent:
    """Return what a refused form brought, passwords left out.

    Sending it again is offered only when the browser says that the form came from this very site: a page
    elsewhere could otherwise fill our page with its own wishes and let the user press the button. A form
    with a password is never sent again: it would have to be shown.
    """
    names = {name.lower() for name in request.POST}
    has_secret = any("password" in name for name in names)
    typed = [
        Typed(name, value)
        for name, values in request.POST.lists()
        if not any(word in name.lower() for word in NEVER_SHOWN)
        for value in values
    ]
    may_resend = came_from_here(request) and not has_secret and bool(typed)
    return Unsent(
        typed=typed,
        # A path that begins with two slashes would name another host in a form's action.
        action=escape_leading_slashes(request.get_full_path()) if may_resend else "",
        had_files=bool(request.FILES),
        opened_by=request.POST.get(OPENED_BY, ""),
    )


def is_anothers(request: HttpRequest) -> bool:
    """Return whether a form was opened by somebody else than the person who is signed in by now.

    On a shared computer a page of the one may still be open when the other has signed in: what stands in it
    is neither shown to nor saved by the other.
    """
    opened_by = request.POST.get(OPENED_BY, "") if request.method == "POST" else ""
    return bool(opened_by) and request.user.is_authenticated and opened_by != str(request.user.pk)


def came_from_here(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of this very site sent the request.

    `Sec-Fetch-Site` says it even behind a proxy that changes the host; without it `Origin` has to name us.
    A browser that sends neither is not believed.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return request.headers.get("Origin", "") == f"{request.scheme}://{request.get_host()}"


def page_of_form(request: HttpRequest) -> str:
    """Return the address of the page on which the form stood, blank when it is not of this site."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host() or not referer.path.startswith("/"):
        return ""
    path = "/" + referer.path.lstrip("/")
    return f"{path}?{referer.query}" if referer.query else path


def sent_parts(text: str) -> list[Part]:
    """Read the drafts a page names: `3f09ab12:7 88c0d1e2:0` (a window of a browser, and its turn)."""
    turns: dict[str, int] = {}
    for window, _, said in (word.partition(":") for word in text.split()):
        turn = sent_number(said)
        if turn is not None:
            turns[window] = max(turn, turns.pop(window, 0))
    return [Part(window, turn) for window, turn in turns.items()][-MAX_PARTS:]


def sent_drafts(request: HttpRequest) -> dict[str, list[Part]]:
    """Return the drafts in a form that was sent, by their place (a page of a conflict carries two)."""
    if request.method != "POST":
        return {}
    said = (text.partition(" ") for text in request.POST.getlist(DRAFT_OF)[:2])
    return {place: sent_parts(parts) for place, _, parts in said}
