// The fields of the filter.

import { make, select, setOptions } from "./dom.js";
import { EMPTY } from "./filter.js";
import { caller } from "./format.js";

const CLASSES = ["2", "3", "4", "5"];

/** `changed(part of a filter)` is called for each change. */
export function filterBar(changed) {
  let filter = EMPTY;
  const search = make("input", { type: "search", id: "filter", placeholder: "Filter: path, rule, caller …  ( / )", "aria-label": "Filter requests by text", autocomplete: "off", spellcheck: "false", input: () => changed({ q: search.value }) });
  const classes = CLASSES.map((one) => make("button", { type: "button", class: "quiet small", "aria-pressed": "false", "data-class": one, click: () => toggle(one) }, `${one}xx`));
  const kinds = select("Kind", [["", "any"]], "", (kind) => changed({ kind }));
  const callers = select("Caller", [["", "anybody"]], "", (persona) => changed({ persona }));
  const environments = select("Environment", [["", "any"]], "", (env) => changed({ env }));

  function toggle(one) {
    const chosen = filter.status.split(",").filter(Boolean);
    const next = chosen.includes(one) ? chosen.filter((each) => each !== one) : [...chosen, one];
    changed({ status: next.sort().join(",") });
  }

  /** Shows a filter, and what the requests offer to choose from. */
  function show(next, requests) {
    filter = next;
    if (search.value !== filter.q && document.activeElement !== search) search.value = filter.q;
    for (const one of classes) one.setAttribute("aria-pressed", filter.status.split(",").includes(one.dataset.class));
    offer(kinds, "any", requests, ({ kind }) => kind, filter.kind);
    offer(callers, "anybody", requests, caller, filter.persona);
    const names = offer(environments, "any", requests, ({ environment }) => environment, filter.env);
    environments.field.hidden = names < 2 && filter.env === "";
  }

  return { search, show, fields: [search, make("div", { class: "group", role: "group", "aria-label": "Status" }, classes), kinds.field, callers.field, environments.field] };
}

/** The values that occur, as choices; gives back how many there are. */
function offer({ element }, any, requests, value, chosen) {
  const values = new Set(requests.map(value).filter(Boolean));
  if (chosen !== "") values.add(chosen);
  const sorted = [...values].sort();
  const key = sorted.join("\n");
  // An open menu that is filled anew would close.
  if (element.dataset.key !== key) setOptions(element, [["", any], ...sorted.map((one) => [one, one])], chosen);
  element.dataset.key = key;
  element.value = chosen;
  return values.size;
}
