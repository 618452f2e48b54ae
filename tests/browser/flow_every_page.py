"""Every page, for a stranger and for somebody inside, in each way of reading."""

from node import listening

# Each way of reading: name, size of the window, colors, language.
WAYS = [
    ("desktop", (1280, 900), "light", "en-US"),
    ("phone-dark", (360, 740), "dark", "en-US"),
    ("narrow-french", (320, 640), "light", "fr-FR"),
]
ROOMS = ["", "practices", "calendar", "lessons", "trainings", "directory", "collaboratives", "library", "announcements", "search"]


def run(browser, node, look):
    for name, (width, height), colors, language in WAYS:
        for who, cookies in (("anybody", None), ("inside", node.state)):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colors,
                                          locale=language, storage_state=cookies)
            page = listening(context.new_page(), look, f"{name} {who}")
            for room in ROOMS:
                page.goto(f"{node.web}/{room}")
                look.at(page, f"{name}-{who}-{room or 'home'}")
            page.goto(node.web + "/practices")
            page.click(".card h3 a")
            look.at(page, f"{name}-{who}-practice")
            record = page.url
            deeds = ["edit", "share", "delete"] if cookies else []
            for deed in deeds:
                page.goto(f"{record}/{deed}")
                look.at(page, f"{name}-{who}-{deed}")
            if cookies:
                for address in ["practices/new", "calendar/new", "network", "settings"]:
                    page.goto(f"{node.web}/{address}")
                    look.at(page, f"{name}-{who}-{address.replace('/', '-').replace('?', '-')}")
            context.close()
