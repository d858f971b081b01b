// Elements are made here and nowhere else. Data becomes text, never markup: an app can be asked for any path.

/** Addresses that a link may have: of this page, of this origin, or of the web. */
const LINK = /^(#|\/(?![/\\])|https?:\/\/)/i;

/**
 * An element. Attributes that are null, undefined or false are left out, functions listen to the event of that name,
 * children that are null, undefined or false are left out and arrays are taken apart.
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(key, value);
    else if (key !== "href" || LINK.test(value)) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

/** Puts other children in. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** A sentence with names and values in backticks. An odd last backtick is only a character. */
export function prose(text) {
  return String(text ?? "")
    .split(/(`[^`]*`)/)
    .map((part) => (/^`[^`]*`$/.test(part) ? make("code", {}, part.slice(1, -1)) : part));
}

/** Names and what they are; pairs whose second is null are left out. */
export function facts(pairs) {
  return make(
    "dl",
    { class: "facts" },
    pairs.filter(([, value]) => value !== null && value !== undefined && value !== false).map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
}

/** A table with headings; cells are nodes or texts. `label` says what it lists. */
export function table(label, headings, rows) {
  return make(
    "div",
    { class: "scrolls", tabindex: "0", role: "region", "aria-label": label },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, headings.map((heading) => make("th", { scope: "col" }, heading)))),
      make("tbody", {}, rows.map((cells) => make("tr", {}, cells.map((cell) => make("td", {}, cell))))),
    ),
  );
}

/** A choice of one. Options are [value, text]. */
export function select(label, options, chosen, onchange) {
  const element = make("select", { change: () => onchange?.(element.value) });
  setOptions(element, options, chosen);
  return { element, field: make("label", { class: "inline" }, make("span", {}, label), " ", element) };
}

export function setOptions(element, options, chosen = element.value) {
  fill(element, options.map(([value, text]) => make("option", { value }, text)));
  if (options.some(([value]) => value === chosen)) element.value = chosen;
}

export function button(text, click, kind = "quiet") {
  return make("button", { type: "button", class: kind, click }, text);
}

/** What is shown where there is nothing to show; `more` are parts of one paragraph. */
export function empty(title, ...more) {
  return make("div", { class: "empty" }, make("p", { class: "lead-in" }, title), more.length > 0 && make("p", {}, more));
}

/** What is shown instead of something that could not be had. */
export function failure(error, again) {
  return make(
    "div",
    { class: "box bad", role: "alert" },
    make("p", {}, prose(error.message)),
    error.hint && make("p", { class: "hint" }, make("b", {}, "hint:"), " ", prose(error.hint)),
    again && make("p", {}, button("Try again", again)),
  );
}

const polite = document.getElementById("announcements");

/** Says something to those who do not see it. */
export function announce(text) {
  polite.textContent = "";
  requestAnimationFrame(() => {
    polite.textContent = text;
  });
}
