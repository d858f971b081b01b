import { api, make, showSightings, showTrouble, visitor } from "/app.js";

function facts(list, principal) {
  const fact = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
  if (!principal) {
    list.replaceChildren(fact("Visitor", "nobody signed in"));
    return;
  }
  const rows = [
    fact("Name", principal.userDetails),
    fact("Signed in with", principal.identityProvider),
    fact("Id", principal.userId),
    fact("Roles", principal.userRoles.join(", ")),
  ];
  if (principal.claims) rows.push(fact("Claims", String(principal.claims.length)));
  list.replaceChildren(...rows);
}

const seenByApi = document.getElementById("seen-by-api");
const mine = document.getElementById("mine");
const principal = await visitor;

facts(document.getElementById("seen-by-site"), principal);
if (principal) document.getElementById("name").textContent = principal.userDetails;

try {
  facts(seenByApi, (await api("/api/me")).clientPrincipal);
  const { sightings } = await api("/api/sightings");
  showSightings(mine, sightings.filter(({ observer }) => observer === principal?.userDetails), "Nothing logged under your name yet.");
} catch (error) {
  seenByApi.replaceChildren(make("div", {}, make("dt", {}, "API"), make("dd", {}, error.message)));
  showTrouble(mine, error);
}
