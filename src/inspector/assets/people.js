// Who is signed in, and who one can become.

import { get, Refused } from "./api.js";
import { on, tell } from "./events.js";

let known = { current: null, personas: [], roles: [], recent: [] };
export const people = () => known;

export async function loadPeople() {
  known = { ...known, ...(await get("personas")) };
  tell("people", known);
  return known;
}

/** The personas that can sign in to an environment. */
export const personasOf = async (environment) => (await get("personas", { environment })).personas.filter(({ problem }) => !problem);

/** The address that makes a browser that persona. */
export const bookmark = (name, redirect = "/") => `/.cygnet/sign-in?${new URLSearchParams({ persona: name, redirect })}`;

/** Signs in as a persona, in this browser. */
export const become = (name) => visit(bookmark(name, "/.cygnet/api/info"));
export const signOut = () => visit(`/.cygnet/sign-in?${new URLSearchParams({ anonymous: "1", redirect: "/.cygnet/api/info" })}`);

async function visit(address) {
  const response = await fetch(address, { cache: "no-store" });
  if (!response.ok) {
    const { message, hint } = (await response.json().catch(() => null))?.error ?? {};
    throw new Refused(message ?? `The emulator answered ${response.status}.`, hint, response.status);
  }
  return loadPeople();
}

/** The roles that a persona has once it is signed in. */
export const rolesOf = ({ roles }) => ["anonymous", "authenticated", ...(roles ?? [])];

/** Personas that have one of these roles, those with the fewest roles first. */
export function whoHas(personas, roles) {
  return personas.filter((persona) => rolesOf(persona).some((role) => roles.includes(role))).sort((a, b) => (a.roles ?? []).length - (b.roles ?? []).length);
}

/** A choice of "as whom" for each persona. */
export const personaOptions = (personas) => personas.map(({ name, roles }) => [name, (roles ?? []).length > 0 && roles.join() !== name ? `${name} (${roles.join(", ")})` : name]);

on("changed", ({ what }) => what === "configuration" && loadPeople().catch(() => {}));
// Another tab may have signed in.
addEventListener("focus", () => loadPeople().catch(() => {}));
