"""The first visit, with the keyboard alone."""

from node import PASSWORD, listening


def run(browser, node, look):
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
    node.state = context.storage_state()
