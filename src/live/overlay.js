// The overlay: what is wrong, over the page, until it is fixed or dismissed. `STYLE` is overlay.css.
//
// Built from nodes and text alone, styled by a constructed sheet in a shadow root: no policy of the app forbids that,
// and neither side's style reaches the other. A modal <dialog> brings the focus, the Escape key and the place on top.

const DISMISSED = "cygnet.dismissed";
const TITLES = {
  configuration: ["The configuration is invalid", "The previous configuration stays in effect. This notice disappears when the file is fixed."],
  api: ["The API does not run", "This notice goes when the functions are up again."],
  edit: ["The edited API does not start", "The functions answer as they did before the edit. This notice goes when it is fixed."],
  sources: ["This page has to be built first", "It is shown as it is on the disk, and browsers cannot run its sources."],
  several: ["Several things are wrong", "This notice goes when they are fixed."],
};

let host = null;

function show(problems) {
  const key = JSON.stringify(problems);
  hide();
  // Dismissed is dismissed, on the next page too, until something else is wrong.
  if (remembered() === key) return;
  remember(null);
  host = document.createElement("cygnet-overlay");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const dialog = build(problems);
  root.append(dialog);
  // Escape closes a dialog by itself; so does the button.
  dialog.addEventListener("close", () => {
    remember(key);
    host?.remove();
    host = null;
  });
  document.documentElement.append(host);
  dialog.showModal();
}

/** Takes the overlay away because nothing is wrong any more, or because something else is. */
function hide() {
  const dialog = host?.shadowRoot.querySelector("dialog");
  host = null;
  if (!dialog) return;
  const element = dialog.getRootNode().host;
  // Closing gives the focus back; the event comes later and would count as dismissed.
  dialog.addEventListener("close", (event) => event.stopImmediatePropagation(), { capture: true });
  dialog.close();
  element.remove();
}

function build(problems) {
  const kinds = new Set(problems.map(({ kind }) => kind));
  const [title, intro] = TITLES[kinds.size > 1 ? "several" : [...kinds][0]] ?? ["Something is wrong", ""];
  const dismiss = make("button", { type: "button", class: "dismiss" }, "Dismiss ", make("kbd", {}, "Esc"));
  const dialog = make(
    "dialog",
    { "aria-labelledby": "title", "aria-describedby": "intro" },
    make("header", {}, make("div", {}, make("h1", { id: "title" }, title), make("p", { id: "intro" }, intro)), dismiss),
    make("div", { class: "problems" }, ...problems.map(problem)),
    make("footer", {}, "Shown by the local emulator Cygnet; Azure shows nothing of this. ", make("code", {}, "--no-live-reload"), " turns it off."),
  );
  dismiss.addEventListener("click", () => dialog.close());
  return dialog;
}

function problem({ severity, message, file, line, column, excerpt, hint }) {
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  return make(
    "section",
    { class: severity },
    make("p", { class: "place" }, make("span", { class: "badge" }, severity), place && make("span", { class: "file" }, place)),
    make("h2", {}, ...prose(message)),
    excerpt.length > 0 && make("pre", { tabindex: "0", "aria-label": "Excerpt of the file" }, ...excerpt.map(sourceLine)),
    hint && make("p", { class: "hint" }, make("b", {}, "hint:"), " ", ...prose(hint)),
  );
}

function sourceLine({ number, text, mark }) {
  if (!mark) return make("span", {}, make("i", {}, String(number)), text, "\n");
  // Marks count characters, JavaScript counts UTF-16 units.
  const letters = Array.from(text);
  const part = (from, to) => letters.slice(from, to).join("");
  const [from, length] = mark;
  const marked = part(from, from + length);
  return make("span", { class: "here" }, make("i", {}, String(number)), part(0, from), marked && make("mark", {}, marked), part(from + length), "\n");
}

/** Text with names and values in backticks. An odd last backtick is only a character. */
function prose(text) {
  return text.split(/(`[^`]*`)/).map((part) => (/^`[^`]*`$/.test(part) ? make("code", {}, part.slice(1, -1)) : part));
}

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter(Boolean));
  return element;
}

function remembered() {
  try {
    return sessionStorage.getItem(DISMISSED);
  } catch {
    return null;
  }
}

function remember(key) {
  try {
    if (key === null) sessionStorage.removeItem(DISMISSED);
    else sessionStorage.setItem(DISMISSED, key);
  } catch {
    // no storage in this page: it will be shown again
  }
}
