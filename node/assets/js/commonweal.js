/* Everything here is an extra: each page works without it.
   No library, no eval, no inline handlers: holds under the strict CSP. */
(() => {
  "use strict";
  const doc = document;
  doc.documentElement.classList.add("js");
  const same = (s) => s;
  const tt = window.trustedTypes
    ? window.trustedTypes.createPolicy("commonweal", { createHTML: same, createScriptURL: same })
    : { createHTML: same, createScriptURL: same };
  const say = (text) => { const el = doc.getElementById("say"); if (el) el.textContent = text; };

  /* Fetch a page of our own and put one part of it in place of ours. */
  async function swap(url, selector, signal) {
    const res = await fetch(url, { signal, headers: { "x-part": selector } });
    if (!res.ok) throw new Error(String(res.status));
    const next = new DOMParser().parseFromString(tt.createHTML(await res.text()), "text/html");
    const from = next.querySelector(selector), to = doc.querySelector(selector);
    if (from && to) to.replaceWith(doc.adoptNode(from));
    return next;
  }

  /* Search as you type: <form data-live="#results">. */
  for (const form of doc.querySelectorAll("form[data-live]")) {
    let timer, stop;
    const go = async () => {
      clearTimeout(timer);
      if (stop) stop.abort();
      stop = new AbortController();
      const data = new FormData(form);
      for (const [k, v] of [...data]) if (v === "") data.delete(k);
      const query = new URLSearchParams(data).toString();
      const url = form.getAttribute("action") + (query ? "?" + query : "");
      try {
        const next = await swap(url, form.dataset.live, stop.signal);
        history.replaceState(null, "", url);
        const fresh = next.querySelectorAll(".tick .n");
        form.querySelectorAll(".tick .n").forEach((el, i) => { if (fresh[i]) el.textContent = fresh[i].textContent; });
        say(doc.querySelector("#found")?.textContent || "");
      } catch (e) {
        if (e.name !== "AbortError") form.submit();
      }
    };
    form.addEventListener("input", (e) => { clearTimeout(timer); timer = setTimeout(go, e.target.type === "checkbox" ? 0 : 220); });
    form.addEventListener("submit", (e) => { e.preventDefault(); go(); });
  }

  /* Titles, offered by the browser itself under a search field. */
  for (const field of doc.querySelectorAll("input[type=search][name=q]")) {
    const offered = doc.createElement("datalist");
    offered.id = "titles";
    field.after(offered);
    field.setAttribute("list", "titles");
    let timer;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        try {
          const res = await fetch("/search/suggest?q=" + encodeURIComponent(field.value));
          const { titles } = await res.json();
          offered.replaceChildren(...titles.map(({ title }) => { const o = doc.createElement("option"); o.value = title; return o; }));
        } catch { offered.replaceChildren(); }
      }, 160);
    });
  }

  doc.addEventListener("click", async (e) => {
    const b = e.target.closest("[data-print],[data-copy]");
    if (!b) return;
    if (b.hasAttribute("data-print")) print();
    else {
      const text = new URL(b.dataset.copy, location.href).href;
      try { await navigator.clipboard.writeText(text); say(b.dataset.done); b.lastChild.textContent = b.dataset.done; }
      catch { location.hash = ""; }
    }
  });

  /* What neighbors share meanwhile: a note that takes neither focus nor place. Nobody listens while the tab is hidden. */
  const note = doc.getElementById("note");
  if (note) {
    const make = (tag, text, more) => Object.assign(doc.createElement(tag), { textContent: text }, more);
    const hush = () => note.replaceChildren();
    const tell = (text, href) => {
      const close = make("button", "×", { type: "button", ariaLabel: note.dataset.close, onclick: hush });
      note.replaceChildren(make("span", text), ...(href ? [make("a", note.dataset.show, { href })] : []), close);
    };
    let source;
    const listen = () => {
      if (source) source.close();
      source = null;
      if (doc.hidden || !("live" in note.dataset)) return;
      source = new EventSource("/live");
      source.addEventListener("note", (e) => { const news = JSON.parse(e.data); tell(news.text, news.href); });
      source.addEventListener("sync", (e) => { const to = doc.querySelector(".sync span"); if (to) to.textContent = e.data; });
    };
    const connected = () => { if (navigator.onLine) hush(); else tell(note.dataset.offline); };
    doc.addEventListener("visibilitychange", listen);
    addEventListener("pagehide", () => { if (source) source.close(); });
    addEventListener("pageshow", listen);
    addEventListener("offline", connected);
    addEventListener("online", connected);
    if ("away" in note.dataset || !navigator.onLine) tell(note.dataset.offline);
  }

  /* Where an address leads to a place in its page, browsers leave out autofocus: a new item is where one goes on typing. */
  const first = location.hash && doc.querySelector("[autofocus]");
  if (first) addEventListener("load", () => setTimeout(() => first.focus(), 50));

  /* Drafts, kept quietly while somebody types: <form data-draft="/practices/new?kind=practice">. */
  for (const form of doc.querySelectorAll("form[data-draft]")) {
    const note = form.querySelector("[data-kept]");
    let timer, before = "", busy = false;
    const typed = () => { const data = new URLSearchParams(new FormData(form)); data.delete("_draft"); return data.toString(); };
    const keep = async () => {
      const now = typed();
      if (busy || now === before) return;
      busy = true;
      const body = new URLSearchParams(new FormData(form));
      body.append("_at", form.dataset.draft);
      try {
        const res = await fetch("/drafts", { method: "POST", body });
        const id = res.headers.get("x-draft");
        if (id) { before = now; form.elements._draft.value = id; }
        if (id || res.status === 409) note.textContent = await res.text();
      } catch { /* Without a connection it is tried with the next letter. */ }
      busy = false;
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 2000); });
    form.addEventListener("submit", () => { clearTimeout(timer); busy = true; });
    addEventListener("pageshow", () => { before = typed(); busy = false; });
  }

  if ("serviceWorker" in navigator) navigator.serviceWorker.register(tt.createScriptURL("/sw.js"));
})();
