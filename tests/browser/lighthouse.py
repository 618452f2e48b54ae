"""What Lighthouse says of five pages: accessibility, best practices and search engines 100, performance 90 or better.

    tests/browser/lighthouse.py COMMONWEAL CHROMIUM LIGHTHOUSE [RUNS]

LIGHTHOUSE is its program (version 12). With RUNS, five say, each page is looked at so often, and the median of its
performance counts; with one run, the default, performance is only printed: a busy machine makes one run slow.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from flow_weight import practice
from node import RECORDS, Node

PAGES = [("Home", "/"), ("Practices", "/practices"), ("A practice", None), ("Trainings", "/calendar"), ("Local help", "/directory")]
FULL = ["accessibility", "best-practices", "seo"]
PERFORMANCE = 90
TRIES = 3


def main():
    program, chromium, lighthouse = sys.argv[1:4]
    runs = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        node = Node(program, pathlib.Path(folder), records=RECORDS + [practice(number) for number in range(20)])
        try:
            for name, path in PAGES:
                address = node.web + (path or node.first("/practices"))
                scores = [scored(lighthouse, chromium, address) for _ in range(runs)]
                wrong += judge(name, scores, runs)
        finally:
            node.stop()
    for text in wrong:
        print(text)
    sys.exit(1 if wrong else 0)


def scored(lighthouse, chromium, address):
    """The scores of one run as a phone: slow processor, slow line."""
    command = [lighthouse, address, "--quiet", "--no-enable-error-reporting", "--output=json", "--only-categories=performance," + ",".join(FULL),
               "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage"]
    # A browser that starts slowly loses the beginning of its own trace.
    for _ in range(TRIES):
        said = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "CHROME_PATH": chromium})
        if not said.returncode:
            return json.loads(said.stdout)
    sys.exit(f"Lighthouse could not look at {address}:\n{said.stderr}")


def judge(name, reports, runs):
    """Prints a line; what is not as it should be."""
    wrong, line = [], []
    for category in FULL:
        score = min(round(100 * report["categories"][category]["score"]) for report in reports)
        line.append(f"{category} {score}")
        if score < 100:
            wrong += [f"{name}: {category} {score}: {audit}" for audit in lacking(reports[0], category)]
    speeds = [round(100 * report["categories"]["performance"]["score"]) for report in reports]
    median = round(statistics.median(speeds))
    print(f"{name}: {', '.join(line)}, performance {' '.join(map(str, speeds))} (median {median})", flush=True)
    if runs > 1 and median < PERFORMANCE:
        wrong.append(f"{name}: performance {median}, less than {PERFORMANCE}")
    return wrong


def lacking(report, category):
    audits = [report["audits"][part["id"]] for part in report["categories"][category]["auditRefs"] if part["weight"]]
    return [f"{audit['id']}: {audit['title']}" for audit in audits if audit["score"] is not None and audit["score"] < 1]


if __name__ == "__main__":
    main()
