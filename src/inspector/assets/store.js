// The requests that are known here: as many as the emulator keeps, in the order of their ids.

import { get } from "./api.js";
import { on } from "./events.js";
import { haystack } from "./filter.js";

const CAPACITY = 10_000;
let kept = [];
/** Why the list could not be had, or null. */
let error = null;
let isLoaded = false;
const watchers = new Set();

export const requests = () => kept;
export const state = () => ({ error, isLoaded });

/** `act` is called with the new requests (none after other changes); gives back what ends it. */
export function watch(act) {
  watchers.add(act);
  return () => watchers.delete(act);
}

const changed = (added = []) => watchers.forEach((act) => act(added));

/** Puts requests in their places; one that is known is replaced. Gives back those that were not. */
function put(summaries) {
  const added = [];
  for (const summary of summaries) {
    summary.haystack = haystack(summary);
    const at = position(summary.id);
    const isKnown = kept[at]?.id === summary.id;
    kept.splice(at, isKnown ? 1 : 0, summary);
    if (!isKnown) added.push(summary);
  }
  if (kept.length > CAPACITY) kept.splice(0, kept.length - CAPACITY);
  return added;
}

/** Where a request of that id is, or would be. Most are the newest. */
function position(id) {
  if (kept.length === 0 || kept[kept.length - 1].id < id) return kept.length;
  let [low, high] = [0, kept.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kept[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function find(id) {
  const summary = kept[position(id)];
  return summary?.id === id ? summary : undefined;
}

let reading = null;
let isStale = false;

/** Reads the list. What was missed while it is read takes one more reading, however often something was. */
function load() {
  isStale = true;
  reading ??= read().finally(() => {
    reading = null;
  });
}

async function read() {
  while (isStale) {
    isStale = false;
    await readOnce();
  }
}

async function readOnce() {
  try {
    const page = await get("requests", { limit: CAPACITY });
    error = null;
    isLoaded = true;
    put(page.requests);
    changed();
  } catch (reason) {
    error = reason;
    changed();
  }
}

function forget() {
  kept = [];
  changed();
}

on("request", (summary) => changed(put([summary])));
on("completed", ({ id, durationMs, responseBytes }) => {
  const summary = find(id);
  if (!summary) return;
  put([{ ...summary, durationMs, responseBytes }]);
  changed();
});
on("changed", ({ what }) => {
  if (what === "cleared") forget();
  if (what === "missed") load();
});
on("connection", ({ connected, restarted }) => {
  if (restarted) forget();
  if (connected) load();
});
