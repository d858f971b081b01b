// The list of requests, live, beside one of them.

import { post } from "./api.js";
import { detailView } from "./detail.js";
import { announce, button, empty, failure, fill, make } from "./dom.js";
import { EMPTY, address, fromParameters, matcher } from "./filter.js";
import { filterBar } from "./filter_bar.js";
import { count } from "./format.js";
import { newcomers } from "./newcomers.js";
import { COLUMNS, cells } from "./request_row.js";
import { requests, state, watch } from "./store.js";
import { virtualList } from "./virtual_list.js";

/** So that a held key does not ask for each request that it passes. */
const FOLLOWED_AFTER = 90;

const ARCHIVE = "/.cygnet/api/requests.har";

export function requestsView() {
  let filter = EMPTY;
  let open = null;
  let detail = null;
  /** What is shown while the list is paused. */
  let frozen = null;
  let frame = 0;
  let following = 0;

  const list = virtualList({ label: "Requests", columns: COLUMNS, cells, open: ({ id }) => go(id), moved: ({ id }) => open !== null && follow(id) });
  const bar = filterBar(change);
  const news = newcomers();
  const pause = make("button", { type: "button", class: "quiet small", "aria-pressed": "false", click: togglePause }, "Pause");
  const har = make("a", { class: "button quiet small", href: ARCHIVE, download: "cygnet.har" }, "HAR");
  const toolbar = make("div", { class: "toolbar", role: "search", "aria-label": "Requests" }, bar.fields, make("div", { class: "group end" }, pause, button("Clear", clear, "quiet small"), har));
  const tally = make("p", { class: "help tally" });
  const trouble = make("div", { class: "trouble" });
  const nothing = make("div", { class: "nothing" });
  const beside = make("div", { class: "detail-place" });
  const element = make("div", { class: "requests" }, make("h1", { class: "unseen" }, "Requests"), make("div", { class: "list-place" }, toolbar, trouble, tally, make("div", { class: "list-frame" }, list.element, nothing)), beside);

  const go = (id) => {
    location.hash = address(filter, id);
  };
  const close = () => {
    location.hash = address(filter);
  };

  function follow(id) {
    clearTimeout(following);
    following = setTimeout(() => {
      history.replaceState(null, "", address(filter, id));
      show(id);
    }, FOLLOWED_AFTER);
  }

  function change(part) {
    filter = { ...filter, ...part };
    history.replaceState(null, "", address(filter, open));
    schedule();
  }

  function search(text) {
    bar.search.value = text;
    change({ q: text });
  }

  function togglePause() {
    frozen = frozen === null ? [...requests()] : null;
    pause.setAttribute("aria-pressed", frozen !== null);
    schedule();
  }

  async function clear() {
    fill(trouble);
    try {
      await post("requests/clear");
      if (open !== null) close();
      if (frozen !== null) togglePause();
      announce("The list is empty");
    } catch (error) {
      fill(trouble, failure(error));
    }
  }

  function schedule() {
    frame ||= requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    const all = frozen ?? requests();
    const shown = all.filter(matcher(filter)).reverse();
    const waiting = frozen === null ? 0 : requests().length - frozen.length;
    bar.show(filter, all);
    // As the list, so the archive.
    har.href = shown.length === all.length && frozen === null ? ARCHIVE : `${ARCHIVE}?ids=${shown.map(({ id }) => id).join(",") || 0}`;
    list.show(shown);
    list.element.classList.toggle("bare", shown.length === 0);
    fill(tally, shown.length === all.length ? count(all.length, "request") : `${shown.length.toLocaleString()} of ${count(all.length, "request")}`, frozen && ` · paused${waiting > 0 ? `, ${waiting} more came` : ""}`);
    fill(nothing, shown.length === 0 && whyNone(all.length));
    nothing.hidden = shown.length > 0;
  }

  function whyNone(total) {
    const { error, isLoaded } = state();
    if (error) return failure(error);
    if (!isLoaded) return make("p", { class: "help" }, "Loading…");
    if (total > 0) return [empty("No request fits the filter."), button("Show all", () => (search(""), change(EMPTY)), "quiet small")];
    const app = make("a", { href: `${location.origin}/`, target: "_blank" }, `${location.origin}/`);
    return empty("No requests yet.", "Open ", app, ": each request to the app appears here at once, with why it is answered as it is.");
  }

  function show(id) {
    const had = open !== null;
    detail?.close();
    open = id;
    detail = id === null ? null : detailView(id, { close, go });
    fill(beside, detail?.element);
    element.classList.toggle("has-detail", id !== null);
    if (id === null) return had && list.element.focus({ preventScroll: true });
    list.activate(id);
    // The list gets narrower, and rows may get another height, before the row can be put in sight.
    requestAnimationFrame(() => list.reveal(id));
    if (!list.element.checkVisibility()) detail.element.focus();
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isInSearch = event.target === bar.search;
    if (event.key === "/" && !event.target.matches("input, textarea, select")) {
      event.preventDefault();
      bar.search.focus();
      bar.search.select();
    } else if (event.key === "ArrowDown" && isInSearch) {
      event.preventDefault();
      list.element.focus();
    } else if (event.key === "Escape" && isInSearch) {
      if (bar.search.value === "") list.element.focus();
      else search("");
    } else if (event.key === "Escape" && open !== null) {
      close();
    }
  }

  document.addEventListener("keydown", keys);
  const unwatch = watch((added) => {
    schedule();
    if (frozen === null) news.say(added.filter(matcher(filter)));
  });
  return {
    title: "Requests",
    element,
    update(parameters, id) {
      filter = fromParameters(parameters);
      const next = id ? Number(id) : null;
      if (next !== open) show(next);
      schedule();
    },
    close() {
      document.removeEventListener("keydown", keys);
      clearTimeout(following);
      cancelAnimationFrame(frame);
      for (const part of [news, list, detail]) part?.close();
      unwatch();
    },
  };
}
