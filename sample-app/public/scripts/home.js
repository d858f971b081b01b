import { api, showSightings, showTrouble } from "/app.js";

const latest = document.getElementById("latest");
try {
  const { sightings } = await api("/api/sightings");
  showSightings(latest, sightings.slice(0, 3), "Nothing on the water yet.");
} catch (error) {
  showTrouble(latest, error);
}
