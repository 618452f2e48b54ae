"""What a neighbor shares shows as a note on pages that are open, and nothing on them moves."""

import pathlib
import tempfile

from eye import listening
from node import Node


def run(browser, node, look):
    with tempfile.TemporaryDirectory() as folder:
        guest = Node(node.program, pathlib.Path(folder), "Lakeside Circle", network=False)
        try:
            guest.ask("network", "join", node.ticket(), "--wait", "--timeout", "90")
            told(browser, node, guest, look)
        finally:
            guest.stop()
    without_connection(browser, node, look)


def told(browser, node, guest, look):
    context = browser.new_context(storage_state=node.state, viewport={"width": 1280, "height": 900})
    page = listening(context.new_page(), look, "live")
    with listens(page):
        page.goto(node.web + "/practices")
    page.locator(".sync span", has_text="Lakeside").or_(page.locator(".sync span", has_text="neighbor")).wait_for()
    page.focus("#q")
    before = page.locator("#results").inner_html() if page.locator("#results").count() else ""
    note = page.locator("#note")
    shared(guest, note, "practice", "title=Soup on Fridays", "summary=One pot.")
    look.at(page, "live-note")
    page.set_viewport_size({"width": 360, "height": 740})
    look.at(page, "live-note-phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    look.must(page.evaluate("document.activeElement.id") == "q", "a note takes the focus")
    after = page.locator("#results").inner_html() if page.locator("#results").count() else ""
    look.must(before == after, "a note changes what is read")
    with listens(page):
        note.get_by_role("link", name="Show it").click()
    page.get_by_role("heading", name="Soup on Fridays").wait_for()
    shared(guest, note, "lesson", "title=Bring bowls", "summary=We had too few.", "about=soup",
           "what_happened=We ran out.")
    note.get_by_role("button", name="Close this note").click()
    look.must(note.inner_text() == "", "a note that was closed is still there")
    context.close()


def listens(page):
    """Until the page listens: what came before is told to nobody again."""
    return page.expect_response("**/live")


def shared(guest, note, kind, *fields):
    """A neighbor shares something, and the page tells it."""
    sets = [word for field in fields for word in ("--set", field)]
    guest.ask("record", "create", kind, *sets, "--audience", "network")
    note.get_by_text(f"Lakeside Circle shared a new {kind}").wait_for(timeout=60_000)


def without_connection(browser, node, look):
    context = browser.new_context()
    page = context.new_page()
    page.goto(node.web + "/practices")
    if not context.service_workers:
        context.wait_for_event("serviceworker")
    page.reload()
    page.reload()
    faults = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A window that remembers nothing can install nothing, which is no fault of the page.
    faults = [fault["errorId"] for fault in faults if fault["errorId"] != "in-incognito"]
    look.must(not faults, f"the pages cannot be installed: {faults}")
    context.set_offline(True)
    page.reload()
    page.get_by_text("You are reading without a connection").wait_for()
    look.at(page, "without-connection")
    context.set_offline(False)
    page.reload()
    look.must(page.locator("#note").inner_text() == "", "a page says that there is no connection when there is")
    context.close()
