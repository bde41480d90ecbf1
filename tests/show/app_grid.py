"""FiftyOne's App in a browser, as a person handles it: open a view, choose, run an operator."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

PATIENCE, RETRY = 60_000, 5_000
WIDE = {"width": 1900, "height": 1000}
"""Room for all buttons."""


class Grid:
    """The App's grid of the dataset, in one page."""

    def __init__(self, page: Any, url: str, dataset: str) -> None:
        self.page, self._url = page, f"{url}datasets/{dataset}"

    def open(self, view: str = "") -> None:
        self.page.goto(self._url + (f"?view={view.replace(' ', '-')}" if view else ""))

    def shows(self, count: int, what: str = "sample") -> None:
        """Wait until the App counts so many."""
        words = f"{count} {what}" + "es" * (what == "patch" and count != 1) + "s" * (what != "patch" and count != 1)
        self.page.locator("[data-cy=entry-counts]").get_by_text(words, exact=True).wait_for(timeout=PATIENCE)

    def patches(self, field: str) -> None:
        """Turn the view into patches, by the App's own button."""
        self.page.locator("[data-cy=action-clips-patches]").click()
        self.page.locator(f"[data-cy=item-action-{field}]").click()

    def choose(self, number: int) -> None:
        """Tick one picture or patch of the grid."""
        tile = self.page.locator("[data-cy=looker]").nth(number)
        tile.locator("canvas[canvas-loaded=true]").wait_for(timeout=PATIENCE)
        tile.hover()
        tile.locator("[data-cy=looker-checkbox-]").click()

    def operate(self, label: str, said: str, value: str = "") -> None:
        """Run one of our operators on what is chosen, out of the App's list, and wait for its answer."""
        self.page.keyboard.press("`")
        browser = self.page.locator("[data-cy=operators-browser]")
        browser.get_by_text(f"Workbench: {label}", exact=True).click(timeout=PATIENCE)
        prompt = self.page.locator("[data-cy=operators-prompt-modal]")
        prompt.get_by_text("1 chosen").wait_for(timeout=PATIENCE)
        if value:
            prompt.locator("input").fill(value)  # The App ties no label to it.
        for _ in range(PATIENCE // RETRY):
            prompt.get_by_role("button", name="Execute").click()
            # The App passes over a click while it draws the prompt anew; a person clicks again.
            with suppress(PlaywrightTimeoutError):
                prompt.wait_for(state="hidden", timeout=RETRY)
                break
        self.page.get_by_text(said).first.wait_for(timeout=PATIENCE)
