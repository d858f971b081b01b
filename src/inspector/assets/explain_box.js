// "What answers this request, asked by that person?", without a request.

import { get } from "./api.js";
import { failure, fill, make, prose, select, setOptions, table } from "./dom.js";
import { personaOptions, personasOf } from "./people.js";
import { resultView, stepsView } from "./trace.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const ROLES = "\u0000roles";

/** `told(explanation or null)` is called with each answer. */
export function explainBox(environment, told) {
  const method = select("Method", METHODS.map((name) => [name, name]), "GET");
  const target = make("input", { type: "text", value: "/", required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "none" });
  const roles = make("input", { type: "text", placeholder: "admin, editor", autocomplete: "off", spellcheck: "false" });
  const rolesField = make("label", { class: "inline", hidden: true }, make("span", {}, "Roles"), " ", roles);
  const whom = select("as", [], "", (name) => {
    rolesField.hidden = name !== ROLES;
  });
  const answer = make("div", { "aria-live": "polite" });
  const offer = (personas) => setOptions(whom.element, [["", "nobody"], ...personaOptions(personas), [ROLES, "somebody with roles …"]]);
  /** Who can be asked about differs by environment. */
  const refresh = () => personasOf(environment()).then(offer, () => {});

  async function ask(event) {
    event?.preventDefault();
    const chosen = whom.element.value;
    const who = chosen === ROLES ? { roles: roles.value.replaceAll(" ", "") } : { persona: chosen };
    try {
      const explanation = await get("explain", { method: method.element.value, target: target.value, ...who, environment: environment() });
      fill(answer, explained(explanation));
      told(explanation);
    } catch (error) {
      fill(answer, failure(error));
      told(null);
    }
  }

  offer([]);
  const element = make(
    "section",
    { class: "explain" },
    make("h2", {}, "What answers …?"),
    make("form", { class: "ask", submit: ask }, method.field, make("label", { class: "inline wide-field" }, make("span", {}, "Path"), " ", target), whom.field, rolesField, make("button", { type: "submit", class: "small" }, "Explain")),
    make("p", { class: "help" }, "Nothing is sent: the API and the dev server are not asked."),
    answer,
  );
  return { element, refresh };
}

function explained({ request, result, steps, headers }) {
  return [
    resultView({ request, result }),
    result.after?.length > 0 && [make("h3", {}, "When the dev server refuses"), make("ul", {}, result.after.map(({ answered, answer }) => make("li", {}, `${answered}: `, prose(answer))))],
    make("h3", {}, "Steps"),
    stepsView(steps),
    headers?.length > 0 && [
      make("h3", {}, "Headers"),
      table("Headers of the answer", ["Name", "Value", "Set by"], headers.map(({ name, value, setBy }) => [make("span", { class: "mono" }, name), make("span", { class: "mono value" }, value ?? "removed"), setBy])),
    ],
  ];
}
