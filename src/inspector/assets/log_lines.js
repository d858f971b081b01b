// Lines of a log.

import { make } from "./dom.js";
import { timeOfDay } from "./format.js";

export function logLines(label, lines) {
  return make("pre", { class: "plain log", tabindex: "0", role: "region", "aria-label": label }, lines.map(logLine));
}

export function logLine({ time, level, text }) {
  return make("span", { class: `level-${String(level).toLowerCase()}` }, make("time", { datetime: time }, timeOfDay(time)), ` ${String(level).toLowerCase().padEnd(5)} ${text}\n`);
}
