// The clipboard.

import { announce, button } from "./dom.js";

const SAID_FOR = 2000;

/** A button that copies what `text()` gives and says so. */
export function copyButton(label, text, kind = "quiet small") {
  const element = button(
    label,
    async () => {
      const done = await copy(text());
      element.textContent = done ? "Copied" : "Not copied";
      announce(done ? "Copied to the clipboard" : "The browser does not allow to copy");
      setTimeout(() => {
        element.textContent = label;
      }, SAID_FOR);
    },
    kind,
  );
  return element;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // over plain HTTP from another machine there is no clipboard
  }
}

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
