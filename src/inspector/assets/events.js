// The stream of the emulator's events, told to whoever listens; it comes back by itself.

import { renewToken } from "./api.js";

const listeners = new Map();
const FIRST_WAIT = 500;
const LONGEST_WAIT = 4000;
let wait = FIRST_WAIT;
let stream = null;
let timer = 0;

/**
 * Listens to `request`, `completed`, `changed` and `log` of the emulator, and to `connection` ({connected, restarted}) and
 * `people` of this page. Gives back what ends it.
 */
export function on(name, act) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(act);
  return () => listeners.get(name).delete(act);
}

export function tell(name, data) {
  for (const act of [...(listeners.get(name) ?? [])]) act(data);
}

/** Opens the stream. A page in the background keeps it: bodies are only kept while somebody listens. */
export function connect() {
  clearTimeout(timer);
  stream?.close();
  const current = new EventSource("/.cygnet/api/events");
  stream = current;
  for (const name of ["request", "completed", "changed", "log"]) {
    current.addEventListener(name, (event) => tell(name, JSON.parse(event.data)));
  }
  current.addEventListener("open", async () => {
    wait = FIRST_WAIT;
    try {
      const restarted = await renewToken();
      if (stream === current) tell("connection", { connected: true, restarted });
    } catch {
      if (stream === current) retry();
    }
  });
  // The browser would ask again by itself, but not after an answer that is an error, and seldom soon.
  current.addEventListener("error", () => stream === current && retry());
}

function retry() {
  stream.close();
  stream = null;
  tell("connection", { connected: false, restarted: false });
  timer = setTimeout(connect, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

// A page with an open stream could not be kept for the back button.
addEventListener("pagehide", () => {
  clearTimeout(timer);
  stream?.close();
  stream = null;
});
addEventListener("pageshow", (event) => event.persisted && connect());
