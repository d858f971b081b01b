// Where the time went, as a bar and in words.

import { make } from "./dom.js";
import { duration } from "./format.js";

export function timingView({ waitedForStartMs, backendMs, firstByteMs, totalMs }) {
  const backend = backendMs ?? 0;
  const waited = waitedForStartMs ?? 0;
  const parts = [
    ["waited", "waited for its start", waited],
    ["backend", "in the backend", backend],
    ["own", "in the emulator", Math.max(0, (totalMs ?? 0) - backend - waited)],
  ].filter(([, , time]) => time > 0);
  const bar = make("div", { class: "times", "aria-hidden": "true" });
  for (const [name, , time] of parts) {
    const part = make("span", { class: name });
    part.style.flexGrow = String(time);
    bar.append(part);
  }
  return make(
    "div",
    { class: "timing" },
    bar,
    make("ul", {}, parts.map(([name, words, time]) => make("li", { class: name }, `${duration(time)} ${words}`)), firstByteMs !== null && firstByteMs !== undefined && make("li", { class: "plain-item" }, `first byte after ${duration(firstByteMs)}`), make("li", { class: "plain-item" }, totalMs === null || totalMs === undefined ? "not finished" : `${duration(totalMs)} in all`)),
  );
}
