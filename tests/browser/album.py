"""Makes the album: one small picture of each page, from the demo, so that a reviewer sees them without building anything.

    tests/browser/album.py COMMONWEAL CHROMIUM

It starts the demo's four nodes, signs in at the first, follows all links, and writes the pictures and their list to
`tests/browser/album/`. Needs what `look.py` needs.
"""

import base64
import json
import pathlib
import subprocess
import sys

from playwright.sync_api import sync_playwright

import flow_1_first_visit
from flow_every_page import file_name, walk

ALBUM = pathlib.Path(__file__).parent / "album"
# Where the demo's nodes show their pages: four ports from here on.
PORT = 18_470
# Each way of looking: its name, the window, how much of a long page, its words, and which pages beside all of them.
WIDE, PHONE, NARROW = (1280, 900), (360, 740), (320, 640)
LOOKED_AT = ["/", "/practices", "/practices/ID", "/calendar", "/trainings", "/directory", "/directory/ID", "/search",
             "/practices/new", "/network", "/about"]
MOST_BYTES = 3 * 1024 * 1024


class Demo:
    """The demo, up and signed in."""

    def __init__(self, program):
        command = [program, "demo", "--json", "--web-base", str(PORT)]
        # It says so itself where these ports are somebody else's.
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.web, self.code, self.state = None, None, None
        for line in self.process.stdout:
            event = json.loads(line)
            if "error" in event:
                sys.exit(event["error"]["message"])
            if event["event"] == "node" and not self.web:
                self.web, self.code = event["web"], event["set_up"]
            if event["event"] == "ready":
                return
        sys.exit("the demo ended before it was ready")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def main():
    program, chromium = sys.argv[1:3]
    ALBUM.mkdir(exist_ok=True)
    for old in ALBUM.glob("*.webp"):
        old.unlink()
    demo = Demo(program)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            pictures = take_all(browser, demo)
            browser.close()
    finally:
        demo.stop()
    write_list(pictures)
    size = sum(file.stat().st_size for file in ALBUM.glob("*.webp"))
    print(f"{len(pictures)} pictures, {size / 1024 / 1024:.1f} MiB")
    if size > MOST_BYTES:
        sys.exit("the album is too heavy for the tree")


class Pictures:
    """Stands where others look for faults, and takes pictures."""

    def __init__(self):
        self.taken, self.wrong = [], []

    def at(self, page, name, **_):
        self.taken.append(("The first visit", *take(page, name, name, WIDE)))

    def must(self, holds, what):
        """Others judge."""

    def shows(self, what, otherwise):
        """Others judge."""


def take_all(browser, demo):
    first = Pictures()
    flow_1_first_visit.run(browser, demo, first)
    pictures, state = first.taken, demo.state
    pages = walk(browser, demo, ["/nothing-here"], storage_state=state)
    some = {sort: address for sort, address in pages.items() if sort in LOOKED_AT}
    ways = [("On a large screen", "wide", WIDE, pages, {}),
            ("On a phone, in the dark", "phone", PHONE, some, {"color_scheme": "dark"}),
            ("In French, 320 pixels wide", "french", NARROW, some, {"locale": "fr-FR"})]
    for words, way, size, of_way, options in ways:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, storage_state=state,
                                      **{"locale": "en-US", **options})
        page = context.new_page()
        for sort, address in sorted(of_way.items()):
            page.goto(demo.web + address)
            page.wait_for_load_state("networkidle")
            pictures.append((words, *take(page, sort, f"{way}-{file_name(sort)}", size)))
        context.close()
    return pictures


def take(page, sort, name, size):
    """What fits on two screens, as a WebP: a form of a hundred fields tells no more than its beginning."""
    height = min(2 * size[1], page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": size[0], "height": height, "scale": 1 if size[0] < 1000 else 0.65}
    session = page.context.new_cdp_session(page)
    made = session.send("Page.captureScreenshot",
                        {"format": "webp", "quality": 35, "clip": clip, "captureBeyondViewport": True})
    (ALBUM / f"{name}.webp").write_bytes(base64.b64decode(made["data"]))
    session.detach()
    return sort, name


def write_list(pictures):
    lines = ["# The pages in pictures", "",
             "Each page that a link leads to, from the demo, whose people are invented. `tests/browser/album.py` made",
             "this and makes it anew; long pages show their first two screens.", ""]
    last = None
    for words, sort, name in pictures:
        if words != last:
            lines += [f"## {words}", ""]
            last = words
        lines += [f"`{sort}`", "", f"![{sort}]({name}.webp)", ""]
    (ALBUM / "README.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
