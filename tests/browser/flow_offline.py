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
