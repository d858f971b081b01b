import { ago, api, make, swans } from "/app.js";

const desk = document.getElementById("desk");
const said = document.getElementById("desk-said");

function say(words) {
  said.hidden = false;
  said.textContent = words;
}

function row(sighting) {
  const strike = make("button", { className: "button quiet small", type: "button" }, "Strike out");
  strike.setAttribute("aria-label", `Strike out number ${sighting.id}`);
  const line = make(
    "tr",
    {},
    make("td", {}, String(sighting.id)),
    make("td", {}, swans(sighting)),
    make("td", {}, sighting.place),
    make("td", {}, sighting.observer),
    make("td", {}, ago(sighting.at)),
    make("td", {}, strike),
  );
  line.dataset.id = sighting.id;
  strike.addEventListener("click", async () => {
    strike.disabled = true;
    try {
      await api(`/api/sightings/${sighting.id}`, { method: "DELETE" });
      line.remove();
      say(`Number ${sighting.id} is struck out.`);
    } catch (error) {
      strike.disabled = false;
      say(error.message);
    }
  });
  return line;
}

try {
  const { sightings } = await api("/api/sightings");
  desk.replaceChildren(...sightings.map(row));
} catch (error) {
  desk.replaceChildren(make("tr", {}, make("td", { colSpan: 6, className: "empty" }, error.message)));
}
desk.removeAttribute("aria-busy");
