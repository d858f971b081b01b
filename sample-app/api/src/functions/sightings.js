const { app } = require("@azure/functions");
const log = require("../log");
const { principalOf } = require("../principal");

app.http("sightings", {
  route: "sightings",
  methods: ["GET", "POST"],
  authLevel: "anonymous",
  handler: async (request, context) => {
    if (request.method === "GET") {
      return { jsonBody: { sightings: log.list() } };
    }

    let body;
    try {
      body = await request.json();
    } catch {
      return { status: 400, jsonBody: { error: "the body is not JSON" } };
    }
    const { sighting, problems } = log.check(body);
    if (problems) {
      return { status: 400, jsonBody: { error: "this sighting cannot be logged", problems } };
    }
    // The route rule lets only signed-in callers POST; without that rule the log would still not take anyone's word.
    const principal = principalOf(request);
    const entry = log.add(sighting, principal?.userDetails ?? "a passer-by");
    context.log(`sighting ${entry.id}: ${entry.count} ${entry.species} at ${entry.place}`);
    return { status: 201, headers: { Location: `/api/sightings/${entry.id}` }, jsonBody: entry };
  },
});

app.http("sighting", {
  route: "sightings/{id}",
  methods: ["GET", "DELETE"],
  authLevel: "anonymous",
  handler: async (request, context) => {
    const { id } = request.params;
    if (request.method === "DELETE") {
      if (!log.remove(id)) return { status: 404, jsonBody: { error: `there is no sighting ${id}` } };
      context.log(`sighting ${id} removed by ${principalOf(request)?.userDetails ?? "someone"}`);
      return { status: 204 };
    }
    const sighting = log.find(id);
    if (!sighting) return { status: 404, jsonBody: { error: `there is no sighting ${id}` } };
    return { jsonBody: sighting };
  },
});
