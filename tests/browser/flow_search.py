"""Searching: misspelled, with titles offered, in the dark on a phone, in French, and without script."""

from node import listening


def run(browser, node, look):
    wide = {"viewport": {"width": 1280, "height": 900}}
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
    french = {"viewport": {"width": 320, "height": 640}, "locale": "fr-FR"}
    for name, options in (("search-wide", wide), ("search-phone-dark", phone), ("search-narrow-french", french)):
        context = browser.new_context(storage_state=node.state, **options)
        page = listening(context.new_page(), look, name)
        page.goto(node.web + "/search?q=wintre")
        look.must(page.locator(".instead a").inner_text() == "winter", f"{name}: nothing is offered for a misspelled word")
        look.shows(page.locator("mark").first, f"{name}: what was found is not marked")
        look.at(page, name)
    page = listening(browser.new_context(storage_state=node.state).new_page(), look, "search-titles")
    page.goto(node.web + "/practices")
    page.locator("#q").press_sequentially("wint")
    page.locator("datalist option").first.wait_for(state="attached")
    offered = page.locator("datalist option").first.get_attribute("value")
    look.must(offered == "Winter coat swap", "no title is offered to somebody who types")
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(node.web + "/search?q=coast")
    plain.click(".instead a")
    look.shows(plain.get_by_text("Winter coat swap").first, "without script the offered word leads nowhere")
