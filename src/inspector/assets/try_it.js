// Calls the API from here, as whoever is signed in.

import { bodyView } from "./body.js";
import { failure, fill, make, select } from "./dom.js";
import { duration, statusClass } from "./format.js";
import { requests, watch } from "./store.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const PATIENCE = 5000;

export function tryIt() {
  const method = select("Method", METHODS.map((name) => [name, name]), "GET");
  const target = make("input", { type: "text", value: "/api/", required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "none" });
  const body = make("textarea", { rows: "3", spellcheck: "false" });
  const answer = make("div", { class: "answer", "aria-live": "polite" });

  async function send(event) {
    event.preventDefault();
    const newest = requests().at(-1)?.id ?? 0;
    const started = performance.now();
    const isBodiless = ["GET", "HEAD"].includes(method.element.value);
    try {
      if (!target.value.startsWith("/")) throw new Error(`\`${target.value}\` does not begin with a slash`);
      const response = await fetch(`${location.origin}${target.value}`, {
        method: method.element.value,
        cache: "no-store",
        ...(isBodiless || body.value === "" ? {} : { body: body.value, headers: { "Content-Type": typeOf(body.value) } }),
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const link = make("span");
      fill(answer, answered(response, bytes, performance.now() - started), link);
      linkTo(link, method.element.value, target.value, newest);
    } catch (error) {
      fill(answer, failure({ message: error instanceof TypeError ? "The request could not be sent." : error.message }));
    }
  }

  const element = make(
    "section",
    { class: "try" },
    make("h2", {}, "Try it"),
    make(
      "form",
      { class: "ask", submit: send },
      method.field,
      make("label", { class: "inline wide-field" }, make("span", {}, "Path and query"), " ", target),
      make("label", { class: "inline whole" }, make("span", {}, "Body"), " ", body),
      make("button", { type: "submit", class: "small" }, "Send"),
    ),
    make("p", { class: "help" }, "Sent by this browser, as whoever is signed in."),
    answer,
  );
  return {
    element,
    /** Puts a function in. */
    fillIn(name, path) {
      method.element.value = METHODS.includes(name) ? name : "GET";
      target.value = path;
      target.focus();
    },
  };
}

function typeOf(text) {
  try {
    JSON.parse(text);
    return "application/json";
  } catch {
    return "text/plain";
  }
}

function answered(response, bytes, time) {
  const text = isText(response.headers.get("content-type")) ? new TextDecoder().decode(bytes) : null;
  const base64 = text === null ? btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) : null;
  const address = new URL(response.url);
  return [
    make("p", {}, make("b", { class: statusClass(response.status) }, String(response.status)), ` ${response.statusText} in ${duration(time)}`, response.redirected && ` after a redirect to ${address.pathname}${address.search}`),
    bodyView({ text, base64, bytes: bytes.length, truncated: false, contentType: response.headers.get("content-type") }, ""),
  ];
}

const isText = (type) => /^(text\/|application\/(json|problem\+json|xml|javascript|x-www-form-urlencoded)|[^;]*\+(json|xml))/i.test(type ?? "text/plain");

/** The request is known here a moment later, or already. */
function linkTo(place, method, target, newest) {
  const look = () => {
    const request = requests().findLast((one) => one.id > newest && one.method === method && one.target === target);
    if (!request) return false;
    fill(place, make("a", { href: `#/requests/${request.id}` }, "See why, in its request"));
    return true;
  };
  if (look()) return;
  const unwatch = watch(() => look() && unwatch());
  setTimeout(unwatch, PATIENCE);
}
