"""What calendar programs do with a node; each deed fails when something is not as a person would expect.

    client.py program URL NAME PASSWORD          python-caldav: find, make, change, search, sync, delete
    client.py expand FROM TO < calendar.ics      recurring-ical-events: each time in a span, a line each
    client.py read < calendar.ics                icalendar: what it says of each event, in JSON

Needs Python 3 with the packages that `tests/clients/fetch` fetches.
"""

import datetime
import json
import sys

UTC = datetime.timezone.utc


def program(url, name, password):
    import caldav

    with caldav.DAVClient(url=url, username=name, password=password) as client:
        principal = client.principal()
        calendars = {calendar.url.path.rstrip("/").split("/")[-1]: calendar for calendar in principal.calendars()}
        assert set(calendars) == {"ours", "network"}, calendars
        ours = calendars["ours"]
        assert "VEVENT" in ours.get_supported_components()
        start = datetime.datetime(2027, 3, 2, 23, 0, tzinfo=UTC)
        hour = datetime.timedelta(hours=1)
        made = ours.save_event(uid="by-caldav", dtstart=start, dtend=start + hour, summary="Made by a program",
                               rrule={"FREQ": "WEEKLY", "COUNT": 4})
        found = ours.event_by_uid("by-caldav")
        assert found.url == made.url, (found.url, made.url)
        assert "Made by a program" in found.data

        known = ours.objects(load_objects=True)
        week = {"start": datetime.datetime(2027, 3, 8, tzinfo=UTC), "end": datetime.datetime(2027, 3, 15, tzinfo=UTC)}
        seen = ours.search(event=True, expand=False, **week)
        assert [event.icalendar_component["SUMMARY"] for event in seen] == ["Made by a program"], seen
        seen = ours.search(event=True, expand=True, **week)
        assert [event.icalendar_component.decoded("DTSTART") for event in seen] == [start + 7 * 24 * hour], seen
        seen = ours.search(event=True, server_expand=True, **week)
        assert [event.icalendar_component.decoded("DTSTART") for event in seen] == [start + 7 * 24 * hour], seen
        assert ours.search(event=True, start=start + 400 * 24 * hour, end=start + 401 * 24 * hour) == []
        assert len(ours.search(event=True, summary="by a prog")) == 1

        event = found.icalendar_component
        event["SUMMARY"] = "Changed by a program"
        found.save()
        assert "Changed by a program" in ours.event_by_uid("by-caldav").data
        changed, gone = known.sync()
        assert [one.url for one in changed] == [made.url] and not list(gone), (changed, gone)

        busy = ours.freebusy_request(week["start"], week["end"])
        assert "FREEBUSY" in busy.data, busy.data

        found.delete()
        changed, gone = known.sync()
        assert not list(changed) and [one.url for one in gone] == [made.url], (changed, gone)
        try:
            calendars["network"].save_event(uid="not-ours", dtstart=start, dtend=start + hour, summary="Nobody's")
            raise AssertionError("others' calendar was written to")
        except (caldav.error.AuthorizationError, caldav.error.PutError):
            pass
    print("all as it should be")


def expand(begin, end):
    import icalendar
    import recurring_ical_events

    calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
    span = [datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for text in (begin, end)]
    lines = []
    for event in recurring_ical_events.of(calendar).between(*span):
        at = [event.decoded(name).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for name in ("DTSTART", "DTEND")]
        lines.append(" ".join([event["UID"], *at]))
    print("\n".join(sorted(lines)))


def read():
    import icalendar

    calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
    assert not [fault for part in calendar.walk() for fault in part.errors], "every property is understood"
    events = [{name: str(event[name]) for name in ("UID", "SUMMARY", "STATUS", "SEQUENCE") if name in event}
              for event in calendar.walk("VEVENT")]
    print(json.dumps({"name": str(calendar.get("NAME", "")), "events": events}))


if __name__ == "__main__":
    {"program": program, "expand": expand, "read": read}[sys.argv[1]](*sys.argv[2:])
