// A body as JSON, text, picture or hex.

import { button, fill, make } from "./dom.js";
import { size } from "./format.js";

const HEX_LINES = 512;

/** `note` says why there is none. */
export function bodyView(body, note) {
  if (!body) return make("p", { class: "help" }, note);
  if (body.bytes === 0) return make("p", { class: "help" }, "The body is empty.");
  const ways = waysToShow(body);
  const shown = make("div", { class: "shown" });
  const buttons = ways.map(([name, show]) => button(name, (event) => choose(event.currentTarget, show), "quiet small"));
  const choose = (chosen, show) => {
    for (const one of buttons) one.setAttribute("aria-pressed", one === chosen);
    fill(shown, show());
  };
  choose(buttons[0], ways[0][1]);
  const cut = body.truncated && "; the rest is not kept";
  return make("div", { class: "body" }, make("p", { class: "body-bar" }, buttons, make("span", { class: "help" }, `${size(body.bytes)}, ${body.contentType || "no Content-Type"}`, cut)), shown);
}

function waysToShow(body) {
  const { text, contentType } = body;
  const ways = [];
  const json = text && !body.truncated ? parsed(text) : undefined;
  if (json !== undefined) ways.push(["JSON", () => block(JSON.stringify(json, null, 2))]);
  if (body.base64 && /^image\//i.test(contentType ?? "") && !body.truncated) ways.push(["Picture", () => picture(body)]);
  if (text !== null && text !== undefined) ways.push(["Text", () => block(text)]);
  ways.push(["Hex", () => block(hex(bytesOf(body)))]);
  return ways;
}

const block = (text) => make("pre", { class: "plain", tabindex: "0", role: "region", "aria-label": "Body" }, text);

/** A picture runs no scripts, not even one of SVG. */
function picture({ base64, contentType }) {
  return make("img", { src: `data:${contentType.split(";")[0]};base64,${base64}`, alt: "The body as a picture" });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bytesOf({ base64, text }) {
  if (typeof base64 === "string") return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new TextEncoder().encode(text ?? "");
}

function hex(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length && lines.length < HEX_LINES; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const digits = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${digits.padEnd(47)}  ${letters}`);
  }
  if (bytes.length > HEX_LINES * 16) lines.push(`… ${bytes.length - HEX_LINES * 16} bytes more`);
  return lines.join("\n");
}
