// A table of many rows of which only the visible ones are elements. The grid itself has the focus and names the active row.

import { make } from "./dom.js";

const MORE = 8;

/**
 * `columns` are headings; `cells(item)` gives a cell for each of them; `open(item)` is called for Enter and clicks, `moved(item)`
 * when the active row changes by keys. Items have an `id` and come with falling ids.
 */
export function virtualList({ label, columns, cells, open, moved }) {
  let items = [];
  let active = null;
  let rows = new Map();
  let frame = 0;

  const body = make("div", { role: "rowgroup", class: "rows" });
  const header = make("div", { role: "row", class: "row head", "aria-rowindex": "1" }, columns.map((name) => make("span", { role: "columnheader" }, name)));
  const grid = make("div", { role: "grid", class: "request-list", tabindex: "0", "aria-label": label }, make("div", { role: "rowgroup", class: "heads" }, header), body);
  const height = () => parseFloat(getComputedStyle(grid).getPropertyValue("--row-height")) || 32;

  /** Where the item of an id is; -1 when it is not there. */
  function indexOf(id) {
    let [low, high] = [0, items.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (items[middle].id === id) return middle;
      if (items[middle].id > id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  function draw() {
    cancelAnimationFrame(frame);
    frame = 0;
    const row = height();
    body.style.height = `${items.length * row}px`;
    const first = Math.max(0, Math.floor(grid.scrollTop / row) - MORE);
    const last = Math.min(items.length, Math.ceil((grid.scrollTop + grid.clientHeight) / row) + MORE);
    const shown = new Set(Array.from({ length: Math.max(0, last - first) }, (_, n) => first + n));
    const activeAt = active === null ? -1 : indexOf(active);
    if (activeAt >= 0) shown.add(activeAt);
    const next = new Map();
    for (const index of [...shown].sort((a, b) => a - b)) {
      const item = items[index];
      const known = rows.get(item.id);
      const element = known?.item === item ? known.element : rowOf(item);
      element.style.transform = `translateY(${index * row}px)`;
      element.setAttribute("aria-rowindex", index + 2);
      element.setAttribute("aria-selected", index === activeAt);
      next.set(item.id, { item, element });
    }
    for (const [id, { element }] of rows) if (next.get(id)?.element !== element) element.remove();
    // A row that stays is not taken out to be put in again: a click on it would be lost.
    let place = body.firstElementChild;
    for (const { element } of next.values()) {
      if (place === element) place = element.nextElementSibling;
      else body.insertBefore(element, place);
    }
    rows = next;
    grid.setAttribute("aria-rowcount", items.length + 1);
    if (activeAt >= 0) grid.setAttribute("aria-activedescendant", `row-${active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  const rowOf = (item) => make("div", { role: "row", class: "row", id: `row-${item.id}`, "data-id": item.id }, cells(item).map((cell) => (cell.setAttribute("role", "gridcell"), cell)));

  function schedule() {
    frame ||= requestAnimationFrame(draw);
  }

  /** Shows other items, at once. What is looked at stays where it is, unless that is the newest. */
  function show(next) {
    const row = height();
    const top = grid.scrollTop;
    const anchor = top > 0 ? items[Math.floor(top / row)] : undefined;
    items = next;
    if (anchor) {
      const at = indexOf(anchor.id);
      if (at >= 0) {
        body.style.height = `${items.length * row}px`;
        grid.scrollTop = at * row + (top % row);
      }
    }
    draw();
  }

  function activate(id) {
    active = id;
    schedule();
  }

  function reveal(id) {
    const at = indexOf(id);
    if (at < 0) return;
    const row = height();
    const room = grid.clientHeight - header.offsetHeight - row;
    if (at * row < grid.scrollTop) grid.scrollTop = at * row;
    else if (at * row > grid.scrollTop + room) grid.scrollTop = at * row - room;
  }

  grid.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || items.length === 0) return;
    const at = active === null ? -1 : indexOf(active);
    const page = Math.max(1, Math.floor(grid.clientHeight / height()) - 2);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: items.length - 1 };
    if (event.key in moves) {
      event.preventDefault();
      const item = items[Math.min(Math.max(moves[event.key], 0), items.length - 1)];
      activate(item.id);
      reveal(item.id);
      draw();
      moved(item);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      open(items[at]);
    }
  });
  grid.addEventListener("click", (event) => {
    const id = Number(event.target.closest("[data-id]")?.dataset.id);
    const at = indexOf(id);
    if (at < 0) return;
    activate(id);
    open(items[at]);
  });
  grid.addEventListener("scroll", schedule, { passive: true });
  const resized = new ResizeObserver(schedule);
  resized.observe(grid);

  return { element: grid, show, activate, reveal, close: () => resized.disconnect() };
}
