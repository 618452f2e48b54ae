"""An eye that looks at pages as people need them, and remembers what is wrong."""

import pathlib
import re
import subprocess

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError

# Boxes with words or controls in them that lie on top of each other, neither being within the other.
OVERLAPS = """() => {
    // What is there for screen readers alone lies under a box of one pixel.
    const forEars = el => { for (let e = el; e; e = e.parentElement) if (getComputedStyle(e).clipPath.startsWith('inset(50%')) return true; return false; };
    const shown = el => el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !el.closest('.sr, .skip, .tabs') && !forEars(el);
    const words = el => [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const boxes = [...document.querySelectorAll('body *')]
        .filter(el => (words(el) || el.matches('input, select, textarea, img')) && shown(el))
        .map(el => [el, el.getBoundingClientRect()]).filter(([, r]) => r.width > 4 && r.height > 4);
    const name = el => el.tagName.toLowerCase() + (el.className ? '.' + String(el.className).split(' ')[0] : '')
        + ' ' + (el.textContent || el.name || '').trim().slice(0, 24);
    const found = [];
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
        const [[a, r], [b, s]] = [boxes[i], boxes[j]];
        if (a.contains(b) || b.contains(a)) continue;
        const w = Math.min(r.right, s.right) - Math.max(r.left, s.left), h = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
        if (w > 4 && h > 4) found.push(name(a) + ' / ' + name(b));
    }
    return found;
}"""

# Whatever takes the focus is written down, and whether one can see that it has it.
WATCH_FOCUS = """() => {
    window.seen = new Set();
    window.unseen = [];
    const name = el => el.tagName.toLowerCase() + ' ' + (el.name || el.href || el.textContent || '').trim().slice(0, 60);
    addEventListener('focusin', event => {
        const el = event.target, rect = el.getBoundingClientRect(), style = getComputedStyle(el);
        seen.add(el);
        const drawn = style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        const ring = drawn(style) || drawn(getComputedStyle(el, '::after')) || !!el.closest('.card') && drawn(getComputedStyle(el.closest('.card')));
        const inside = rect.bottom > 0 && rect.top < innerHeight && rect.right > 0 && rect.left < innerWidth;
        if (!ring || !inside) unseen.push((ring ? 'out of sight: ' : 'no ring: ') + name(el));
    });
    const may = el => el.tabIndex >= 0 && !el.disabled && el.checkVisibility({ visibilityProperty: true })
        && !(el.type === 'hidden') && !(el.type === 'radio' && el !== first(el));
    const first = el => {
        const group = [...document.querySelectorAll('input[type=radio]')].filter(other => other.name === el.name && other.form === el.form);
        return group.find(other => other.checked) || group[0];
    };
    window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(may);
    window.missed = () => stops.filter(el => !seen.has(el)).map(name);
    return stops.length;
}"""

MOVES = """() => [...document.querySelectorAll('*')].filter(el => {
    const style = getComputedStyle(el);
    return [style.transitionDuration, style.animationDuration].some(all => all.split(',').some(one => parseFloat(one) > 0.01));
}).map(el => el.tagName + '.' + el.className)"""

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Look:
    """Looks at pages and remembers what is wrong with them."""

    def __init__(self, album, written):
        self.album, self.written, self.wrong, self.pages = album, pathlib.Path(written), [], 0

    def at(self, page, name, axe=True):
        """What a page must be for everybody, whatever is on it."""
        self.pages += 1
        if axe:
            for violation in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
                self.wrong.append(f"{name}: {violation['id']}: {violation['nodes'][0]['target']}")
        wide = page.evaluate(WIDE)
        if wide > 0:
            self.wrong.append(f"{name}: {wide} pixels stick out to the side")
        self.write_down(name, page.content())
        if self.album:
            page.screenshot(path=self.album / f"{name}.png", full_page=True)

    def write_down(self, name, html):
        """Keeps the page for the checker that reads them all at the end."""
        # An address bar cannot hold what a file's name can, nor the other way round.
        (self.written / (re.sub(r"[^A-Za-z0-9-]", "-", name) + ".html")).write_text(html, encoding="utf-8")

    def must(self, holds, what):
        if not holds:
            self.wrong.append(what)

    def shows(self, what, otherwise):
        """A page may still be coming when it is looked at."""
        try:
            what.wait_for(timeout=10_000)
        except TimeoutError:
            self.wrong.append(otherwise)

    def overlaps(self, page, name, but=()):
        for pair in set(page.evaluate(OVERLAPS)) - set(but):
            self.wrong.append(f"{name}: on top of each other: {pair}")

    def rests(self, page, name):
        """Whoever asked for no motion gets none."""
        for what in page.evaluate(MOVES)[:3]:
            self.wrong.append(f"{name}: moves although the reader asked for no motion: {what}")

    def by_keyboard(self, page, name):
        """Tab comes to every control, one sees where it is, and it leads on."""
        stops = page.evaluate(WATCH_FOCUS)
        # A field for a date is several stops.
        for pressed in range(4 * stops + 3):
            page.keyboard.press("Tab")
            if pressed >= stops - 1 and pressed % 8 == 0 and not page.evaluate("missed().length"):
                break
        for what in page.evaluate("missed()")[:3]:
            self.wrong.append(f"{name}: Tab does not come to {what}")
        for what in page.evaluate("unseen")[:3]:
            self.wrong.append(f"{name}: where the keyboard is cannot be seen: {what}")

    def check_html(self, vnu):
        """Reads all pages that were written down with the Nu Html Checker."""
        command = ["java", "-jar", str(vnu), "--errors-only", "--format", "gnu", "--skip-non-html", str(self.written)]
        said = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        # One mistake in a template is in hundreds of pages.
        kinds = {}
        for line in said.stderr.splitlines():
            place, _, what = line.partition(": ")
            kinds.setdefault(what, []).append(pathlib.Path(place.strip('"')).name)
        self.wrong += [f"vnu: {what} ({len(places)} times, first in {places[0]})" for what, places in kinds.items()]
        if said.returncode and not kinds:
            self.wrong.append(f"vnu stopped with {said.returncode}")
        return len(list(self.written.glob("*.html")))


def listening(page, look, name):
    """Whatever the browser complains of is a fault: a blocked script, a file that is not there."""
    page.add_init_script("addEventListener('securitypolicyviolation', said => "
                         "console.error(`the policy forbids ${said.effectiveDirective}: ${said.blockedURI}`))")
    page.on("console", lambda said: look.wrong.append(f"{name}: console: {said.text} ({page.url})") if said.type == "error" else None)
    page.on("pageerror", lambda error: look.wrong.append(f"{name}: script: {error} ({page.url})"))
    return page
