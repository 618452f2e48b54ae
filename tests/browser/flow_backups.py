"""Backups in the pages: the warning when none is whole, one made now, kept as a file, and checked again."""

import pathlib

from node import listening

# What a node remembers that has looked after backups since 1970 and never had one.
LONG_AGO = bytes([0xA4, 0, 1, 2, 0xF4, 3, 1, 5, 0x80])


def run(browser, node, look):
    home = pathlib.Path(node.base[2])
    for way, size, options in [("desktop", (1280, 900), {"locale": "en-US"}),
                               ("phone-dark", (360, 740), {"locale": "en-US", "color_scheme": "dark"}),
                               ("narrow-french", (320, 640), {"locale": "fr-FR"})]:
        (home / "backups.state").write_bytes(LONG_AGO)
        context = browser.new_context(storage_state=node.state, viewport={"width": size[0], "height": size[1]}, **options)
        page = listening(context.new_page(), look, f"backups-{way}")
        page.goto(node.web + "/")
        look.must(page.locator("a.btn[href='/settings/backups']").count() == 1, f"backups-{way}: Home does not say that it is late")
        look.at(page, f"backups-{way}-home")
        page.click("a.btn[href='/settings/backups']")
        look.must(page.locator("[role=alert]").count() == 1, f"backups-{way}: no warning on the page")
        look.at(page, f"backups-{way}-late")
        page.click("form[action='/settings/backups'] .btn-main")
        page.wait_for_selector(".well")
        look.must(page.locator("[role=alert]").count() == 0, f"backups-{way}: the warning stays")
        with page.expect_download() as waiting:
            page.click("a[download] >> nth=0")
        saved = pathlib.Path(waiting.value.path()).read_bytes()
        look.must(saved == (home / "backups" / waiting.value.suggested_filename).read_bytes(), f"backups-{way}: another file")
        page.click("form[action='/settings/backups/verify'] .btn >> nth=0")
        page.wait_for_selector(".well")
        look.at(page, f"backups-{way}-made")
        page.goto(node.web + "/network/health")
        look.at(page, f"backups-{way}-health")
        context.close()
