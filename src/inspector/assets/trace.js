// Why an answer is the answer: each rule beside its lines, and the steps in production's order. For a request that came, and
// for one that is only asked about.

import { facts, make, prose } from "./dom.js";
import { fromProject } from "./project.js";
import { sourceView } from "./source.js";

/** The step from which on what answers is looked for. */
const HANDLER = 11;

/** What became of a rule, as a tone and a sign. */
function verdict({ matched, tried }) {
  if (matched) return { tone: "matched", sign: "✓", word: "matched" };
  return tried ? { tone: "tried", sign: "✗", word: "tried" } : { tone: "idle", sign: "·", word: "not reached" };
}

/** What is said about the rules, and below the one that matched why it answers with an error. */
export const traceNotes = (rules, steps) => [...ruleNotes(rules ?? []), ...refusal(rules ?? [], steps)];

/** A note for each rule; rules after the one that decided are only said once. */
function ruleNotes(rules) {
  const firstIdle = rules.findIndex((rule) => !rule.matched && !rule.tried);
  return rules
    .filter((rule) => rule.line)
    .map((rule) => {
      const { tone, sign, word } = verdict(rule);
      const name = make("b", {}, `${sign} routes[${rule.index}] ${word}`);
      const isSaid = tone !== "idle" || rule.index === firstIdle;
      return { line: rule.line, endLine: rule.endLine, tone, says: isSaid && [name, ": ", ...prose(tone === "idle" ? "an earlier rule decided" : rule.why)] };
    });
}

/** The step that ended the search for an answer, of those before the handler; null when none did. */
function deciding(steps) {
  const early = (steps ?? []).filter(({ step }) => step < HANDLER);
  return early.some(({ outcome }) => outcome === null) ? early.findLast(({ outcome }) => outcome !== null) : null;
}

/** Below the rule that matched: why it answers with an error. */
function refusal(rules, steps) {
  const rule = rules.find((one) => one.matched && one.line);
  const step = deciding(steps);
  if (!rule || !/^[45]\d\d\b/.test(step?.outcome ?? "")) return [];
  return [{ line: rule.line, endLine: rule.endLine, tone: "denied", below: true, says: ["→ ", prose(step.outcome)] }];
}

/** The configuration with the verdicts in it; without a file, the rules as a list. */
export function traceView({ configuration, source, rules, steps }) {
  if (!configuration && !source) {
    return make("p", { class: "box" }, "There is no ", make("code", {}, "staticwebapp.config.json"), ": no rules, the platform’s defaults answer.");
  }
  if (!source) return ruleList(rules ?? []);
  const notes = traceNotes(rules, steps);
  return [
    make("p", { class: "place mono", title: configuration }, fromProject(configuration)),
    sourceView({ text: source, notes, label: "Configuration, with what became of each rule", isFocused: "span.matched" }),
    (rules ?? []).length > 0 && !rules.some((rule) => rule.matched) && make("p", { class: "help" }, "No rule matches."),
  ];
}

function ruleList(rules) {
  return make(
    "ol",
    { class: "verdicts", start: "0" },
    rules.map((rule) => {
      const { tone, sign, word } = verdict(rule);
      return make("li", { class: tone }, make("b", {}, `${sign} ${rule.route}`), ` ${word}: `, prose(rule.why));
    }),
  );
}

export function stepsView(steps) {
  const decided = deciding(steps);
  return make(
    "ol",
    { class: "steps" },
    steps.map((step) => {
      const { name, outcome } = step;
      const tone = outcome === null ? "idle" : step === decided ? "decided" : null;
      return make("li", { class: tone }, make("span", { class: "name" }, name), " ", make("span", { class: "outcome" }, outcome === null ? "not reached" : prose(outcome)));
    }),
  );
}

/** What answers, in facts. */
export function resultView({ result, request }) {
  return facts([
    ["Answer", make("span", {}, result.status ? make("b", { class: `status s${Math.floor(result.status / 100)}` }, String(result.status)) : "as the backend says", ` ${result.kind}`)],
    ["Why", result.reason && make("span", {}, prose(result.reason))],
    ["File", result.file],
    ["Redirect to", result.location],
    ["Backend", result.backend],
    ["Asked for", !result.backend && result.target],
    ["Rule", result.rule === null ? "none" : `routes[${result.rule}]`],
    ["Roles", request.roles.length > 0 ? request.roles.join(", ") : "nobody is signed in"],
  ]);
}
