// The configuration with what is wrong in it and how often each rule matched, beside a question to it.

import { get } from "./api.js";
import { empty, failure, fill, make } from "./dom.js";
import { environmentChoice } from "./environment_choice.js";
import { on } from "./events.js";
import { explainBox } from "./explain_box.js";
import { count } from "./format.js";
import { fromProject } from "./project.js";
import { findingNotes, findingText, sourceView } from "./source.js";
import { traceNotes } from "./trace.js";

const COUNTED_EVERY = 1000;

export function routesView() {
  let routes = null;
  let explanation = null;
  let timer = 0;
  const choice = environmentChoice("routes", () => {
    explanation = null;
    load();
  });
  const box = explainBox(choice.name, (next) => {
    explanation = next;
    draw();
  });
  const left = make("section", { class: "configuration" }, make("p", { class: "help" }, "Loading…"));
  const element = make("div", { class: "view" }, make("div", { class: "section-top" }, make("h1", {}, "Routes"), choice.field), make("div", { class: "beside" }, left, box.element));

  async function load() {
    box.refresh();
    try {
      routes = await get("routes", { environment: choice.name() });
      draw();
    } catch (error) {
      fill(left, failure(error, load));
    }
  }

  function draw() {
    if (!routes) return;
    const top = left.querySelector("pre.source")?.scrollTop;
    fill(left, configuration(routes, explanation));
    const source = left.querySelector("pre.source");
    if (source && top !== undefined && !explanation) requestAnimationFrame(() => requestAnimationFrame(() => (source.scrollTop = top)));
  }

  const soon = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      load();
    }, COUNTED_EVERY);
  };
  const ends = [on("request", soon), on("changed", ({ what }) => ["configuration", "environments", "cleared"].includes(what) && ((explanation = null), load())), on("connection", ({ connected }) => connected && load())];
  return {
    title: "Routes",
    element,
    async update(parameters) {
      await choice.load(parameters.get("env")).catch(() => {});
      load();
    },
    close() {
      clearTimeout(timer);
      for (const end of ends) end();
    },
  };
}

function configuration({ path, text, state, findings, pending, rules, fallbackMatches }, explanation) {
  // What is on the disk is what somebody edits now; its lines are not those of the rules that serve.
  if (pending) return [broken("The file on the disk is invalid. What is served is still the version before it."), ...withFindings(path, pending.text, pending.findings, [], "span.error")];
  if (text === null || text === undefined) {
    return [unplaced(findings), empty("There is no configuration.", "Without a ", make("code", {}, "staticwebapp.config.json"), " there are no rules: every file is served to everybody.")];
  }
  return [
    state === "broken" && broken("The configuration is invalid: nothing is served until it is fixed."),
    make("p", { class: "help" }, summary(rules, findings, fallbackMatches)),
    ...withFindings(path, text, findings, explanation ? traceNotes(explanation.rules, explanation.steps) : matchNotes(rules), explanation ? "span.matched" : "span.error"),
  ];
}

const broken = (text) => make("p", { class: "box bad" }, text);
/** What is wrong without a line of its own. */
const unplaced = (findings) => findings.filter(({ line }) => !(line > 0)).map((finding) => make("p", { class: `box ${["error", "refused"].includes(finding.severity) ? "bad" : ""}` }, findingText(finding)));

function withFindings(path, text, findings, verdicts, isFocused) {
  const { notes, marks } = findingNotes(findings);
  return [unplaced(findings), make("p", { class: "place mono", title: path }, fromProject(path)), sourceView({ text, notes: [...verdicts, ...notes], marks, label: "Configuration", isFocused })];
}

const matchNotes = (rules) => rules.filter(({ line }) => line).map(({ index, line, endLine, matches }) => ({ line, endLine, tone: matches > 0 ? "met" : "unmet", says: [make("b", {}, `routes[${index}]`), ` ${matches > 0 ? count(matches, "match", "matches") : "no match yet"}`] }));

function summary(rules, findings, fallbackMatches) {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  const parts = [count(rules.length, "rule"), errors > 0 && count(errors, "error"), warnings > 0 && count(warnings, "warning")];
  if (fallbackMatches > 0) parts.push(`navigationFallback answered ${count(fallbackMatches, "time")}`);
  return parts.filter(Boolean).join(" · ");
}
