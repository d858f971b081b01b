const { app } = require("@azure/functions");

// `auth.rolesSource` names this function: Static Web Apps calls it once after each sign-in with
// { identityProvider, userId, userDetails, claims } and adds the roles that it answers. Browsers cannot reach it.
app.http("roles", {
  methods: ["POST"],
  authLevel: "anonymous",
  handler: async (request) => {
    const user = await request.json().catch(() => ({}));
    const name = String(user?.userDetails ?? "");
    const roles = name.startsWith("admin") ? ["admin"] : [];
    return { jsonBody: { roles } };
  },
});
