"""A node of the real program with a few records in it."""

import json
import re
import subprocess
import urllib.request

from eye import Look, listening  # noqa: F401 (flows take both from here)

PASSWORD = "walking to school together"
RECORDS = [
    ("practice", "public", ["title=Winter coat swap", "summary=Bring one, take one.", "steps=Ask the churches\nHang them up",
                            "cost=none", "topics=clothing, winter", "components=physical_space"]),
    ("practice", "network", ["title=Listening walk", "summary=We walk and ask.", "cost=under_1000", "topics=listening"]),
    ("lesson", "public", ["title=Coats need a dry room", "summary=What we would do again.", "about=coat-swap",
                          "what_happened=Some were damp."]),
    ("training", "public", ["title=Hard conversations, kindly", "summary=Six evenings."]),
    ("announcement", "public", ["title=New table on Thursdays", "summary=All are welcome.", "body=Come and eat."]),
    ("library_item", "public", ["title=A short guide", "summary=Twelve pages.", "url=https://example.org/guide"]),
    ("organization", "public", ["name=Riverside Pantry", "description=Food on Fridays."]),
]


class Node:
    """One node of the real program, in a folder of its own."""

    def __init__(self, program, folder, name="Riverside Families", network=True, records=None):
        self.program, self.state = program, None
        self.base = [program, "--home", str(folder / "home")]
        self.ask("init", "--name", name)
        command = [*self.base, "--json", "up", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--web", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.web, self.code = ready["web"], ready["set_up"]
        if not network:
            return
        self.ask("network", "found", "--name", "Valley Network")
        for kind, audience, fields in records or RECORDS:
            sets = [word for field in fields for word in ("--set", field)]
            self.ask("record", "create", kind, *sets, "--audience", audience)

    def first(self, room):
        """The address of the first record of a room, for anybody."""
        with urllib.request.urlopen(self.web + room) as page:
            return re.search(rf'href="({room}/[a-z0-9]{{20,}})"', page.read().decode()).group(1)

    def ask(self, *words):
        subprocess.run([*self.base, *words], check=True, stdout=subprocess.DEVNULL)

    def ticket(self):
        said = subprocess.run([*self.base, "--json", "network", "invite"], check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(said.stdout)["ticket"]

    def first_visit(self, browser, name="bob@example.org"):
        """Somebody makes the first visit; what a browser then knows."""
        context = browser.new_context()
        context.request.post(self.web + "/set-up", form={"code": self.code})
        context.request.post(self.web + "/set-up/account", form={"email": name, "password": PASSWORD})
        state = context.storage_state()
        context.close()
        return state

    def stop(self):
        self.process.terminate()
        self.process.wait()
