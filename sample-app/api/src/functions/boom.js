const { app } = require("@azure/functions");

// A function that fails, to see what its caller and its log get to read.
app.http("boom", {
  methods: ["GET"],
  authLevel: "anonymous",
  handler: async () => {
    throw new Error("The ice gave way");
  },
});
