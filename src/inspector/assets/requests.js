// The list of requests, live, beside one of them.

import { post } from "./api.js";
import { announce, button, empty, failure, fill, make, select, setOptions } from "./dom.js";
import { detailView } from "./detail.js";
import { EMPTY, address, fromParameters, matcher } from "./filter.js";
import { caller, count, duration, size, statusClass, timeOfDay } from "./format.js";
import { requests, state, watch } from "./store.js";
import { virtualList } from "./virtual_list.js";

const COLUMNS = ["Status", "Method", "Path", "Why", "Kind", "Caller", "Duration", "Size", "Time"];
const CLASSES = ["2", "3", "4", "5"];
const ANNOUNCED_EVERY = 4000;
/** So that a held key does not ask for each request that it passes. */
const FOLLOWED_AFTER = 90;

export function requestsView() {
  let filter = { ...EMPTY };
  let open = null;
  let detail = null;
  let frozen = null;
  let unsaid = [];
  let frame = 0;
  let quiet = 0;

  const list = virtualList({ label: "Requests", columns: COLUMNS, cells, open: ({ id }) => go(id), moved: ({ id }) => open !== null && follow(id) });
  const search = make("input", { type: "search", id: "filter", placeholder: "Filter: path, rule, caller …  ( / )", "aria-label": "Filter requests by text", autocomplete: "off", spellcheck: "false", input: () => change({ q: search.value }) });
  const classes = CLASSES.map((one) => make("button", { type: "button", class: "quiet small", "aria-pressed": "false", "data-class": one, click: () => toggle(one) }, `${one}xx`));
  const kinds = select("Kind", [["", "any"]], "", (kind) => change({ kind }));
  const callers = select("Caller", [["", "anybody"]], "", (persona) => change({ persona }));
  const environments = select("Environment", [["", "any"]], "", (env) => change({ env }));
  const pause = make("button", { type: "button", class: "quiet small", "aria-pressed": "false", click: togglePause }, "Pause");
  const har = make("a", { class: "button quiet small", href: "/.cygnet/api/requests.har", download: "cygnet.har" }, "HAR");
  const tally = make("p", { class: "help tally" });
  const trouble = make("div", { class: "trouble" });
  const beside = make("div", { class: "detail-place" });
  const nothing = make("div", { class: "nothing" });
  const element = make(
    "div",
    { class: "requests" },
    make("h1", { class: "unseen" }, "Requests"),
    make(
      "div",
      { class: "list-place" },
      make(
        "div",
        { class: "toolbar", role: "search", "aria-label": "Requests" },
        search,
        make("div", { class: "group", role: "group", "aria-label": "Status" }, classes),
        kinds.field,
        callers.field,
        environments.field,
        make("div", { class: "group end" }, pause, button("Clear", clear, "quiet small"), har),
      ),
      trouble,
      tally,
      make("div", { class: "list-frame" }, list.element, nothing),
    ),
    beside,
  );

  const go = (id) => {
    location.hash = address(filter, id);
  };
  let following = 0;
  const follow = (id) => {
    clearTimeout(following);
    following = setTimeout(() => {
      history.replaceState(null, "", address(filter, id));
      show(id);
    }, FOLLOWED_AFTER);
  };
  const close = () => {
    location.hash = address(filter);
  };

  function change(part) {
    filter = { ...filter, ...part };
    history.replaceState(null, "", address(filter, open));
    schedule();
  }

  function showAll() {
    search.value = "";
    change(EMPTY);
  }

  function toggle(one) {
    const chosen = filter.status.split(",").filter(Boolean);
    change({ status: (chosen.includes(one) ? chosen.filter((each) => each !== one) : [...chosen, one]).sort().join(",") });
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
      frozen = null;
      pause.setAttribute("aria-pressed", false);
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
    const fits = matcher(filter);
    const shown = all.filter(fits).reverse();
    list.show(shown);
    classes.forEach((one) => one.setAttribute("aria-pressed", filter.status.split(",").includes(one.dataset.class)));
    choices(kinds, "any", all, ({ kind }) => kind, filter.kind);
    choices(callers, "anybody", all, caller, filter.persona);
    const names = choices(environments, "any", all, ({ environment }) => environment, filter.env);
    environments.field.hidden = names < 2 && filter.env === "";
    const waiting = frozen ? requests().length - frozen.length : 0;
    fill(tally, shown.length === all.length ? count(all.length, "request") : `${shown.length.toLocaleString()} of ${count(all.length, "request")}`, frozen && ` · paused${waiting > 0 ? `, ${waiting} more came` : ""}`);
    fill(nothing, shown.length === 0 && why(all.length));
    nothing.hidden = shown.length > 0;
    list.element.classList.toggle("bare", shown.length === 0);
  }

  function why(total) {
    const { error, isLoaded } = state();
    if (error) return failure(error);
    if (!isLoaded) return make("p", { class: "help" }, "Loading…");
    if (total > 0) return [empty("No request fits the filter."), button("Show all", showAll, "quiet small")];
    const app = make("a", { href: `${location.origin}/`, target: "_blank" }, `${location.origin}/`);
    return empty("No requests yet.", "Open ", app, ": each request to the app appears here at once, with why it is answered as it is.");
  }

  // Some at a time: a page can ask for a hundred things in a second.
  function say(added) {
    const fits = matcher(filter);
    unsaid.push(...(frozen ? [] : added.filter(fits)));
    if (quiet || unsaid.length === 0) return;
    const [first] = unsaid;
    const failed = unsaid.filter(({ status }) => status >= 400).length;
    announce(unsaid.length === 1 ? `${first.method} ${first.target} ${first.status}` : `${unsaid.length} new requests${failed > 0 ? `, ${failed} failed` : ""}`);
    unsaid = [];
    quiet = setTimeout(() => {
      quiet = 0;
      say([]);
    }, ANNOUNCED_EVERY);
  }

  function update(parameters, id) {
    filter = fromParameters(parameters);
    if (document.activeElement !== search) search.value = filter.q;
    const next = id ? Number(id) : null;
    if (next !== open) show(next);
    schedule();
  }

  function show(id) {
    const had = open !== null;
    detail?.close();
    open = id;
    detail = id === null ? null : detailView(id, { close, go });
    fill(beside, detail?.element);
    element.classList.toggle("has-detail", id !== null);
    if (id === null) {
      if (had) list.element.focus({ preventScroll: true });
      return;
    }
    list.activate(id);
    // The list gets narrower, and rows may get another height, before the row can be put in sight.
    requestAnimationFrame(() => list.reveal(id));
    if (!list.element.checkVisibility()) detail.element.focus();
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.matches?.("input, textarea, select");
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search && search.value !== "") {
      search.value = "";
      change({ q: "" });
    } else if (event.key === "Escape" && event.target === search) {
      list.element.focus();
    } else if (event.key === "Escape" && open !== null) {
      close();
    } else if (event.key === "ArrowDown" && event.target === search) {
      event.preventDefault();
      list.element.focus();
    }
  }

  document.addEventListener("keydown", keys);
  const unwatch = watch((added) => {
    schedule();
    say(added);
  });
  return {
    title: "Requests",
    element,
    update,
    close() {
      document.removeEventListener("keydown", keys);
      unwatch();
      clearTimeout(quiet);
      clearTimeout(following);
      detail?.close();
      list.close();
    },
  };
}

/** The values that occur, as choices; gives back how many there are. */
function choices({ element }, any, all, value, chosen) {
  const values = new Set(all.map(value).filter(Boolean));
  if (chosen !== "") values.add(chosen);
  const key = [...values].sort().join("\n");
  if (element.dataset.key !== key) setOptions(element, [["", any], ...[...values].sort().map((one) => [one, one])], chosen);
  element.dataset.key = key;
  element.value = chosen;
  return values.size;
}

function cells(summary) {
  const { method, target, status, kind, reason, time, durationMs, responseBytes } = summary;
  const cell = (name, text, hint) => make("span", { class: name, title: hint }, text ?? "");
  return [
    cell(statusClass(status), String(status)),
    cell("method", method),
    cell("path", target, target),
    cell("why", String(reason ?? "").replaceAll("`", ""), reason),
    cell("kind", kind),
    cell("caller", caller(summary)),
    cell("duration", duration(durationMs)),
    cell("size", size(responseBytes)),
    cell("time", timeOfDay(time)),
  ];
}
