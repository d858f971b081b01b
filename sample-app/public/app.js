// Shared by every page: who is signed in, the links that bring them back, and a few helpers for the page scripts.

/** Makes an element: `make("p", { className: "x" }, "text", child)`. Text is never read as HTML. */
export function make(tag, props = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
}

/** The signed-in visitor's client principal, or null. Asked for once a page. */
export const visitor = fetch("/.auth/me", { headers: { Accept: "application/json" } })
  .then((response) => (response.ok ? response.json() : { clientPrincipal: null }))
  .then((body) => body.clientPrincipal)
  .catch(() => null);

/** Calls the API and returns its JSON; throws an Error in words for the page otherwise. */
export async function api(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Error("The site cannot be reached.");
  }
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  if (response.status === 204) return null;
  const body = isJson ? await response.json() : null;
  if (response.ok && isJson) return body;
  if (body?.error) throw new Error([body.error, ...(body.problems ?? [])].join("; "));
  if (response.status === 401) throw new Error("Sign in first: the answer was 401.");
  if (response.status === 403) throw new Error("Your roles do not allow this: the answer was 403.");
  throw new Error(`The API is not answering (status ${response.status}). Is it running?`);
}

/** The address that signs a visitor in and brings them back to this page. */
export function loginUrl(provider) {
  const back = location.pathname + location.search;
  return `/.auth/login/${provider}?post_login_redirect_uri=${encodeURIComponent(back)}`;
}

const names = { mute: ["mute swan", "mute swans"], whooper: ["whooper", "whoopers"], bewicks: ["Bewick's swan", "Bewick's swans"], black: ["black swan", "black swans"] };

/** "2 mute swans" */
export function swans({ species, count }) {
  const [one, many] = names[species] ?? [species, species];
  return `${count} ${count === 1 ? one : many}`;
}

/** "3 hours ago" */
export function ago(time) {
  const minutes = Math.round((Date.now() - new Date(time)) / 60_000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (minutes < 1) return "just now";
  if (minutes < 60) return words.format(-minutes, "minute");
  if (minutes < 36 * 60) return words.format(-Math.round(minutes / 60), "hour");
  return words.format(-Math.round(minutes / 1440), "day");
}

/** Fills a `.sightings` list. */
export function showSightings(list, sightings, whenEmpty) {
  list.removeAttribute("aria-busy");
  list.replaceChildren(
    ...sightings.map((sighting) => {
      const item = make(
        "li",
        {},
        make("img", { src: `/assets/${sighting.species}.svg`, alt: "" }),
        make("b", {}, `${swans(sighting)}, ${sighting.place}`),
        make("time", { dateTime: sighting.at }, ago(sighting.at)),
        make("p", {}, sighting.note, make("span", {}, `Seen by ${sighting.observer}`)),
      );
      item.dataset.id = sighting.id;
      return item;
    }),
  );
  if (sightings.length === 0) list.append(make("li", { className: "empty" }, whenEmpty));
}

/** Says in a list's own place why it could not be filled. */
export function showTrouble(list, error) {
  list.removeAttribute("aria-busy");
  list.replaceChildren(make("li", { className: "empty" }, error.message));
}

for (const link of document.querySelectorAll("[data-login]")) {
  link.href = loginUrl(link.dataset.login);
}

visitor.then((principal) => {
  document.documentElement.dataset.visitor = principal ? "signed-in" : "signed-out";
  if (!principal) return;
  const name = principal.userDetails;
  document.getElementById("who").replaceChildren(
    make("span", { className: "face", ariaHidden: "true" }, [...name][0] ?? "?"),
    make("span", { className: "name", title: principal.userRoles.join(", ") }, name),
    make("a", { className: "button quiet small", href: "/logout" }, "Sign out"),
  );
  for (const place of document.querySelectorAll("[data-name]")) place.textContent = name;
});
