"""What a visit costs somebody who pays by the megabyte: all bytes over the wire, as the browser counts them."""

import pathlib
import tempfile

from eye import listening
from node import Node

ROWS = 20
LIST_BYTES = 8 * 1024
FIRST_VISIT_BYTES = 150 * 1024


def run(browser, node, look):
    with tempfile.TemporaryDirectory() as folder:
        full = Node(node.program, pathlib.Path(folder), records=[practice(number) for number in range(ROWS)])
        try:
            weigh(browser, full, look)
        finally:
            full.stop()


def practice(number):
    return ("practice", "public", [
        f"title=Neighbors who do thing number {number}",
        f"summary=We come together on Thursdays in hall {number}, cook, eat and talk, and nobody goes home hungry.",
        f"cost={['none', 'under_1000', 'under_10000'][number % 3]}",
        f"maturity={['idea', 'trying', 'established'][number % 3]}",
        f"topics={['food', 'housing', 'school'][number % 3]}"])


def weigh(browser, node, look):
    """A first visit to the list of practices, with nothing kept from before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", service_workers="block")
    page = listening(context.new_page(), look, "weight")
    came, names = {}, {}
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", lambda it: names.update({it["requestId"]: it["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda it: came.update({it["requestId"]: it["encodedDataLength"]}))
    page.goto(node.web + "/practices")
    page.wait_for_load_state("networkidle")
    look.must(page.locator(".card").count() == ROWS, f"weight: {page.locator('.card').count()} rows instead of {ROWS}")
    of_list = next(int(came.get(key, 0)) for key, url in names.items() if url.endswith("/practices"))
    whole = int(sum(came.values()))
    print(f"practices with {ROWS} rows: {of_list} bytes; first visit: {whole} bytes in {len(came)} files")
    look.must(0 < of_list <= LIST_BYTES, f"weight: the list of practices has {of_list} bytes, more than {LIST_BYTES}")
    look.must(whole <= FIRST_VISIT_BYTES, f"weight: a first visit takes {whole} bytes, more than {FIRST_VISIT_BYTES}")
    context.close()
