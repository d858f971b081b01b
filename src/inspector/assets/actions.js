// What can be done with a request: copied, sent again, sent again as somebody else.

import { get, post } from "./api.js";
import { copyButton } from "./copy.js";
import { announce, button, failure, fill, make, select, setOptions } from "./dom.js";
import { become, personaOptions, personasOf, rolesOf, whoHas } from "./people.js";

const OFFERED = 2;

/** `go(id)` shows the request that comes of it. */
export function actionsView({ summary, curl, explainCommand, routeTest }, go) {
  const trouble = make("div", { class: "trouble" });
  const attempt = (act) => async () => {
    fill(trouble);
    try {
      await act();
    } catch (error) {
      fill(trouble, failure(error));
    }
  };
  const resend = async (as) => {
    const { id } = await post(`requests/${summary.id}/resend`, as);
    announce(`Sent again, as request ${id}`);
    go(id);
  };
  const SAME = "\u0000same";
  const others = [[SAME, "the same caller"], ["", "nobody"]];
  const whom = select("as", others, SAME);
  const again = attempt(() => {
    const name = whom.element.value;
    return resend(name === SAME ? {} : name === "" ? { anonymous: true } : { persona: name });
  });
  const offers = make("div", { class: "offers" });
  // Without them the request can still be sent again as it was.
  personasOf(summary.environment)
    .then((personas) => {
      setOptions(whom.element, [...others, ...personaOptions(personas)]);
      return offer(summary, personas, offers, attempt, resend);
    })
    .catch(() => {});
  return make(
    "div",
    { class: "actions-bar" },
    offers,
    make("div", { class: "row-of-actions" }, button("Re-send", again, "quiet small"), whom.field),
    make(
      "div",
      { class: "row-of-actions" },
      make("span", { class: "help" }, "Copy as"),
      copyButton("curl", () => curl),
      copyButton("cygnet explain", () => explainCommand),
      routeTest && copyButton("route test", () => JSON.stringify(routeTest, null, 2)),
    ),
    trouble,
  );
}

/** A caller without the role that the rule asks for is offered to become one who has it. */
async function offer(summary, personas, place, attempt, resend) {
  const roles = await missingRoles(summary);
  if (roles.length === 0) return;
  // A cookie can only be set for the host that this page is of.
  const isHere = summary.environment === (await get("info")).environment;
  const candidates = whoHas(personas, roles).slice(0, OFFERED);
  fill(
    place,
    candidates.map(({ name }, index) =>
      button(
        isHere ? `Become ${name} and retry` : `Re-send as ${name}`,
        attempt(async () => {
          if (isHere) await become(name);
          await resend({ persona: name });
        }),
        index === 0 ? "small" : "quiet small",
      ),
    ),
    candidates.length === 0 && make("p", { class: "help" }, `No persona has the role ${roles.join(" or ")}.`),
  );
}

/** Roles of which the caller lacks all, by the rule that decided; none when it was not about roles. */
async function missingRoles({ status, rule, ruleRoute, roles, environment }) {
  if (rule === null || rule === undefined || ![401, 403, 302, 404].includes(status)) return [];
  const { rules } = await get("routes", { environment });
  const decided = rules.find(({ index, route }) => index === rule && route === ruleRoute);
  const needed = decided?.allowedRoles ?? [];
  const has = roles?.length > 0 ? rolesOf({ roles }) : ["anonymous"];
  return needed.some((role) => has.includes(role)) ? [] : needed;
}
