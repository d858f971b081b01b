// Personas: one click to become one.

import { copyButton } from "./copy.js";
import { announce, button, empty, failure, fill, make, prose } from "./dom.js";
import { on } from "./events.js";
import { become, bookmark, loadPeople, people, signOut } from "./people.js";

const FROM = { role: "a role of the configuration" };

export function signInView() {
  const trouble = make("div", { class: "trouble" });
  const place = make("div", {}, make("p", { class: "help" }, "Loading…"));
  const element = make("div", { class: "view narrow" }, make("h1", {}, "Sign-in"), make("p", { class: "help" }, "No password and no request to a provider. This browser becomes the persona, and the app sees it so."), trouble, place);

  const attempt = (act, said) => async () => {
    fill(trouble);
    try {
      await act();
      announce(said);
    } catch (error) {
      fill(trouble, failure(error));
    }
  };

  const draw = () => {
    const { current, personas, roles, problems } = people();
    fill(place, signedIn(current, attempt(signOut, "Signed out")), (problems ?? []).map((problem) => make("p", { class: "box bad" }, prose(problem))), make("h2", {}, "Personas"), personas.length > 0 ? make("ul", { class: "personas" }, personas.map((persona) => card(persona, current, attempt))) : noPersonas(), make("h2", {}, "Roles of the configuration"), roleList(roles));
  };

  async function load() {
    try {
      await loadPeople();
    } catch (error) {
      fill(place, failure(error, load));
    }
  }

  const ends = [on("people", draw), on("connection", ({ connected }) => connected && load())];
  return { title: "Sign-in", element, update: load, close: () => ends.forEach((end) => end()) };
}

function signedIn(current, leave) {
  if (!current) return make("p", { class: "box" }, "Nobody is signed in.");
  const { userDetails, identityProvider, provider, userRoles, userId } = current;
  return make(
    "div",
    { class: "box current" },
    make("p", {}, "Signed in as ", make("b", {}, userDetails), ` by ${provider ?? identityProvider}`, userId && [", user ID ", make("code", {}, userId)]),
    make("p", {}, (userRoles ?? []).map(chip)),
    make("p", {}, button("Sign out", leave, "quiet small")),
  );
}

const chip = (role) => make("span", { class: "tag" }, role);

function card(persona, current, attempt) {
  const { name, provider, userDetails, roles, from, problem } = persona;
  const isCurrent = current?.userDetails === userDetails && (current.provider ?? current.identityProvider) === provider;
  return make(
    "li",
    { class: isCurrent ? "persona chosen" : "persona" },
    make("div", {}, make("h3", {}, name), make("p", { class: "help" }, `${userDetails} · ${provider} · from ${FROM[from] ?? from}`), make("p", {}, (roles ?? []).map(chip)), problem && make("p", { class: "mistake" }, prose(problem))),
    make(
      "div",
      { class: "row-of-actions" },
      problem ? null : isCurrent ? make("span", { class: "help" }, "That is you") : make("button", { type: "button", class: "small", "aria-label": `Become ${name}`, click: attempt(() => become(name), `Signed in as ${name}`) }, "Become"),
      !problem && copyButton("Copy bookmark", () => `${location.origin}${bookmark(name)}`),
    ),
  );
}

const noPersonas = () => empty("No personas.", "Write some into ", make("code", {}, ".cygnet/personas.json"), ", or let a rule of the configuration name a role.");
const roleList = (roles) => (roles.length > 0 ? make("p", {}, roles.map(chip)) : make("p", { class: "help" }, "It names none."));
