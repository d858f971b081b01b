const { app } = require("@azure/functions");
const { principalOf } = require("../principal");

// What an API learns of its caller: the same person as /.auth/me, without the claims.
app.http("me", {
  methods: ["GET"],
  authLevel: "anonymous",
  handler: async (request) => ({
    jsonBody: {
      clientPrincipal: principalOf(request),
      originalUrl: request.headers.get("x-ms-original-url"),
    },
  }),
});
