const { app } = require("@azure/functions");

app.http("hello", {
  methods: ["GET", "POST"],
  authLevel: "anonymous",
  handler: async (request, context) => {
    const name = request.query.get("name") || (await request.text()) || "stranger";
    context.log(`hello to ${name}`);
    return {
      jsonBody: {
        message: `Hello, ${name}.`,
        pond: process.env.POND_NAME ?? "an unnamed pond",
        runtime: `node ${process.version}`,
      },
    };
  },
});
