"""Opens every page of a node in Chromium as people do, and fails on anything that would stop somebody.

    tests/browser/look.py COMMONWEAL CHROMIUM [ALBUM] [--vnu JAR] [--only FLOW]

COMMONWEAL is the built program, CHROMIUM the browser. With ALBUM, a folder, it leaves a picture of each page there. With
JAR, the Nu Html Checker, all pages are read once more for mistakes that browsers pass over.
Each `flow_*.py` beside this file is one thing that people do; they run in the order of their names, on one node.
Needs Python 3 with playwright, axe-playwright-python and openapi-spec-validator, and Java for the checker; `.ci/run`
installs them.
"""

import argparse
import importlib
import pathlib
import sys
import tempfile
import time

from playwright.sync_api import sync_playwright

from node import Look, Node


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("program")
    asked.add_argument("chromium")
    asked.add_argument("album", nargs="?", type=pathlib.Path)
    asked.add_argument("--vnu", type=pathlib.Path)
    asked.add_argument("--only", help="the first visit and this flow alone, while one writes it")
    asked = asked.parse_args()
    if asked.album:
        asked.album.mkdir(parents=True, exist_ok=True)
    flows = sorted(file.stem for file in pathlib.Path(__file__).parent.glob("flow_*.py"))
    if asked.only:
        flows = [flow for flow in flows if flow.startswith("flow_1_") or flow == f"flow_{asked.only}"]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as written, sync_playwright() as playwright:
        look = Look(asked.album, written)
        node = Node(asked.program, pathlib.Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox"])
            for flow in flows:
                began = time.monotonic()
                importlib.import_module(flow).run(browser, node, look)
                print(f"{flow} took {time.monotonic() - began:.0f} s", flush=True)
            browser.close()
        finally:
            node.stop()
        if asked.vnu:
            began = time.monotonic()
            print(f"{look.check_html(asked.vnu)} pages checked by vnu in {time.monotonic() - began:.0f} s")
    for text in look.wrong:
        print(text)
    print(f"{look.pages} pages looked at in {len(flows)} flows, {len(look.wrong)} faults")
    sys.exit(1 if look.wrong else 0)


if __name__ == "__main__":
    main()
