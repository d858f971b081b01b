// The stream of events, and what a page does about them. `show` and `hide` are the overlay's.

const self = document.currentScript;
const KEY = Symbol.for("cygnet.live");
// A frame of a page that listens: that page reloads, and swaps style sheets in its frames too.
const isLedByParent = () => {
  try {
    return window !== window.top && Boolean(window.top[KEY]);
  } catch {
    return false; // a page of another origin holds the frame
  }
};
if (!self || window[KEY] || isLedByParent()) return;
window[KEY] = true;

/** The emulator's page of findings shows them itself: it only has to be reloaded when they change. */
const showsFindings = "showsFindings" in self.dataset;
const address = new URL("live", self.src);
const LONGEST_WAIT = 4000;

let stream = null;
let timer = 0;
let wait = 500;
let emulator;
let isLeaving = false;
/** When this page was as the disk, on the clock of `performance.now()`. */
let fresh = (() => {
  const [entry] = performance.getEntriesByType("navigation");
  return entry ? entry.requestStart || entry.fetchStart : 0;
})();

// A hidden page does not listen: browsers allow six connections to a host, so that some forgotten tabs would starve
// the rest. It catches up when it is seen again, by the ages in `hello`.
function connect() {
  clearTimeout(timer);
  if (stream || isLeaving || document.visibilityState === "hidden") return;
  stream = new EventSource(address);
  stream.addEventListener("hello", on(greet));
  stream.addEventListener("content", on(({ paths }) => reload(paths)));
  stream.addEventListener("css", on(({ paths }) => swap(paths)));
  stream.addEventListener("problems", on(({ problems }) => (showsFindings ? reload([]) : tell(problems))));
  stream.addEventListener("error", () => {
    // The browser asks again by itself, unless something in between answered with an error of its own.
    if (stream?.readyState !== EventSource.CLOSED) return;
    disconnect();
    timer = setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
}

function disconnect() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
}

const on = (act) => (event) => act(JSON.parse(event.data));

function greet({ id, changed, configChanged, problems }) {
  wait = 500;
  const isNewEmulator = emulator !== undefined && emulator !== id;
  emulator = id;
  const age = performance.now() - fresh;
  const isOlder = (since) => since !== null && since < age;
  if (isNewEmulator || isOlder(changed)) return reload(null);
  if (showsFindings) {
    if (problems.length === 0 || isOlder(configChanged)) reload([]);
    return;
  }
  fresh = performance.now();
  tell(problems);
}

function tell(problems) {
  if (problems.length > 0) show(problems);
  else hide();
}

/** Reloads the page; `paths` are the files that changed, `null` if they are not known. */
async function reload(paths) {
  if (isLeaving) return;
  isLeaving = true;
  disconnect();
  if (isLoop()) {
    console.warn("[cygnet] this page reloads again and again; does it, or the API, write into the served folder?", paths);
    await new Promise((wake) => setTimeout(wake, 5000));
  }
  await refresh(paths);
  location.reload();
}

/** Ten reloads in ten seconds are no edits of a person. */
function isLoop() {
  try {
    const now = Date.now();
    const recent = JSON.parse(sessionStorage.getItem("cygnet.reloads") || "[]").filter((at) => now - at < 10_000);
    sessionStorage.setItem("cygnet.reloads", JSON.stringify([...recent, now]));
    return recent.length >= 10;
  } catch {
    return false; // no storage in this page
  }
}

/**
 * A reload asks anew for the page alone; scripts, pictures and fonts come out of the browser's cache for as long as the
 * app's `Cache-Control` says. So the cache is brought up to date first, which costs a 304 for each file.
 */
async function refresh(paths) {
  if (paths && paths.every((path) => /\.html?$/i.test(path))) return;
  const changed = new Set(paths ?? []);
  const parts = new Set(["script", "link", "css", "img", "image", "input", "other"]);
  const urls = new Set();
  for (const { name, initiatorType } of performance.getEntriesByType("resource")) {
    const url = new URL(name);
    if (url.origin !== location.origin || url.pathname.startsWith("/.cygnet/")) continue;
    if (parts.has(initiatorType) || changed.has(decoded(url.pathname))) urls.add(name);
  }
  const all = [...urls].map((url) => fetch(url, { cache: "no-cache" }).then((answer) => answer.arrayBuffer()));
  await Promise.race([Promise.allSettled(all), new Promise((wake) => setTimeout(wake, 3000))]);
}

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The link that a new one is to replace. */
const before = new WeakMap();
const replaced = new WeakSet();

/** Loads the linked style sheets anew; a sheet that is imported, or not linked here, takes a reload. */
function swap(paths) {
  const missing = new Set(paths);
  const links = [];
  for (const page of pages(window)) {
    for (const link of page.querySelectorAll("link[rel~=stylesheet i][href]")) {
      const url = new URL(link.href);
      const path = decoded(url.pathname);
      if (url.origin !== location.origin || !paths.includes(path)) continue;
      missing.delete(path);
      if (!replaced.has(link)) links.push([link, url]);
    }
  }
  if (missing.size > 0) return reload(paths);
  fresh = performance.now();
  for (const [link, url] of links) {
    replaced.add(link);
    const next = link.cloneNode();
    before.set(next, link);
    url.searchParams.delete("cygnet-live");
    // The address without the addition is what the next visit asks for: its cache must not keep the old sheet.
    fetch(url, { cache: "no-cache" }).catch(() => {});
    url.searchParams.set("cygnet-live", Date.now().toString(36));
    next.href = url;
    next.addEventListener("load", () => {
      for (let old = link; old; old = before.get(old)) old.remove();
    });
    next.addEventListener("error", () => reload(paths));
    link.after(next);
  }
}

/** The documents of this window and of its frames, as far as they are of this origin. */
function* pages(view) {
  yield view.document;
  for (let n = 0; n < view.length; n += 1) {
    let isOurs = false;
    try {
      isOurs = Boolean(view[n].document);
    } catch {
      // of another origin
    }
    if (isOurs) yield* pages(view[n]);
  }
}

document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? disconnect() : connect()));
// A page with an open stream could not be kept for the back button.
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);
connect();
