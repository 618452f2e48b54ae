/* Reading without a connection: the network first, then the last copy we saw. */
const PAGES = "pages-2", FILES = "files-2";
/* A phone has room for what somebody read on a busy day, and for all pictures twice. */
const PAGES_MOST = 60, FILES_MOST = 400;
/* Keeps a copy as the newest, and lets the oldest go. */
async function keep(c, request, copy, most) {
  await c.delete(request);
  await c.put(request, copy);
  const all = await c.keys();
  for (const old of all.slice(0, Math.max(0, all.length - most))) await c.delete(old);
}
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (e) => e.waitUntil((async () => {
  for (const k of await caches.keys()) if (k !== PAGES && k !== FILES) await caches.delete(k);
  await self.clients.claim();
})()));
/* A saved copy says that it is one: a browser does not always know that nobody answers. */
async function away(kept) {
  const headers = new Headers(kept.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  return new Response((await kept.text()).replace(" data-offline=", " data-away data-offline="), { status: kept.status, headers });
}
self.addEventListener("fetch", (e) => {
  const u = new URL(e.request.url);
  if (e.request.method !== "GET" || u.origin !== location.origin) return;
  if (u.pathname.startsWith("/assets/") || u.pathname.startsWith("/quilt/")) {
    e.respondWith((async () => {
      const c = await caches.open(FILES);
      const hit = await c.match(e.request);
      /* A file whose address changes with it is always right; any other is asked for as long as somebody answers. */
      if (hit && (hit.headers.get("cache-control") || "").includes("immutable")) return hit;
      try {
        const r = await fetch(e.request);
        if (r.ok) e.waitUntil(keep(c, e.request, r.clone(), FILES_MOST));
        return r;
      } catch (offline) {
        if (hit) return hit;
        throw offline;
      }
    })());
  } else if (e.request.mode === "navigate") {
    e.respondWith((async () => {
      const c = await caches.open(PAGES);
      try {
        const r = await fetch(e.request);
        /* What is for who is signed in, or what somebody looked for, stays in no shared browser. */
        if ((r.headers.get("cache-control") || "").includes("no-store")) await c.delete(e.request);
        else if (r.ok) e.waitUntil(keep(c, e.request, r.clone(), PAGES_MOST));
        return r;
      } catch {
        const kept = await c.match(e.request);
        return (kept && await away(kept)) ||
          new Response("<!doctype html><html lang=en><title>No connection</title><link rel=stylesheet href=/assets/css/commonweal.css><main class=wrap><h1>No connection</h1><p class=lead>This page has not been opened on this device before, so there is no saved copy.</p></main>", { status: 503, headers: { "content-type": "text/html; charset=utf-8" } });
      }
    })());
  }
});
