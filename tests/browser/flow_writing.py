"""Writing a practice and finding it, with script and without."""

from node import listening


def run(browser, node, look):
    context = browser.new_context(storage_state=node.state)
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
