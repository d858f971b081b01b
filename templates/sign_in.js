"use strict";
(() => {
  const form = document.forms.auth;
  const field = (id) => document.getElementById(id);
  const remembered = ["userId", "userDetails", "userRoles", "claims"];
  const defaults = { userId: "", userDetails: "", userRoles: "anonymous\nauthenticated", claims: "[]" };
  // The incumbent's key and shape, so that users typed there are found here.
  const key = "auth@" + field("identityProvider").value;

  // Storage may be switched off; then nothing is remembered, and the form works all the same.
  const load = () => {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
  };
  const save = () => {
    const data = { identityProvider: field("identityProvider").value };
    for (const id of remembered) data[id] = field(id).value;
    data.userRoles = data.userRoles.trim().split(/\s*\n\s*/);
    try { localStorage.setItem(key, JSON.stringify(data)); } catch { /* see above */ }
  };

  const asText = (id, value) => {
    if (typeof value === "string") return value;
    if (!Array.isArray(value)) return undefined;
    return id === "claims" ? JSON.stringify(value, null, 2) : value.join("\n");
  };

  const claimsMistake = () => {
    const text = field("claims").value.trim();
    if (!text) return "";
    let claims;
    try { claims = JSON.parse(text); } catch (error) { return "This is not JSON: " + error.message; }
    if (!Array.isArray(claims)) return "This is JSON, but not an array.";
    const isClaim = (claim) => claim && typeof claim.typ === "string" && typeof claim.val === "string";
    const wrong = claims.findIndex((claim) => !isClaim(claim));
    return wrong < 0 ? "" : "Claim " + (wrong + 1) + " needs the texts \"typ\" and \"val\".";
  };
  const check = () => {
    const mistake = claimsMistake();
    field("claimsMistake").textContent = mistake;
    field("claims").setCustomValidity(mistake);
    field("claims").setAttribute("aria-invalid", String(mistake !== ""));
  };

  if (form.dataset.restore === "true") {
    const data = load();
    for (const id of remembered) {
      const text = asText(id, data[id]);
      if (text !== undefined) field(id).value = text;
    }
  }
  // Shows what the rolesSource would give to this user; nobody is signed in.
  const ask = field("askRoles");
  if (ask) ask.addEventListener("click", async () => {
    const out = field("askedRoles");
    out.textContent = "asking…";
    try {
      const claims = field("claims").value.trim();
      const response = await fetch(form.getAttribute("action") + "?preview=1", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          userId: field("userId").value,
          userDetails: field("userDetails").value,
          userRoles: field("userRoles").value.trim().split(/\s*\n\s*/),
          claims: claims ? JSON.parse(claims) : [],
        }),
      });
      const answer = await response.json();
      const source = answer.rolesSource || {};
      if (answer.error || source.error) out.textContent = "No roles: " + (answer.error || source.error);
      else out.textContent = source.roles.length ? "It gives: " + source.roles.join(", ") : "It gives no roles.";
    } catch (error) {
      out.textContent = "No roles: " + error.message;
    }
  });
  check();
  form.addEventListener("input", () => { check(); save(); });
  form.addEventListener("submit", save);
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const id of remembered) field(id).value = defaults[id];
    check();
    save();
    field("userDetails").focus();
  });
})();
