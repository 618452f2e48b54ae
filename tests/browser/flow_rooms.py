"""The rooms with something in them: calendar, map, profile and a record that others use; how heavy a first visit is."""

import datetime
import urllib.request

from node import listening

THIS_MONTH = datetime.date.today().replace(day=1)
SESSION = [f"start={THIS_MONTH}T18:00", f"end={THIS_MONTH}T20:00", "zone=America/New_York"]
RECORDS = [
    ("collaborative", ["name=Riverside Families", "summary=Parents, schools and helpers in six small towns.",
                       "service_area=Alder Mills, Maple Crossing", "form=coalition", "can_teach=shared meals",
                       "wants_to_learn=working with agencies", "vision=Every family has someone to call.",
                       "components.local_leadership.narrative=Parents set the agenda.",
                       "components.local_leadership.rating=b", "components.shared_initiatives.rating=a",
                       "meeting.recurrence=FREQ=MONTHLY;BYDAY=1TH", "meeting.time=17:30",
                       "meeting.zone=America/New_York", "meeting.place=Grange hall", "website=https://example.org/"]),
    ("session", ["title=Hard talks, kindly", "summary=With supper.", *SESSION, "recurrence=FREQ=WEEKLY;COUNT=4",
                 "place=Grange hall", "seats=18", "mode=in_person", "topics=listening"]),
    ("session", ["title=Reading local data", "summary=Online.", *SESSION, "status=cancelled", "mode=online",
                 "link=https://example.org/room"]),
    ("location", ["name=Grange hall", "location_type=physical", "latitude=44.9", "longitude=-69.8",
                  "schedules[1].description=Tuesdays 3 to 6", "phones[1].number=207-555-0120",
                  "places[1].state=ME", "places[1].county=Somerset", "confirmed.at=2026-01-05", "alert=Use the back door."]),
    ("location", ["name=Harbor room", "location_type=physical", "places[1].state=ME", "places[1].county=Knox",
                  "places[1].town=Rockport", "phones[1].number=207-555-0133"]),
]
PRACTICES = 22


def run(browser, node, look):
    for kind, fields in RECORDS:
        node.ask("record", "create", kind, *[word for field in fields for word in ("--set", field)], "--audience", "public")
    for number in range(PRACTICES):
        node.ask("record", "create", "practice", "--set", f"title=Shared table number {number}", "--set",
                 "summary=Neighbors cook and eat together, and whoever needs more takes some home.",
                 "--set", "topics=food", "--set", "maturity=trying", "--audience", "public")
    weigh(browser, node, look)
    for name, size, colors, language in [("desktop", (1280, 900), "light", "en-US"), ("phone-dark", (360, 740), "dark", "en-US"),
                                         ("narrow-french", (320, 640), "light", "fr-FR")]:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=colors, locale=language,
                                      storage_state=node.state)
        page = listening(context.new_page(), look, f"rooms {name}")
        for room in ["", "calendar", "directory"]:
            page.goto(f"{node.web}/{room}")
            look.at(page, f"{name}-rooms-{room or 'home'}")
        page.goto(f"{node.web}/collaboratives")
        page.click(".card h3 a")
        look.at(page, f"{name}-rooms-profile")
        page.goto(f"{node.web}/calendar")
        page.click(".agenda h3 a")
        look.at(page, f"{name}-rooms-session")
        context.close()
    pin(browser, node, look)


def pin(browser, node, look):
    """A pin on the map leads to the same number in the list, by keyboard too."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{node.web}/directory")
    first = page.locator(".pinlink").first
    number = first.get_attribute("href")
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{number}")
    look.shows(page.locator(number), "a pin's number is not in the list")


def weigh(browser, node, look):
    """The list of practices compressed, and all that a first visit brings."""
    asked = urllib.request.Request(f"{node.web}/practices", headers={"accept-encoding": "gzip"})
    with urllib.request.urlopen(asked) as answer:
        look.must(answer.headers["content-encoding"] == "gzip", "pages are not compressed")
        page_bytes = len(answer.read())
    page = browser.new_context().new_page()
    brought = []
    page.on("requestfinished", lambda request: brought.append(request.sizes()["responseBodySize"]))
    page.goto(f"{node.web}/practices")
    page.wait_for_load_state("networkidle")
    print(f"practices page {page_bytes} bytes compressed (at most 8192), first visit {sum(brought)} bytes (at most 153600)")
    look.must(page_bytes <= 8192, f"the practices page has {page_bytes} bytes")
    look.must(sum(brought) <= 153_600, f"a first visit brings {sum(brought)} bytes")
