"""People: a first visit on a phone without script, inviting somebody into a second browser, codes, signing out elsewhere."""

import base64
import hashlib
import hmac
import json
import pathlib
import struct
import subprocess
import tempfile
import time

from node import PASSWORD, listening

PAGES = ["settings", "settings/password", "settings/sign-ins", "settings/two-step", "settings/keys", "settings/people",
         "settings/recovery-sheet", "settings/confirm"]
# Each way of reading: name, size of the window, colors, language.
WAYS = [("desktop", (1280, 900), "light", "en-US"), ("phone-dark", (360, 740), "dark", "en-US"),
        ("narrow-french", (320, 640), "light", "fr-FR")]


def code_of(secret, now):
    """The six digits that an app shows (RFC 6238)."""
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.new(key, struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    at = digest[19] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


class Fresh:
    """A node that nobody has named yet."""

    def __init__(self, program, folder):
        command = [program, "--home", str(folder / "home"), "--json", "up", "--no-mdns", "--listen",
                   "/ip4/127.0.0.1/tcp/0", "--web", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.web, self.code = ready["web"], ready["set_up"]


def run(browser, node, look):
    with tempfile.TemporaryDirectory() as folder:
        fresh = Fresh(node.base[0], pathlib.Path(folder))
        try:
            first_visit(browser, fresh, look)
            colleagues(browser, fresh, look)
            codes(browser, fresh, look)
        finally:
            fresh.process.terminate()
            fresh.process.wait()


def first_visit(browser, node, look):
    """From the code to the end, on a phone, without script; the browser is closed in between."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark", java_script_enabled=False)
    page = context.new_page()
    page.goto(node.web)
    page.click(".sign-in")
    page.fill("#code", node.code)
    page.click("main .btn-main")
    page.fill("#name", "Cedar Hills")
    page.fill("#place", "Cedar County")
    page.check("input[name=audience][value=network]")
    page.click("main .btn-main")
    page.check("input[name=block][value='40']")
    page.click("main .btn-main")
    page.fill("#called", "Cora Example")
    page.fill("#email", "cora@example.org")
    page.fill("#password", PASSWORD)
    page.click("main .btn-main")
    page.wait_for_url("**/set-up/network")
    state = context.storage_state()
    context.close()
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark", storage_state=state)
    page = listening(context.new_page(), look, "set-up")
    page.goto(node.web + "/set-up")
    look.must(page.url.endswith("/set-up/network"), "set-up: whoever comes back finds another step")
    look.at(page, "set-up-network-phone-dark")
    page.fill("#network-name", "Cedar Network")
    page.click("form:has(#network-name) .btn")
    page.wait_for_url("**/set-up/sheet")
    look.at(page, "set-up-sheet-phone-dark")
    page.click("main .btn-main")
    page.click("main .btn-main")
    look.must(page.locator("#link").input_value().startswith(node.web + "/welcome/"), "set-up: no invitation is made")
    look.at(page, "set-up-colleagues-phone-dark")
    page.click("main .stay .btn")
    page.wait_for_url("**/set-up/ready")
    look.at(page, "set-up-ready-phone-dark")
    page.goto(node.web + "/collaboratives")
    page.wait_for_selector(".card img[src='/quilt/40.svg']")
    node.state = context.storage_state()
    context.close()


def colleagues(browser, node, look):
    """An invitation leads a second browser in; that one is signed out from the first."""
    admin = browser.new_context(storage_state=node.state, viewport={"width": 1280, "height": 900})
    page = listening(admin.new_page(), look, "people")
    page.goto(node.web + "/settings/people")
    page.check("aside input[value=reader]")
    page.click("aside .btn-main")
    link = page.locator("#link").input_value()
    look.at(page, "settings-people-link")
    other = browser.new_context(viewport={"width": 360, "height": 740})
    guest = listening(other.new_page(), look, "welcome")
    guest.goto(link)
    look.shows(guest.get_by_text("Cora Example invites you to Cedar Hills"), "welcome: who invites is not said")
    look.at(guest, "welcome")
    guest.fill("#called", "Rob Example")
    guest.fill("#name", "rob@example.org")
    guest.fill("#password", PASSWORD)
    guest.click("main .btn-main")
    guest.wait_for_url(node.web + "/")
    gone = browser.new_context().new_page()
    gone.goto(link)
    look.shows(gone.get_by_text("This link does not work"), "welcome: a link works twice")
    page.goto(node.web + "/settings/people")
    page.click("li:has-text('Rob Example') summary")
    page.click("li:has-text('Rob Example') >> text=Make a link for a new password")
    renew = page.locator("#link").input_value()
    guest.goto(renew)
    look.at(guest, "welcome-back")
    page.goto(node.web + "/settings/people")
    page.click("li:has-text('Rob Example') summary")
    look.at(page, "settings-people-change")
    page.click("li:has-text('Rob Example') .btn-barn")
    page.wait_for_selector("li:has-text('Rob Example')", state="detached")
    guest.goto(node.web + "/settings")
    look.must(guest.url.endswith("/sign-in"), "people: who was removed is still in")
    admin.close()
    other.close()


def codes(browser, node, look):
    """A code besides the password; then another browser is signed out."""
    for name, (width, height), colors, language in WAYS:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colors, locale=language,
                                      storage_state=node.state)
        page = listening(context.new_page(), look, name)
        for address in PAGES:
            page.goto(f"{node.web}/{address}")
            look.at(page, f"{name}-{address.replace('/', '-')}")
        page.goto(node.web + "/settings/recovery-sheet")
        page.fill("#password", PASSWORD)
        page.click("main .btn-main")
        look.at(page, f"{name}-sheet")
        context.close()
    context = browser.new_context(storage_state=node.state)
    page = listening(context.new_page(), look, "two steps")
    page.goto(node.web + "/settings/two-step")
    secret = page.locator("code.secret").inner_text()
    used = time.time()
    page.fill("#code", code_of(secret, used))
    page.click("main .btn-main")
    page.wait_for_selector(".codes")
    look.at(page, "two-step-codes")
    printed = page.locator(".codes code").first.inner_text()
    other = browser.new_context(viewport={"width": 360, "height": 740})
    phone = other.new_page()
    phone.goto(node.web + "/sign-in")
    phone.fill("#name", "cora@example.org")
    phone.fill("#password", PASSWORD)
    phone.click("main .btn-main")
    look.at(phone, "second-step")
    phone.fill("#code", code_of(secret, used))
    phone.click("main .btn-main")
    look.shows(phone.locator("[role=alert]"), "two steps: a code works twice")
    phone.fill("#code", code_of(secret, used + 30))
    phone.click("main .btn-main")
    phone.wait_for_url(node.web + "/")
    third = browser.new_context().new_page()
    third.goto(node.web + "/sign-in")
    third.fill("#name", "cora@example.org")
    third.fill("#password", PASSWORD)
    third.click("main .btn-main")
    third.fill("#code", printed)
    third.click("main .btn-main")
    third.wait_for_url(node.web + "/")
    page.goto(node.web + "/settings/sign-ins")
    look.must(page.locator(".rows li").count() >= 3, "sign-ins: not all browsers are listed")
    look.at(page, "sign-ins")
    page.click("main form:not(li form) .btn")
    phone.goto(node.web + "/settings")
    look.must(phone.url.endswith("/sign-in"), "sign-ins: a browser that was signed out is still in")
    page.goto(node.web + "/settings")
    look.must(page.url.endswith("/settings"), "sign-ins: this browser was signed out as well")
    page.goto(node.web + "/practices")
    page.click(".me")
    # Signing out clears what the browser kept, which gives the page a process of its own: only then is there a way back.
    with page.expect_navigation():
        page.click("main form[action='/sign-out'] button")
    page.go_back()
    page.wait_for_load_state()
    look.must("cora@example.org" not in page.content(), "the back button shows a page of who signed out")
