"""Take the pictures of the documents from a running demo: `python docs/take_screenshots.py http://127.0.0.1:8000`."""

import os
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
PASSWORD = "tsukuba-demo-2019"
# name of the picture, who looks, the address, and the text of a link to follow from there
PICTURES = (
    ("tasks", "demo-midori-tanto", "/", ""),
    ("kpi_sheet", "demo-midori-tanto", "/", "市民緑地の契約面積"),
    ("plan", "demo-kikaku", "/plans/demo-plan/", ""),
    ("kpi", "demo-kikaku", "/kpis/DEMO-0034/", ""),
    ("public", "", "/public/plans/demo-plan/2023/", ""),
)


def sign_in(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/account/sign-in/")
    page.get_by_label("利用者名").fill(username)
    page.locator('input[type="password"]').fill(PASSWORD)
    page.locator('form button[type="submit"]').last.click()
    page.wait_for_load_state()


def main(base: str) -> None:
    flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for name, username, address, link in PICTURES:
            context = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768})
            page = context.new_page()
            if username:
                sign_in(page, base, username)
            page.goto(base + address)
            if link:
                page.get_by_role("link", name=re.compile(link)).first.click()
                page.wait_for_load_state()
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
