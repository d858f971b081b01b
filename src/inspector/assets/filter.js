// Which requests are shown. The filter is part of the address, so that it can be shared.

import { caller, why } from "./format.js";

export const EMPTY = { q: "", status: "", kind: "", persona: "", env: "" };

export function fromParameters(parameters) {
  return Object.fromEntries(Object.keys(EMPTY).map((name) => [name, parameters.get(name) ?? ""]));
}

/** The address of a list, or of one request in it. */
export function address(filter, id = null) {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));
  return `#/requests${id === null ? "" : `/${id}`}${query.size > 0 ? `?${query}` : ""}`;
}

/** The text of a request that a search looks at. */
export function haystack(summary) {
  const { method, target, status, kind, roles, contentType } = summary;
  return [method, target, status, kind, why(summary), caller(summary), ...(roles ?? []), contentType].join(" ").toLowerCase();
}

/** A test for requests. Each word of the text has to be there; a word after a minus must not. */
export function matcher({ q, status, kind, persona, env }) {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const unwanted = words.filter((word) => word.length > 1 && word.startsWith("-")).map((word) => word.slice(1));
  const wanted = words.filter((word) => !word.startsWith("-"));
  const classes = status.split(",").filter(Boolean);
  return (summary) =>
    (classes.length === 0 || classes.includes(String(Math.floor(summary.status / 100)))) &&
    (kind === "" || summary.kind === kind) &&
    (persona === "" || caller(summary) === persona) &&
    (env === "" || summary.environment === env) &&
    wanted.every((word) => summary.haystack.includes(word)) &&
    !unwanted.some((word) => summary.haystack.includes(word));
}
