// New requests, said to those who do not see them; some at a time, for a page can ask for a hundred things in a second.

import { announce } from "./dom.js";

const SAID_EVERY = 4000;

export function newcomers() {
  let unsaid = [];
  let quiet = 0;

  function say(added) {
    unsaid.push(...added);
    if (quiet || unsaid.length === 0) return;
    announce(inWords(unsaid));
    unsaid = [];
    quiet = setTimeout(() => {
      quiet = 0;
      say([]);
    }, SAID_EVERY);
  }

  return { say, close: () => clearTimeout(quiet) };
}

function inWords(requests) {
  const [{ method, target, status }] = requests;
  if (requests.length === 1) return `${method} ${target} ${status}`;
  const failed = requests.filter((request) => request.status >= 400).length;
  return `${requests.length} new requests${failed > 0 ? `, ${failed} failed` : ""}`;
}
