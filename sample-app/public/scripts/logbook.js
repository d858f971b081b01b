import { api, make, showSightings, showTrouble, visitor } from "/app.js";

const log = document.getElementById("log");
const form = document.getElementById("add");
const said = document.getElementById("said");
const exchange = document.getElementById("exchange");

async function load(newId) {
  try {
    const { sightings } = await api("/api/sightings");
    showSightings(log, sightings, "The log is empty. Be the first.");
    log.querySelector(`[data-id="${newId}"]`)?.classList.add("new");
  } catch (error) {
    showTrouble(log, error);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { species, count, place, note } = Object.fromEntries(new FormData(form));
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "";
  try {
    const entry = await api("/api/sightings", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ species, count: Number(count), place, note }),
    });
    said.textContent = `Logged as number ${entry.id}.`;
    form.reset();
    await load(entry.id);
  } catch (error) {
    said.textContent = error.message;
  } finally {
    button.disabled = false;
  }
});

/** Sends what a button says and shows the answer as it came, whatever its status. */
async function send(button) {
  const [method, path] = button.dataset.call.split(" ");
  const body = button.dataset.body;
  const started = performance.now();
  let response, text;
  try {
    response = await fetch(path, { method, body, headers: body ? { "Content-Type": "application/json" } : {} });
    text = await response.text();
  } catch {
    exchange.replaceChildren(make("p", {}, `${method} ${path} got no answer. Is the site still running?`));
    return;
  }
  const took = Math.max(1, Math.round(performance.now() - started));
  const type = response.headers.get("content-type") ?? "no content type";
  try {
    text = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: an error page or plain text, shown as it came.
  }
  const head = make(
    "p",
    { className: "head" },
    make("b", {}, `${method} ${path}`),
    make("b", { className: `status s${String(response.status)[0]}` }, String(response.status)),
    make("span", {}, type),
    make("span", {}, `${took} ms`),
  );
  exchange.replaceChildren(head, make("pre", { tabIndex: 0 }, text || "(an empty body)"));
}

document.getElementById("calls").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-call]");
  if (button) send(button);
});

load();
visitor.then((principal) => {
  document.getElementById("signed-out").hidden = principal !== null;
});
fetch("/assets/pond.geojson")
  .then((response) => response.json())
  .then(({ features }) => {
    const options = features.map(({ properties }) => make("option", { value: properties.name }));
    document.getElementById("places").replaceChildren(...options);
  })
  .catch(() => {
    // Suggestions only: the field takes any place.
  });
