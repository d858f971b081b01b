// A request as a row of the list.

import { make } from "./dom.js";
import { caller, duration, size, statusClass, timeOfDay, why } from "./format.js";

export const COLUMNS = ["Status", "Method", "Path", "Why", "Kind", "Caller", "Duration", "Size", "Time"];

export function cells(summary) {
  const { method, target, status, kind, time, durationMs, responseBytes } = summary;
  const reason = why(summary).replaceAll("`", "");
  const cell = (name, text, title) => make("span", { class: name, title }, text ?? "");
  return [
    cell(statusClass(status), String(status)),
    cell("method", method),
    cell("path", target, target),
    cell("why", reason, reason),
    cell("kind", kind),
    cell("caller", caller(summary)),
    cell("duration", durationMs === null ? "…" : duration(durationMs)),
    cell("size", size(responseBytes)),
    cell("time", timeOfDay(time)),
  ];
}
