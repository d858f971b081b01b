// The pond's log, in memory: it starts afresh whenever the API does.

const HOUR = 3_600_000;

/** Kinds of swan that may be logged; the keys are those of `/assets/swans.json`. */
const SPECIES = ["mute", "whooper", "bewicks", "black"];

const seeds = [
  { species: "mute", count: 2, place: "Reed bay", note: "Pair on the nest, the cob hissing at a spaniel.", observer: "ines", hours: 3 },
  { species: "whooper", count: 14, place: "North shore", note: "Came in low over the alders, calling.", observer: "tomasz", hours: 20 },
  { species: "bewicks", count: 6, place: "The shallows", note: "Asleep on one leg until the fog lifted.", observer: "admin-morgan", hours: 31 },
  { species: "black", count: 1, place: "Boathouse", note: "The lone visitor is back.", observer: "ines", hours: 52 },
];

const started = Date.now();
let lastId = 0;
const sightings = seeds.map(({ hours, ...seed }) => ({
  id: ++lastId,
  ...seed,
  at: new Date(started - hours * HOUR).toISOString(),
}));

/** All sightings, the newest first. */
function list() {
  return [...sightings].sort((a, b) => b.at.localeCompare(a.at) || b.id - a.id);
}

/** The sighting with this id, or undefined. */
function find(id) {
  return sightings.find((sighting) => String(sighting.id) === id);
}

/** Adds what `check` let through and returns it with its id and time. */
function add(sighting, observer) {
  const entry = { id: ++lastId, ...sighting, observer, at: new Date().toISOString() };
  sightings.push(entry);
  return entry;
}

/** Removes the sighting with this id and says whether there was one. */
function remove(id) {
  const index = sightings.findIndex((sighting) => String(sighting.id) === id);
  if (index === -1) return false;
  sightings.splice(index, 1);
  return true;
}

/** Returns `{ sighting }` when the body can be logged, or `{ problems }` in words for its writer. */
function check(body) {
  if (body === null || typeof body !== "object" || Array.isArray(body)) {
    return { problems: ["send a JSON object with species, count and place"] };
  }
  const problems = [];
  const { species, count, place, note = "" } = body;
  if (!SPECIES.includes(species)) problems.push(`species must be one of ${SPECIES.join(", ")}`);
  if (!Number.isInteger(count) || count < 1 || count > 500) problems.push("count must be a whole number from 1 to 500");
  if (typeof place !== "string" || place.trim() === "" || place.length > 60) problems.push("place must be 1 to 60 characters");
  if (typeof note !== "string" || note.length > 280) problems.push("note must be at most 280 characters");
  if (problems.length > 0) return { problems };
  return { sighting: { species, count, place: place.trim(), note: note.trim() } };
}

module.exports = { add, check, find, list, remove };
