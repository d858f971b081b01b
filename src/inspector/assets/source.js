// The text of a configuration with what is to be said about its lines between them.

import { make, prose } from "./dom.js";

/**
 * `text` is the file. `notes` are said below the header of the lines that they are about: {line, endLine, tone, says: [children],
 * below} where `tone` is a class of the lines ("matched", "tried", "idle", "denied", "error", "warning", "remark") and `below` puts the note under the
 * last line. `marks` underline: {line, column, endColumn}; lines and columns count from 1, columns in characters.
 */
export function sourceView({ text, notes, marks = [], label, isFocused }) {
  const lines = text.replace(/\n$/, "").split(/\r?\n/);
  const before = group(notes.filter((note) => !note.below && note.says), (note) => note.line);
  const after = group(notes.filter((note) => note.below && note.says), (note) => note.endLine ?? note.line);
  const marked = group(marks, (mark) => mark.line);
  const tones = new Map();
  for (const { line, endLine, tone } of notes) for (let at = line; at <= (endLine ?? line); at += 1) tones.set(at, [...(tones.get(at) ?? []), tone]);
  const rows = lines.map((line, index) => {
    const number = index + 1;
    const indent = line.length - line.trimStart().length;
    const noteRow = (note) => make("span", { class: `note ${note.tone}` }, make("i", {}), make("span", { class: "indent" }, " ".repeat(indent)), make("span", { class: "says" }, note.says));
    return [
      (before.get(number) ?? []).map(noteRow),
      make("span", { class: (tones.get(number) ?? []).join(" ") }, make("i", {}, String(number)), underlined(line, marked.get(number) ?? []), "\n"),
      (after.get(number) ?? []).map(noteRow),
    ];
  });
  const view = make("pre", { class: "source", tabindex: "0", role: "region", "aria-label": label }, rows);
  // The line that counts is in sight, without moving the page.
  queueMicrotask(() => requestAnimationFrame(() => scrollTo(view, isFocused)));
  return view;
}

function scrollTo(view, selector) {
  const line = selector && view.querySelector(selector);
  if (line) view.scrollTop = Math.max(0, line.offsetTop - view.offsetTop - view.clientHeight / 3);
}

function group(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/** Marks count characters, JavaScript counts UTF-16 units. */
function underlined(line, marks) {
  const [mark] = marks;
  if (!mark?.column) return line;
  const letters = Array.from(line);
  const end = Math.max(mark.endColumn ?? letters.length + 1, mark.column + 1);
  const part = (from, to) => letters.slice(from - 1, to - 1).join("");
  return [part(1, mark.column), make("mark", {}, part(mark.column, end)), part(end, letters.length + 1)];
}

/** `refused` is what Azure does not deploy. */
const TONES = { error: "error", refused: "error", warning: "warning", note: "remark" };

/** What is wrong, as notes and marks of the source. */
export function findingNotes(findings) {
  const placed = findings.filter(({ line }) => line > 0);
  return {
    notes: placed.map((finding) => ({ line: finding.line, endLine: finding.line, tone: TONES[finding.severity] ?? "warning", below: true, says: findingText(finding) })),
    marks: placed.map(({ line, column, endLine, endColumn }) => ({ line, column, endColumn: endLine === line ? endColumn : undefined })),
  };
}

export function findingText({ severity, message, hint }) {
  return [make("span", { class: `badge ${TONES[severity] ?? "warning"}` }, severity), prose(message), hint && make("span", { class: "hint" }, make("b", {}, "hint:"), " ", prose(hint))];
}
