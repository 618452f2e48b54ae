"""Writing a practice and finding it, with script and without: drafts, looking first, items, versions."""

import re

from node import listening


def run(browser, node, look):
    context = browser.new_context(storage_state=node.state)
    page = listening(context.new_page(), look, "deeds")
    page.goto(node.web + "/practices/new")
    page.fill("#f-title", "Warm line")
    page.fill("#f-summary", "Somebody answers at night.")
    # The script keeps a draft quietly; another tab finds it.
    page.locator("[data-kept]:not(:empty)").wait_for()
    other = listening(context.new_page(), look, "drafts")
    other.goto(node.web + "/practices/new")
    look.shows(other.get_by_role("link", name="Warm line"), "a draft is not found again")
    look.at(other, "writing-draft-offered")
    other.goto(node.web + "/drafts")
    look.at(other, "writing-drafts")
    other.close()
    # Items by keyboard.
    page.get_by_role("button", name=re.compile("Add one.*Steps")).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("[id^='f-steps[']:focus").wait_for(timeout=8000)
    page.keyboard.type("Ask who can answer.")
    look.must(page.input_value("#f-steps\\[3\\]\\.text") == "Ask who can answer.", "a new item is not where one types")
    page.fill("#f-steps\\[1\\]\\.text", "Find a phone.")
    page.get_by_role("button", name="Move up Steps 3").click()
    page.get_by_role("button", name="Move up Steps 2").click()
    look.must(page.input_value("#f-steps\\[1\\]\\.text") == "Ask who can answer.", "an item does not move up")
    look.at(page, "writing-form")
    page.get_by_role("button", name="Look at it first").click()
    look.at(page, "writing-look")
    page.get_by_role("button", name="Back to the form").click()
    look.must(page.input_value("#f-title") == "Warm line", "looking first loses what was typed")
    page.click("main .go .btn-main")
    page.wait_for_url("**/practices/*")
    look.shows(page.get_by_role("heading", name="Warm line"), "a new practice is not shown")
    record = page.url
    page.goto(record + "/edit")
    page.fill("#f-title", "Cold line")
    page.click("main .go .btn-main")
    look.shows(page.get_by_role("button", name="Undo"), "a save offers no way back")
    look.at(page, "writing-saved")
    page.get_by_role("button", name="Undo").click()
    look.shows(page.get_by_role("heading", name="Warm line"), "undo does not bring the title back")
    page.get_by_role("link", name="All changes, and earlier versions").click()
    look.at(page, "writing-history")
    page.locator(".versions a").nth(1).click()
    look.at(page, "writing-version")
    for name, width, colors, language in (("phone-dark", 360, "dark", "en-US"), ("narrow-french", 320, "light", "fr-FR")):
        small = browser.new_context(storage_state=node.state, viewport={"width": width, "height": 740}, color_scheme=colors, locale=language)
        there = listening(small.new_page(), look, name)
        for address in ("practices/new", record + "/share", record + "/share/look?_audience=public", record + "/history",
                        page.url, record + "/delete", "drafts"):
            there.goto(address if address.startswith("http") else f"{node.web}/{address}")
            look.at(there, f"writing-{name}-{address.split('/')[-1].split('?')[0][:12]}")
        small.close()
    two_answers(browser, context, node, look, record)
    page.goto(node.web + "/practices")
    page.fill("#q", "warm")
    page.locator(".card").nth(1).wait_for(state="detached")
    look.shows(page.get_by_text("Warm line").first, "typing finds nothing")
    look.must("q=warm" in page.url, "a search does not stand in the address")
    without = browser.new_context(java_script_enabled=False)
    plain = without.new_page()
    plain.goto(node.web + "/practices")
    plain.fill("#q", "coat")
    with plain.expect_navigation():
        plain.click(".searchbar button")
    look.must(plain.locator(".card").count() == 1, "without script nothing is found")


def two_answers(browser, context, node, look, record):
    """Two tabs change the same field: nothing is lost, and one click chooses."""
    tabs = [listening(context.new_page(), look, "two tabs") for _ in range(2)]
    for tab in tabs:
        tab.goto(record + "/edit")
    for tab, cost in zip(tabs, ("none", "under_1000")):
        tab.select_option("#f-cost", cost)
        tab.click("main .go .btn-main")
        tab.wait_for_url(record)
    page = tabs[1]
    look.must(page.get_by_role("button", name="Keep this one").count() == 2, "two answers are not both shown")
    look.at(page, "writing-two-answers")
    page.goto(record + "/edit")
    look.at(page, "writing-two-answers-form")
    page.goto(record)
    with page.expect_navigation():
        page.get_by_role("button", name="Keep this one").first.click()
    look.must(page.get_by_role("button", name="Keep this one").count() == 0, "choosing an answer does not settle it")
    for tab in tabs:
        tab.close()
