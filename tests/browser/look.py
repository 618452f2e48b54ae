"""Opens every page of a node in Chromium as people do, and fails on anything that would stop somebody.

    tests/browser/look.py COMMONWEAL CHROMIUM [ALBUM]

COMMONWEAL is the built program, CHROMIUM the browser. With ALBUM, a folder, it leaves a picture of each page there.
Needs Python 3 with playwright and axe-playwright-python; `.ci/run` installs both.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

PASSWORD = "walking to school together"
# Each way of reading: name, size of the window, colors, language.
WAYS = [
    ("desktop", (1280, 900), "light", "en-US"),
    ("phone-dark", (360, 740), "dark", "en-US"),
    ("narrow-french", (320, 640), "light", "fr-FR"),
]
RECORDS = [
    ("practice", "public", ["title=Winter coat swap", "summary=Bring one, take one.", "steps=Ask the churches\nHang them up",
                            "cost=none", "topics=clothing, winter", "components=physical_space"]),
    ("practice", "network", ["title=Listening walk", "summary=We walk and ask.", "cost=under_1000", "topics=listening"]),
    ("lesson", "public", ["title=Coats need a dry room", "summary=What we would do again.", "about=coat-swap",
                          "what_happened=Some were damp."]),
    ("training", "public", ["title=Hard conversations, kindly", "summary=Six evenings."]),
    ("announcement", "public", ["title=New table on Thursdays", "summary=All are welcome.", "body=Come and eat."]),
    ("library_item", "public", ["title=A short guide", "summary=Twelve pages.", "url=https://example.org/guide"]),
    ("organization", "public", ["name=Riverside Pantry", "description=Food on Fridays."]),
]
ROOMS = ["", "practices", "lessons", "trainings", "directory", "collaboratives", "library", "announcements", "search"]


class Node:
    """One node of the real program, in a folder of its own."""

    def __init__(self, program, folder):
        self.base = [program, "--home", str(folder / "home")]
        self.ask("init", "--name", "Riverside Families")
        command = [*self.base, "--json", "up", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--web", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.web, self.code = ready["web"], ready["set_up"]
        self.ask("network", "found", "--name", "Valley Network")
        for kind, audience, fields in RECORDS:
            sets = [word for field in fields for word in ("--set", field)]
            self.ask("record", "create", kind, *sets, "--audience", audience)

    def ask(self, *words):
        subprocess.run([*self.base, *words], check=True, stdout=subprocess.DEVNULL)


class Look:
    """Looks at pages and remembers what is wrong with them."""

    def __init__(self, album):
        self.album, self.wrong, self.pages = album, [], 0

    def at(self, page, name):
        self.pages += 1
        for violation in Axe().run(page).response["violations"]:
            self.wrong.append(f"{name}: {violation['id']}: {violation['nodes'][0]['target']}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.wrong.append(f"{name}: {wide} pixels stick out to the side")
        if self.album:
            page.screenshot(path=self.album / f"{name}.png", full_page=True)

    def must(self, holds, what):
        if not holds:
            self.wrong.append(what)


def listening(page, look, name):
    """Whatever the browser complains of is a fault: a blocked script, a file that is not there."""
    page.on("console", lambda said: look.wrong.append(f"{name}: console: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: look.wrong.append(f"{name}: script: {error}"))
    return page


def first_visit(browser, node, look):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = listening(context.new_page(), look, "first visit")
    page.goto(node.web + "/sign-in")
    look.at(page, "welcome")
    # With the keyboard alone.
    page.focus("#code")
    page.keyboard.type(node.code)
    page.keyboard.press("Tab")
    page.keyboard.type("ann@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(node.web + "/")
    look.must(page.get_by_text("Listening walk").first.is_visible(), "home: a member's record is not there")
    return context.storage_state()


def every_page(browser, node, look, state):
    for name, (width, height), colors, language in WAYS:
        for who, cookies in (("anybody", None), ("inside", state)):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colors,
                                          locale=language, storage_state=cookies)
            page = listening(context.new_page(), look, f"{name} {who}")
            for room in ROOMS:
                page.goto(f"{node.web}/{room}")
                look.at(page, f"{name}-{who}-{room or 'home'}")
            page.goto(node.web + "/practices")
            page.click(".card h3 a")
            look.at(page, f"{name}-{who}-practice")
            record = page.url
            deeds = ["edit", "share", "delete"] if cookies else []
            for deed in deeds:
                page.goto(f"{record}/{deed}")
                look.at(page, f"{name}-{who}-{deed}")
            if cookies:
                for address in ["practices/new", "trainings/new?kind=session", "network", "account"]:
                    page.goto(f"{node.web}/{address}")
                    look.at(page, f"{name}-{who}-{address.replace('/', '-').replace('?', '-')}")
            context.close()


def deeds(browser, node, look, state):
    context = browser.new_context(storage_state=state)
    page = listening(context.new_page(), look, "deeds")
    page.goto(node.web + "/practices/new")
    page.fill("#f-title", "Warm line")
    page.fill("#f-summary", "Somebody answers at night.")
    page.click("main .go button")
    page.wait_for_url("**/practices/*")
    look.must(page.get_by_role("heading", name="Warm line").is_visible(), "a new practice is not shown")
    page.goto(node.web + "/practices")
    page.fill("#q", "warm")
    page.locator(".card").nth(1).wait_for(state="detached")
    look.must(page.get_by_text("Warm line").first.is_visible(), "typing finds nothing")
    look.must("q=warm" in page.url, "a search does not stand in the address")
    without = browser.new_context(java_script_enabled=False)
    plain = without.new_page()
    plain.goto(node.web + "/practices")
    plain.fill("#q", "coat")
    plain.click(".searchbar button")
    look.must(plain.locator(".card").count() == 1, "without script nothing is found")
    # Who is not signed in keeps what was read; who is leaves nothing in a browser that others may use.
    context = browser.new_context()
    # What a browser says of a missing connection is no fault of the page.
    page = context.new_page()
    page.goto(node.web + "/practices")
    if not context.service_workers:
        context.wait_for_event("serviceworker")
    page.reload()
    page.reload()
    context.set_offline(True)
    page.reload()
    look.must(page.get_by_text("Winter coat swap").first.is_visible(), "a page read before is gone without a connection")


def main():
    program, chromium = sys.argv[1:3]
    album = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if album:
        album.mkdir(parents=True, exist_ok=True)
    look = Look(album)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        node = Node(program, pathlib.Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            state = first_visit(browser, node, look)
            every_page(browser, node, look, state)
            deeds(browser, node, look, state)
            browser.close()
        finally:
            node.process.terminate()
            node.process.wait()
    for text in look.wrong:
        print(text)
    print(f"{look.pages} pages looked at, {len(look.wrong)} faults")
    sys.exit(1 if look.wrong else 0)


if __name__ == "__main__":
    main()
