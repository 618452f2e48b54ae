"""Opens every page of a node in Chromium as people do, and fails on anything that would stop somebody.

    tests/browser/look.py COMMONWEAL CHROMIUM [ALBUM]

COMMONWEAL is the built program, CHROMIUM the browser. With ALBUM, a folder, it leaves a picture of each page there.
Each `flow_*.py` beside this file is one thing that people do; they run in the order of their names, on one node.
Needs Python 3 with playwright and axe-playwright-python; `.ci/run` installs both.
"""

import importlib
import pathlib
import sys
import tempfile

from playwright.sync_api import sync_playwright

from node import Look, Node


def main():
    program, chromium = sys.argv[1:3]
    album = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if album:
        album.mkdir(parents=True, exist_ok=True)
    look = Look(album)
    flows = sorted(file.stem for file in pathlib.Path(__file__).parent.glob("flow_*.py"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        node = Node(program, pathlib.Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for flow in flows:
                importlib.import_module(flow).run(browser, node, look)
            browser.close()
        finally:
            node.process.terminate()
            node.process.wait()
    for text in look.wrong:
        print(text)
    print(f"{look.pages} pages looked at in {len(flows)} flows, {len(look.wrong)} faults")
    sys.exit(1 if look.wrong else 0)


if __name__ == "__main__":
    main()
