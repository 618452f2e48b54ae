"""What was read before stays readable without a connection."""


def run(browser, node, look):
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
    look.shows(page.get_by_text("Winter coat swap").first, "a page read before is gone without a connection")

    # What somebody looked for stays in no browser, and nothing else is shown in its place.
    context.set_offline(False)
    for looked_for in ("coat", "school"):
        page.goto(f"{node.web}/search?q={looked_for}")
    context.set_offline(True)
    page.goto(node.web + "/search?q=coat")
    look.shows(page.get_by_text("No connection").first, "what was looked for is kept in a browser")
