// What answers /api: the worker or the link, its functions, its log.

import { get } from "./api.js";
import { claims } from "./detail.js";
import { empty, facts, failure, fill, make, table } from "./dom.js";
import { environmentChoice } from "./environment_choice.js";
import { on } from "./events.js";
import { logLine, logLines } from "./log_lines.js";
import { tryIt } from "./try_it.js";

const LOG_LINES = 500;

export function backendView() {
  const choice = environmentChoice("api", () => load());
  const about = make("div", {}, make("p", { class: "help" }, "Loading…"));
  const trial = tryIt();
  const log = make("section", {});
  const element = make("div", { class: "view" }, make("div", { class: "section-top" }, make("h1", {}, "API"), choice.field), about, trial.element, log);

  async function load() {
    try {
      const backend = await get("backend", { environment: choice.name() });
      trial.element.hidden = backend.kind === "none";
      fill(about, described(backend, trial));
      fill(log, make("h2", {}, "Log"), logLines("Log of the API", backend.log ?? []), (backend.log ?? []).length === 0 && make("p", { class: "help" }, "Nothing yet."));
      const lines = log.querySelector("pre");
      lines.scrollTop = lines.scrollHeight;
    } catch (error) {
      fill(about, failure(error, load));
      fill(log);
    }
  }

  function append(line) {
    const lines = log.querySelector("pre");
    if (!lines || (line.environment && choice.name() && line.environment !== choice.name())) return;
    const isAtEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8;
    lines.append(logLine(line));
    while (lines.childElementCount > LOG_LINES) lines.firstElementChild.remove();
    log.querySelector(".help")?.remove();
    if (isAtEnd) lines.scrollTop = lines.scrollHeight;
  }

  const ends = [on("changed", ({ what }) => ["functions", "backend", "environments", "configuration"].includes(what) && load()), on("log", append), on("connection", ({ connected }) => connected && load())];
  return {
    title: "API",
    element,
    async update(parameters) {
      await choice.load(parameters.get("env")).catch(() => {});
      load();
    },
    close: () => ends.forEach((end) => end()),
  };
}

function described(backend, trial) {
  if (backend.kind === "none") {
    return empty("No API.", "Requests to ", make("code", {}, "/api"), " are answered with 404. Give a folder of functions with ", make("code", {}, "--api-location"), ", or the URL of a backend with ", make("code", {}, "--api-devserver-url"), ".");
  }
  const { kind, language, url, status, starting, error, hint, stack, link, gate, lastToken, functions } = backend;
  return [
    error && failure({ message: error, hint }),
    stack && make("pre", { class: "plain", tabindex: "0", role: "region", "aria-label": "Stack" }, stack),
    facts([
      ["Kind", language ? `${kind} (${language})` : kind],
      ["State", status && make("span", { class: "state" }, starting ? `${status}: ${starting}` : status)],
      ["Address", url && make("span", { class: "mono" }, url)],
      ["Link", link && inALine(link)],
      ["Gate", gate && inALine(gate)],
    ]),
    lastToken && make("section", {}, make("h2", {}, "Token of the last call"), claims(lastToken)),
    functions?.length > 0 && make("section", {}, make("h2", {}, "Functions"), functionTable(functions, trial)),
  ];
}

/** An object in a line. */
const inALine = (value) => (typeof value === "object" ? Object.entries(value).filter(([, part]) => part !== null).map(([name, part]) => `${name}: ${typeof part === "object" ? JSON.stringify(part) : part}`).join(", ") : String(value));

function functionTable(functions, trial) {
  return table(
    "Functions",
    ["Name", "Methods", "Address", "Level", "Code", "Try it"],
    functions.map(({ name, methods, route, url, authLevel, file, line, disabled, why }) => {
      const path = pathOf(url, route);
      return [
        [make("b", {}, name), (disabled || why) && make("span", { class: "help" }, disabled ? ` off${why ? `: ${why}` : ""}` : ` ${why}`)],
        methods?.length > 0 ? methods.join(", ") : "any",
        make("span", { class: "mono" }, path ?? ""),
        authLevel ?? "",
        make("span", { class: "mono" }, file ? `${file}${line ? `:${line}` : ""}` : ""),
        path && !disabled ? make("button", { type: "button", class: "quiet small", "aria-label": `Try it: ${name}`, click: () => trial.fillIn(methods?.[0] ?? "GET", path) }, "Try it") : "",
      ];
    }),
  );
}

/** The path at this host. */
function pathOf(url, route) {
  if (url) {
    const path = url.replace(/^https?:\/\/[^/]*/i, "");
    return path.startsWith("/") ? path : `/${path}`;
  }
  return route === null || route === undefined ? null : `/api/${route}`;
}
