"""A node of the real program with a few records in it, and an eye that remembers what is wrong with its pages."""

import json
import subprocess

from axe_playwright_python.sync_playwright import Axe

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

    def __init__(self, program, folder, name="Riverside Families", network=True):
        self.program = program
        self.base = [program, "--home", str(folder / "home")]
        self.ask("init", "--name", name)
        command = [*self.base, "--json", "up", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--web", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.web, self.code = ready["web"], ready["set_up"]
        if not network:
            return
        self.ask("network", "found", "--name", "Valley Network")
        for kind, audience, fields in RECORDS:
            sets = [word for field in fields for word in ("--set", field)]
            self.ask("record", "create", kind, *sets, "--audience", audience)

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


class Look:
    """Looks at pages and remembers what is wrong with them."""

    def __init__(self, album):
        self.album, self.wrong, self.pages = album, [], 0

    def at(self, page, name):
        self.pages += 1
        for violation in Axe().run(page).response["violations"]:
            self.wrong.append(f"{name}: {violation['id']}: {violation['nodes'][0]['target']}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.wrong.append(f"{name}: {wide} pixels stick out to the side")
        if self.album:
            page.screenshot(path=self.album / f"{name}.png", full_page=True)

    def must(self, holds, what):
        if not holds:
            self.wrong.append(what)


def listening(page, look, name):
    """Whatever the browser complains of is a fault: a blocked script, a file that is not there."""
    page.on("console", lambda said: look.wrong.append(f"{name}: console: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: look.wrong.append(f"{name}: script: {error}"))
    return page
