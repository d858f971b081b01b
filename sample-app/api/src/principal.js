// Static Web Apps tells an API who is calling in one header: base64 of a JSON client principal.

/** The caller's client principal, or null when nobody is signed in. */
function principalOf(request) {
  const header = request.headers.get("x-ms-client-principal");
  if (!header) return null;
  try {
    return JSON.parse(Buffer.from(header, "base64").toString("utf8"));
  } catch {
    return null;
  }
}

module.exports = { principalOf };
