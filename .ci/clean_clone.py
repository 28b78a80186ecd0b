"""Set the product up from a clean clone as a stranger would, use it, stop it, and start it again.

Standard library only. Prints wall-clock times; exits 1 with a sentence at the first thing that is wrong.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_START_LIMIT, SECOND_START_LIMIT, STOP_LIMIT = 900.0, 3.0, 15.0
TRIES = 3  # of the second start: a busy machine may be slow once, not every time
USERNAME, PASSWORD = "demo-sangyo-tanto", "tsukuba-demo-2019"
KPI_OF_THE_SECTION = "新規正規就職者数"


class Visitor:
    """A browser without JavaScript: cookies, redirects, forms."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        handler = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(handler)

    def read(self, address: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, final address and text of a page."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        url = urllib.parse.urljoin(self.base, address)
        try:
            with self.opener.open(url, data, timeout=30) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.url or url, refused.read().decode()

    def sign_in(self) -> None:
        """Sign in through the form the start page leads to."""
        status, address, page = self.read("/")
        expect(
            status == 200 and 'type="password"' in page, f"/ leads to no sign-in form ({status} {address})"
        )
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        expect(token is not None, "the sign-in form has no CSRF token")
        form = {"csrfmiddlewaretoken": token[1], "username": USERNAME, "password": PASSWORD}
        status, address, page = self.read(address, form)
        expect(
            status == 200 and 'type="password"' not in page, f"the demo sign-in failed ({status} {address})"
        )


class Product:
    """One `dev.py run` of the clone."""

    def __init__(self, clone: Path, port: int) -> None:
        taken_away = {"DATABASE_URL", "DATA_DIR", "DEBUG", "HTTPS", "SECRET_KEY", "ALLOWED_HOSTS", "CI"}
        environment = {name: value for name, value in os.environ.items() if name not in taken_away}
        self.log = clone.parent / "run.log"
        self.began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "dev.py", "run"],
                cwd=clone,
                env={**environment, "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.visitor = Visitor(port)

    def wait_until_healthy(self, limit: float) -> float:
        """Return the seconds until /healthz answers 200."""
        while time.monotonic() - self.began < limit:
            if self.process.poll() is not None:
                self.show_log()
                fail(f"dev.py run ended with {self.process.returncode}")
            try:
                if self.visitor.read("/healthz")[0] == 200:
                    return time.monotonic() - self.began
            except OSError:
                time.sleep(0.05)
        self.show_log()
        return fail("dev.py run never became healthy")

    def show_log(self) -> None:
        print(self.log.read_text(encoding="utf-8", errors="replace"))

    def stop(self, number: int) -> float:
        """Ask for an end; return the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return fail(f"dev.py run did not stop within {STOP_LIMIT:.0f} s")
        expect(status == 0, f"dev.py run stopped with {status}")
        return time.monotonic() - began


def expect(held: bool, otherwise: str) -> None:
    if not held:
        fail(otherwise)


def fail(sentence: str) -> float:
    print(f"FAILED: {sentence}", flush=True)
    sys.exit(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def exported(clone: Path, what: str) -> str:
    """Return what the export command prints."""
    command = [sys.executable, "dev.py", "manage", "export", what, "--format", "json"]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, encoding="utf-8")
    expect(done.returncode == 0, f"export {what} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def check_pages(visitor: Visitor) -> None:
    """Sign in and see the section's work, styled by files the product itself serves."""
    visitor.sign_in()
    status, address, page = visitor.read("/")
    expect(
        status == 200 and KPI_OF_THE_SECTION in page, f"the tasks of the section are not shown at {address}"
    )
    sheets = re.findall(r'<link[^>]+href="(/static/[^"]+\.css)"', page)
    expect(sheets != [], "the page has no style sheet")
    for sheet in sheets:
        expect(visitor.read(sheet)[0] == 200, f"{sheet} is not served")
    expect(visitor.read("/public/")[0] == 200, "/public/ does not answer")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kpi-clone-", ignore_cleanup_errors=True) as directory:
        clone, port = Path(directory) / "clone", free_port()
        trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        subprocess.run(
            ["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, env={**os.environ, **trust}
        )

        product = Product(clone, port)
        try:
            print(f"first start:  {product.wait_until_healthy(FIRST_START_LIMIT):6.1f} s", flush=True)
            expect(PASSWORD in product.log.read_text(encoding="utf-8"), "the demo password was not printed")
            check_pages(product.visitor)
            before = {what: exported(clone, what) for what in ("strategy", "programs")}
            print(f"stop:         {product.stop(signal.SIGTERM):6.1f} s", flush=True)

            for attempt in range(1, TRIES + 1):
                product = Product(clone, port)
                seconds = product.wait_until_healthy(60)
                print(f"second start: {seconds:6.1f} s", flush=True)
                if seconds <= SECOND_START_LIMIT:
                    break
                expect(attempt < TRIES, f"allowed are {SECOND_START_LIMIT:.0f} s")
                product.stop(signal.SIGTERM)
            expect(PASSWORD not in product.log.read_text(encoding="utf-8"), "the password was printed again")
            check_pages(product.visitor)
            after = {what: exported(clone, what) for what in ("strategy", "programs")}
            expect(after == before, "the second start changed the data")
            print(f"stop:         {product.stop(signal.SIGINT):6.1f} s", flush=True)
        finally:
            if product.process.poll() is None:
                product.show_log()
                product.process.terminate()
                product.process.wait(STOP_LIMIT)
    print("a clean clone sets up, serves, stops and starts again with its data")


if __name__ == "__main__":
    main()
