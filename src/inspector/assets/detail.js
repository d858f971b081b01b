// One request: why, what was sent and what came, bodies, timing, log.

import { actionsView } from "./actions.js";
import { get } from "./api.js";
import { bodyView } from "./body.js";
import { button, empty, facts, failure, fill, make, prose } from "./dom.js";
import { on } from "./events.js";
import { caller, dateAndTime, duration, size, statusClass, why } from "./format.js";
import { headersView } from "./headers.js";
import { logLines } from "./log_lines.js";
import { loadPeople } from "./people.js";
import { timingView } from "./timing.js";
import { stepsView, traceView } from "./trace.js";

/** `close()` and `go(id)` leave it. */
export function detailView(id, { close, go }) {
  const element = make("section", { class: "detail", "aria-label": `Request ${id}`, tabindex: "-1" });
  let isRevealed = false;
  const frame = (...children) => fill(element, make("div", { class: "detail-top" }, button("‹ All requests", close, "quiet small back"), button("Close", close, "quiet small close")), children);

  async function load() {
    try {
      const request = await get(`requests/${id}`, isRevealed ? { reveal: 1 } : {}, { withToken: isRevealed });
      const { scrollTop } = element;
      frame(parts(request));
      element.scrollTop = scrollTop;
    } catch (error) {
      if (error.status === 404) frame(empty("This request is no longer kept.", "The emulator was restarted or the list cleared, or too many came after it."));
      else frame(failure(error, load));
    }
  }

  const reveal = () => {
    isRevealed = !isRevealed;
    load();
  };

  const parts = (request) => [
    heading(request.summary),
    actionsView(request, go),
    onlyFacts(request),
    whyView(request),
    exchange(request, isRevealed, reveal),
    backend(request.backend),
    request.timing && section("Timing", timingView(request.timing)),
    request.logs?.length > 0 && section("Log of the function", logLines("Log of the function", request.logs)),
  ];

  // The app may have signed in or out since.
  loadPeople().catch(() => {});
  const end = on("completed", (completed) => completed.id === id && load());
  frame(make("p", { class: "help" }, "Loading…"));
  load();
  return { element, close: end };
}

const section = (title, ...children) => make("section", {}, make("h2", {}, title), children);

function heading(summary) {
  const { method, target, status, resentFrom } = summary;
  return make(
    "header",
    {},
    make("h1", {}, make("span", { class: statusClass(status) }, String(status)), " ", make("span", { class: "method" }, method), " ", make("span", { class: "mono" }, target)),
    make("p", { class: "reason" }, prose(why(summary))),
    make(
      "p",
      { class: "help" },
      [dateAndTime(summary.time), summary.kind, `by ${caller(summary)}`, summary.roles?.join(", "), duration(summary.durationMs), size(summary.responseBytes), summary.environment].filter(Boolean).join(" · "),
      resentFrom && [" · sent again from ", make("a", { href: `#/requests/${resentFrom}` }, `request ${resentFrom}`)],
    ),
  );
}

function onlyFacts({ kept, broken }) {
  if (broken) return make("p", { class: "box bad" }, "The answer broke off before its end.");
  if (kept === "all") return null;
  if (kept === "forgotten") return make("p", { class: "box" }, "The bodies of this request have made room for newer ones. Re-send it to see them.");
  const lost = kept === "facts" ? "Headers and bodies of this request were not kept" : "The bodies of this request were not kept";
  return make("p", { class: "box" }, `${lost}, because no inspector was open when it came. Re-send it to see them.`);
}

function whyView({ trace }) {
  if (!trace) return null;
  const isOld = trace.current === false;
  return make(
    "section",
    {},
    make("h2", {}, "Why"),
    isOld && make("p", { class: "box" }, "The configuration has changed since; this is how it was. ", make("a", { href: "#/routes" }, "See it now")),
    make("div", { class: "beside" }, make("div", {}, traceView(trace)), make("div", {}, make("h3", {}, "Steps"), trace.steps ? stepsView(trace.steps) : make("p", { class: "help" }, "The steps of this request were not kept."))),
  );
}

function exchange({ kept, request, response }, isRevealed, reveal) {
  if (kept === "facts") return null;
  const noBody = { all: "No body.", forgotten: "The body has made room for newer ones." }[kept] ?? "The body was not kept: no inspector was open.";
  return make(
    "section",
    {},
    make("div", { class: "section-top" }, make("h2", {}, "Request and response"), make("button", { type: "button", class: "quiet small", "aria-pressed": String(isRevealed), click: reveal }, isRevealed ? "Hide secrets" : "Show secrets")),
    make(
      "div",
      { class: "pair" },
      make("div", {}, make("h3", {}, "What was asked"), headersView("Headers of the request", request.headers), bodyView(request.body, noBody)),
      make("div", {}, make("h3", {}, "What was answered"), headersView("Headers of the response", response.headers, response.setBy ?? {}), bodyView(response.body, noBody)),
    ),
  );
}

function backend(backend_) {
  if (!backend_) return null;
  const { url, sent, received, token } = backend_;
  return make(
    "section",
    {},
    make("h2", {}, "Backend"),
    facts([
      ["Address", url],
      ["Asked for", sent && make("span", { class: "mono" }, `${sent.method} ${sent.target}`)],
      ["Answered", received && make("b", { class: statusClass(received.status) }, String(received.status))],
    ]),
    make(
      "div",
      { class: "pair" },
      make("div", {}, make("h3", {}, "Sent to the backend"), headersView("Headers sent to the backend", sent?.headers)),
      make("div", {}, make("h3", {}, "Received from it"), received ? headersView("Headers received from the backend", received.headers) : make("p", { class: "help" }, "It did not answer.")),
    ),
    token && [make("h3", {}, "Claims of the token that was sent"), claims(token)],
  );
}

/** Decoded claims of a token; its times are said as times, too. */
export function claims(token) {
  const pairs = Object.entries(token).map(([name, value]) => {
    const isTime = ["exp", "iat", "nbf"].includes(name) && typeof value === "number";
    return [name, make("span", { class: "mono" }, typeof value === "string" ? value : JSON.stringify(value), isTime && ` (${dateAndTime(value * 1000)})`)];
  });
  return facts(pairs);
}
