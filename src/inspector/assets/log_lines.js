// Lines of a log.

import { make } from "./dom.js";
import { timeOfDay } from "./format.js";

export function logLines(label, lines) {
  return make("pre", { class: "plain log", tabindex: "0", role: "region", "aria-label": label }, lines.map(logLine));
}

/** A line that is not `sure` came during the call, but may be another call's. */
export function logLine({ time, level, text, sure }) {
  const isUnsure = sure === false;
  return make("span", { class: `level-${String(level).toLowerCase()}${isUnsure ? " unsure" : ""}`, title: isUnsure && "may be another call’s" }, make("time", { datetime: time }, timeOfDay(time)), ` ${String(level).toLowerCase().padEnd(5)} ${text}\n`);
}
