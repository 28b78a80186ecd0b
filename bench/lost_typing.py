"""How much typing is lost when something breaks: `python bench/lost_typing.py [moments] [seed] [form …]`.

10 moments with the seed 1 in each form unless told otherwise. The forms: `sheet` (a section's text), `return`
(the reason for which planning returns a sheet) and `opinion` (the committee's).

Starts a server of its own over a new demonstration city and types in a Chromium of its own for each form:
somewhere on the way to 3,000 characters (what comes before is put in at once) it breaks something at a random
moment, and compares what comes back with what had been typed. Five things break in turn: the network for some
seconds; the network, and then the browser is killed; the server is killed and started again; the browser is
killed; the session ends and the person signs in again in another tab.

Prints for each moment the characters and the seconds of typing that did not come back, and fails when they
are more than five seconds.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
ALLOWED = 5.0  # seconds
PASSWORD = "tsukuba-demo-2019"
LONGEST = 3_000
TEXT = "".join(f"{number:03}番目の文を書いています。" for number in range(260))[:LONGEST]


@dataclass(frozen=True)
class Form:
    """Where somebody types: a page with links to what it is about, the form's own page, and the box."""

    user: str
    links: str
    path: str
    box: str


FORMS = {
    "sheet": Form(
        "demo-sangyo-tanto", "/work/kpi-sheets/", "/work/kpi-sheets/{}/", 'textarea[name="answers.factors"]'
    ),
    "return": Form(
        "demo-kikaku", "/work/kpi-sheets/", "/work/sheets/kpi/{}/return/", "textarea[name=reason]"
    ),
    "opinion": Form("demo-iin", "/work/rounds/", "/work/rounds/{}/opinions/", "textarea[id^=opinion-]"),
}


def free_port() -> int:
    """Return a port of this machine nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """The product on a port of its own."""

    def __init__(self, folder: str) -> None:
        self.environment = {**os.environ, "DATA_DIR": folder, "DEBUG": "1", "DATABASE_URL": ""}
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.manage("migrate", "-v0")
        self.manage("load_demo")

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)

    def start(self) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), "runserver", str(self.port), "--noreload"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=self.environment, cwd=ROOT, **quiet)  # type: ignore[call-overload]
        for _ in range(600):  # a busy machine takes its time
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise SystemExit("the server did not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end_sessions(self) -> None:
        code = "from django.contrib.sessions.models import Session; Session.objects.all().delete()"
        self.manage("shell", "-c", code)


class Window:
    """A Chromium of its own, which can be killed and opened again on the same profile."""

    def __init__(self, playwright: Any, profile: str, user: str) -> None:
        self.playwright, self.profile, self.user = playwright, profile, user
        self.open()

    def open(self) -> None:
        found = next(p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p)
        port = free_port()
        flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        places = [f"--remote-debugging-port={port}", f"--user-data-dir={self.profile}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([found, *flags, *places, "about:blank"], **quiet)  # type: ignore[call-overload]
        for _ in range(100):
            try:
                self.browser: Browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
            except PlaywrightError:
                time.sleep(0.2)
            else:
                break
        self.context = self.browser.contexts[0]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def sign_in(self, address: str) -> None:
        page = self.context.new_page()
        page.goto(address)
        if page.query_selector("[name=username]"):
            page.fill("[name=username]", self.user)
            page.fill("[name=password]", PASSWORD)
            with page.expect_navigation():
                page.press("[name=password]", "Enter")
        page.close()

    def first_page(self, address: str, form: Form) -> str:
        """Return the address of the form about the first of the person's tasks, or about the first round."""
        page = self.context.new_page()
        page.goto(address + ("/work/rounds/" if "rounds" in form.links else "/work/"))
        href = page.get_attribute(f"main a[href^='{form.links}']", "href") or ""
        page.close()
        return address + form.path.format(href.split("/")[3])


@dataclass
class Typing:
    """What has been typed, and when each character was."""

    page: Page
    begun: int = 0
    moments: list[float] = field(default_factory=list)

    def begin(self, count: int) -> None:
        """Put the first characters in at once."""
        self.page.keyboard.insert_text(TEXT[:count])
        self.moments += [time.monotonic()] * count

    def go_on(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and len(self.moments) < len(TEXT):
            count = len(self.moments)
            self.page.keyboard.insert_text(TEXT[count : count + 2])
            self.moments += [time.monotonic()] * len(TEXT[count : count + 2])
            time.sleep(0.05)

    def lost(self, kept: str, broken_at: float) -> tuple[int, float]:
        """Return how many characters typed before the break are not there, and how old the first one is."""
        assert TEXT.startswith(kept), f"what came back was never typed: {kept[-40:]!r}"
        typed = sum(moment <= broken_at for moment in self.moments)
        if len(kept) >= typed:
            return 0, 0.0
        return typed - len(kept), broken_at - self.moments[len(kept)]


def one_moment(
    kind: str, begun: int, wait: float, server: Server, window: Window, place: tuple[str, str]
) -> tuple[int, int, float]:
    """Type, break, come back; return how much was typed and what was lost."""
    address, box = place
    page = window.context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    stored = page.input_value(box)
    page.click(box)
    page.keyboard.press("Control+a")
    typing = Typing(page)
    typing.begin(begun)
    typing.go_on(wait)
    broken_at = time.monotonic()
    if kind == "network":
        window.context.set_offline(True)
        typing.go_on(4)
        broken_at = time.monotonic()
        window.context.set_offline(False)
        page.wait_for_timeout(5_500)
    elif kind == "network+browser":
        window.context.set_offline(True)
        typing.go_on(4)
        broken_at = time.monotonic()
        window.kill()
        window.open()
    elif kind == "browser":
        window.kill()
        window.open()
    elif kind == "server":
        server.kill()
        typing.go_on(3)
        broken_at = time.monotonic()
        server.start()
        page.wait_for_timeout(5_500)
    elif kind == "session":
        server.end_sessions()
        typing.go_on(2)
        broken_at = time.monotonic()
        window.sign_in(server.address)
        page.wait_for_timeout(5_500)
    window.sign_in(server.address)
    again = window.context.new_page()
    again.on("dialog", lambda dialog: dialog.accept())
    again.goto(address)
    again.wait_for_timeout(1_500)  # what the browser had kept goes to the server, and the page comes again
    kept = again.input_value(box)
    if kept == stored:
        kept = ""
    again.click("text=下書きを捨てて保存済みの内容に戻す")
    again.wait_for_function("([box, text]) => document.querySelector(box)?.value === text", arg=[box, stored])
    if not page.is_closed() and kind not in {"network+browser", "browser"}:
        page.close()
    again.close()
    return len(typing.moments), *typing.lost(kept, broken_at)


def in_one_form(name: str, moments: int, chance: random.Random, server: Server, window: Window) -> float:
    """Break things at so many moments in one form; return how many seconds were lost at worst."""
    kinds = ["network", "browser", "server", "network+browser", "session"]
    worst = 0.0
    window.sign_in(server.address)
    place = (window.first_page(server.address, FORMS[name]), FORMS[name].box)
    for number in range(moments):
        kind, wait = kinds[number % len(kinds)], chance.uniform(0.4, 6.0)
        begun = chance.randrange(LONGEST - 300)
        typed, characters, seconds = one_moment(kind, begun, wait, server, window, place)
        worst = max(worst, seconds)
        told = f"{typed:5} typed, {characters:4} lost ({seconds:.1f} s)"
        print(f"{name:8} {number + 1:3} {kind:16} after {wait:.1f} s: {told}", flush=True)
    return worst


def main() -> None:
    """Break things at so many moments in each form and tell what was lost."""
    moments = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    names = sys.argv[3:] or list(FORMS)
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="lost_typing", ignore_cleanup_errors=True) as folder:
        server = Server(f"{folder}/data")
        server.start()
        try:
            with sync_playwright() as playwright:
                for name in names:
                    window = Window(playwright, f"{folder}/{name}", FORMS[name].user)
                    try:
                        worst = max(worst, in_one_form(name, moments, chance, server, window))
                    finally:
                        window.kill()
        finally:
            server.kill()
    print(f"worst: {worst:.1f} s of typing lost (allowed: {ALLOWED} s)")
    if worst > ALLOWED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
