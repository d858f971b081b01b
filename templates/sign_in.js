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
