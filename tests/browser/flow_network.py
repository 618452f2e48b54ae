"""The network's rooms: two nodes become one network by an invitation and four pictures, and each room is looked at."""

import pathlib
import tempfile

from eye import listening
from node import Node

# Each way of reading: name, size of the window, colors, language.
WAYS = [("desktop", (1280, 900), "light", "en-US"), ("phone-dark", (360, 740), "dark", "en-US"),
        ("narrow-french", (320, 640), "light", "fr-FR")]
ROOMS = ["", "/members", "/invitations", "/proposals", "/sharing", "/neighbors", "/health"]


def each_way(browser, node, state, look, name, paths):
    """Every one of these pages, in each way of reading."""
    for way, (width, height), colors, language in WAYS:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colors,
                                      locale=language, storage_state=state)
        page = listening(context.new_page(), look, f"{name} {way}")
        for path in paths:
            page.goto(node.web + path)
            look.at(page, f"{way}-{name}{path.replace('/', '-')}")
        context.close()


def run(browser, node, look):
    with tempfile.TemporaryDirectory() as folder:
        guest = Node(node.program, pathlib.Path(folder), "Hillside Partners", network=False)
        try:
            visit(browser, node, guest, look)
        finally:
            guest.stop()


def visit(browser, node, guest, look):
    bob = guest.first_visit(browser)
    each_way(browser, guest, bob, look, "no-network", ["/network"])
    hosts = browser.new_context(storage_state=node.state, viewport={"width": 1280, "height": 900})
    host = listening(hosts.new_page(), look, "inviting")
    host.goto(node.web + "/network/invitations")
    host.get_by_role("button", name="Invite a new member").click()
    look.at(host, "ticket")
    host.set_viewport_size({"width": 320, "height": 640})
    look.at(host, "ticket-narrow")
    host.set_viewport_size({"width": 1280, "height": 900})
    link = host.locator("#ticket-link").input_value()

    guests = browser.new_context(storage_state=bob, viewport={"width": 360, "height": 740})
    page = listening(guests.new_page(), look, "joining")
    page.goto(guest.web + link[link.index("/network"):])
    look.at(page, "invited")
    page.get_by_role("button", name="Ask to come in").click()
    for _ in range(60):
        page.goto(guest.web + "/network")
        host.goto(node.web + "/network/invitations")
        if page.locator(".four").count() and host.locator(".four").count():
            break
        page.wait_for_timeout(500)
    look.at(page, "four-newcomer")
    look.at(host, "four-host")
    ours, theirs = page.locator(".four").inner_text(), host.locator(".four").inner_text()
    look.must(ours == theirs, f"the four are not the same: {ours} and {theirs}")
    host.get_by_role("button", name="Yes, the same four").click()
    host.wait_for_url("**/network/members")
    for _ in range(60):
        page.goto(guest.web + "/network/members")
        if page.get_by_text("Riverside Families").count():
            break
        page.wait_for_timeout(500)
    look.must(page.get_by_role("link", name="Riverside Families").count() > 0, "the newcomer does not come in")
    node.ask("network", "propose", "stewards", "Riverside Families,Hillside Partners", "--why", "So that two decide.")
    guest.ask("record", "create", "practice", "--set", "title=Lantern walk", "--set", "summary=We walk at dusk.",
              "--set", "topics=walking", "--audience", "network")
    each_way(browser, node, node.state, look, "network", [f"/network{room}" for room in ROOMS])
    node.ask("peers", "block", "Hillside Partners")
    host.goto(node.web + "/network/neighbors")
    look.at(host, "blocked")
    look.must(host.get_by_text("Blocked since").count() == 1, "a block is not shown")
    node.ask("peers", "unblock", "Hillside Partners")
    hosts.close()
    guests.close()
