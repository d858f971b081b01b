// What is asked of the emulator. What changes something carries the token that the page was given.

const meta = document.querySelector("meta[name=cygnet-token]");
let token = meta.content;

/** An answer that is an error: a sentence, and what to do about it. */
export class Refused extends Error {
  constructor(message, hint, status) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

/** Reads `/.cygnet/api/PATH`; parameters that are empty are left out. `withToken` shows what is otherwise redacted. */
export function get(path, parameters = {}, { withToken = false } = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== ""));
  return ask(`${path}${query.size > 0 ? `?${query}` : ""}`, { headers: withToken ? { "X-Cygnet-Token": token } : {} });
}

/** Changes something. */
export function post(path, body = {}) {
  return ask(path, {
    method: "POST",
    headers: { "X-Cygnet-Token": token, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(`/.cygnet/api/${path}`, { cache: "no-store", ...options });
  } catch {
    throw new Refused("The emulator does not answer.", "start it again; this page comes back by itself");
  }
  if (response.status === 204) return null;
  const text = await response.text();
  let answer = null;
  try {
    answer = JSON.parse(text);
  } catch {
    // an answer of something in between, or none at all
  }
  if (!response.ok || answer === null) {
    const { message, hint } = answer?.error ?? {};
    throw new Refused(message ?? `The emulator answered ${response.status}.`, hint, response.status);
  }
  return answer;
}

/**
 * Takes the token of the emulator that answers now. True when it is another one than before. A page of another version
 * is loaded anew.
 */
export async function renewToken() {
  const text = await fetch("/.cygnet/", { cache: "no-store" }).then((response) => response.text());
  const page = new DOMParser().parseFromString(text, "text/html");
  const version = (document_) => document_.querySelector("meta[name=cygnet-version]")?.content;
  const next = page.querySelector("meta[name=cygnet-token]")?.content;
  if (!next || next === token) return false;
  if (version(page) !== version(document)) location.reload();
  token = next;
  return true;
}
