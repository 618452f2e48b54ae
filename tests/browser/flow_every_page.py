"""Every page that a link leads to, for a stranger and for somebody inside, in each way of reading.

The pages are found by following links from Home, one for each sort of address; what no link leads to stands in `MORE`.
"""

import re
import time

from eye import OVERLAPS, listening

# Addresses that no link leads to, or none that everybody has.
MORE = {"anybody": ["/sign-in", "/nothing-here", "/practices?q=nothing-has-these-words"],
        "inside": ["/nothing-here"]}
# Not pages: what they fetch, and what programs read.
NO_PAGE = re.compile(r"^/(assets|quilt|api|files)/|\.(ics|atom|xml|json|csv|svg|txt|webmanifest)$|^/(healthz|metrics)")
# As many pages as one walk looks at; what grows without end shows here first.
MOST = 120


def run(browser, node, look):
    english, french = {"locale": "en-US"}, {"locale": "fr-FR"}
    inside = {"storage_state": node.state}
    pages = {"anybody": walk(browser, node, MORE["anybody"]), "inside": walk(browser, node, MORE["inside"], **inside)}
    # With axe: each page in each look and language; strangers' pages are the same ones with less on them.
    in_way(browser, node, look, "desktop-anybody", pages["anybody"], (1280, 900), **english)
    in_way(browser, node, look, "narrow-french-anybody", pages["anybody"], (320, 640), **french)
    in_way(browser, node, look, "desktop-inside", pages["inside"], (1280, 900), **english, **inside)
    in_way(browser, node, look, "phone-dark-inside", pages["inside"], (360, 740), color_scheme="dark", **english, **inside)
    in_way(browser, node, look, "narrow-french-inside", pages["inside"], (320, 640), **french, **inside)
    without_script(browser, node, look, pages["inside"], **inside)
    large_text(browser, node, look, pages["inside"], **inside)
    keyboard_only(browser, node, look, pages["inside"], **inside)
    from_the_right(browser, node, look, pages["inside"], **inside)


def sort_of(address):
    """Addresses of one sort show one page: whatever the record, the search, the page of a list."""
    path, _, query = address.partition("?")
    kind = re.search(r"kind=[a-z_]+", query)
    return re.sub(r"/[a-z0-9]{20,}", "/ID", path) + (f"?{kind.group()}" if kind else "")


def walk(browser, node, more, **options):
    """One address of each sort that links lead to."""
    context = browser.new_context(**options)
    found, todo = {}, ["/", *more]
    while todo and len(found) < MOST:
        address = todo.pop(0)
        if sort_of(address) in found or NO_PAGE.search(address.partition("?")[0]):
            continue
        answer = context.request.get(node.web + address, max_redirects=0)
        if "text/html" not in answer.headers.get("content-type", "") or 300 <= answer.status < 400:
            found[sort_of(address)] = None
            continue
        found[sort_of(address)] = address
        links = re.findall(r'<a\b[^>]*\bhref="(/[^"#]*)', answer.text())
        todo += [link.replace("&amp;", "&").replace("&#38;", "&") for link in links]
    context.close()
    return {sort: address for sort, address in found.items() if address}


def file_name(sort):
    return re.sub(r"[^A-Za-z0-9]+", "-", sort).strip("-") or "home"


def each(browser, node, look, way, pages, size, **options):
    """Opens each page in turn."""
    began = time.monotonic()
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    page = context.new_page() if options.get("java_script_enabled") is False else listening(context.new_page(), look, way)
    for sort, address in pages.items():
        if sort == "/nothing-here":
            # The browser itself complains of a page that is not there.
            look_away, look.wrong = look.wrong, []
            page.goto(node.web + address)
            look.wrong = look_away
        else:
            page.goto(node.web + address)
        yield page, f"{way}-{file_name(sort)}", address
    context.close()
    print(f"{way}: {len(pages)} pages in {time.monotonic() - began:.0f} s")


def in_way(browser, node, look, way, pages, size, **options):
    for page, name, address in each(browser, node, look, way, pages, size, **options):
        look.at(page, name)
        language = {"Accept-Language": options["locale"]}
        look.write_down(name, page.context.request.get(node.web + address, headers=language).text())


def without_script(browser, node, look, pages, **options):
    for page, name, _ in each(browser, node, look, "no-script", pages, (360, 740), java_script_enabled=False, **options):
        look.must(page.locator("main h1").count() == 1, f"{name}: no heading without script")
        dead = page.locator("button[type=button]:visible").count()
        look.must(dead == 0, f"{name}: {dead} buttons that do nothing without script")


def large_text(browser, node, look, pages, **options):
    """Whoever set letters of twice the size in their browser reads on, and scrolls downwards only."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    page = listening(context.new_page(), look, "large-text")
    began = time.monotonic()
    context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    for sort, address in pages.items():
        if sort == "/nothing-here":
            continue
        page.goto(node.web + address)
        size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        look.must(size > 30, f"large-text: letters have {size} pixels, so nothing was tried")
        look.at(page, f"large-text-{file_name(sort)}", axe=False)
        look.overlaps(page, f"large-text-{file_name(sort)}")
    context.close()
    print(f"large-text: {len(pages)} pages in {time.monotonic() - began:.0f} s")


def keyboard_only(browser, node, look, pages, **options):
    for page, name, _ in each(browser, node, look, "keyboard", pages, (1280, 900), reduced_motion="reduce", **options):
        look.rests(page, name)
        look.by_keyboard(page, name)


def from_the_right(browser, node, look, pages, **options):
    """As a page in Arabic would lie: nothing sticks out, and nothing lies on something that it does not lie on from the left."""
    for page, name, _ in each(browser, node, look, "from-the-right", pages, (360, 740), **options):
        before = page.evaluate(OVERLAPS)
        page.evaluate("document.documentElement.dir = 'rtl'; scrollTo(0, 0)")
        look.at(page, name, axe=False)
        look.overlaps(page, name, before)
