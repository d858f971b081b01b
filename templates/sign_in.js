"use strict";
(() => {
  const form = document.forms.auth;
  const field = (id) => document.getElementById(id);
  const remembered = ["userId", "userDetails", "userRoles", "claims"];
  const defaults = { userDetails: "", userRoles: "anonymous\nauthenticated", claims: "[]" };
  // The incumbent's key and shape, so that users typed there are found here.
  const key = "auth@" + field("identityProvider").value;

  // Storage may be switched off; then nothing is remembered, and the form works all the same.
  const load = (key) => {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
  };
  const store = (key, data) => {
    try { localStorage.setItem(key, JSON.stringify(data)); } catch { /* see above */ }
  };
  const save = () => {
    const data = { identityProvider: field("identityProvider").value };
    for (const id of remembered) data[id] = field(id).value;
    data.userRoles = data.userRoles.trim().split(/\s*\n\s*/);
    try { data.claims = JSON.parse(data.claims); } catch { /* stays as typed */ }
    store(key, data);
  };

  // Of each user name that signed in here, so that an app finds its data again.
  const ids = new Map(Object.entries(load("ids@" + key)));
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  let isIdChosen = false;
  const setId = () => {
    if (isIdChosen) return;
    const id = field("userId");
    const known = ids.get(field("userDetails").value.trim());
    const isOfAnother = [...ids.values()].includes(id.value);
    if (known || isOfAnother) id.value = known || newId();
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
    field("userClaimsHelpBlockError").textContent = mistake;
    field("submit").disabled = mistake !== "";
    field("claims").setCustomValidity(mistake);
    field("claims").setAttribute("aria-invalid", String(mistake !== ""));
  };

  if (form.dataset.restore === "true") {
    const data = load(key);
    for (const id of remembered) {
      const text = asText(id, data[id]);
      if (text) field(id).value = text;
    }
  } else if (field("userDetails").value) setId();
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
  // A role of the configuration is one line of the field.
  const chips = [...document.querySelectorAll("#roleChips button")];
  const typedRoles = () => field("userRoles").value.split("\n").map((role) => role.trim()).filter(Boolean);
  const showChips = () => {
    const roles = typedRoles();
    for (const chip of chips) chip.setAttribute("aria-pressed", String(roles.includes(chip.value)));
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const roles = typedRoles();
      const others = roles.filter((role) => role !== chip.value);
      field("userRoles").value = (roles.length > others.length ? others : [...roles, chip.value]).join("\n");
      showChips();
      save();
    });
  }
  field("roleChips").hidden = chips.length === 0;

  // Who was typed and signed in here last, whatever the provider.
  const RECENT = "recent@cygnet";
  const MOST_RECENT = 5;
  const recent = () => {
    const list = load(RECENT).list;
    const isUser = (user) => user && ["identityProvider", ...remembered].every((id) => typeof user[id] === "string");
    return Array.isArray(list) ? list.filter(isUser) : [];
  };
  const remember = () => {
    const user = { identityProvider: field("identityProvider").value };
    for (const id of remembered) user[id] = field(id).value;
    const isOther = (other) => remembered.slice(0, 3).some((id) => other[id] !== user[id]) || other.identityProvider !== user.identityProvider;
    store(RECENT, { list: [user, ...recent().filter(isOther)].slice(0, MOST_RECENT) });
  };
  const become = (user) => {
    // Not as if it had been typed here: the form keeps what was.
    const values = Object.fromEntries(remembered.map((id) => [id, user[id]]));
    const redirect = form.elements.post_login_redirect_uri;
    if (redirect) values.post_login_redirect_uri = redirect.value;
    const quick = document.createElement("form");
    quick.method = "post";
    quick.action = "/.auth/login/" + encodeURIComponent(user.identityProvider);
    for (const [name, value] of Object.entries(values)) {
      const input = document.createElement("textarea");
      [input.name, input.value] = [name, value];
      quick.append(input);
    }
    quick.hidden = true;
    document.body.append(quick);
    quick.submit();
  };
  const showRecent = () => {
    const providers = form.dataset.providers.split(" ");
    const users = recent().filter((user) => providers.includes(user.identityProvider));
    const list = document.querySelector("#recent ul");
    list.replaceChildren(...users.map((user) => {
      const add = (parent, tag, text) => {
        const child = parent.appendChild(document.createElement(tag));
        child.textContent = text;
        return child;
      };
      const item = document.createElement("li");
      const button = add(item, "button", "");
      [button.type, button.className] = ["button", "person"];
      add(button, "b", user.userDetails);
      add(button, "span", user.identityProvider);
      const tags = add(button, "span", "");
      tags.className = "tags";
      const builtIn = defaults.userRoles.split("\n");
      const roles = user.userRoles.split("\n").map((role) => role.trim());
      for (const role of roles.filter((role) => role && !builtIn.includes(role))) add(tags, "i", role);
      button.addEventListener("click", () => become(user));
      return item;
    }));
    field("recent").hidden = users.length === 0;
  };
  check();
  showChips();
  showRecent();
  // Where the form stands beside the personas, and not below them.
  if (matchMedia("(min-width: 861px)").matches) field("userDetails").focus({ preventScroll: true });
  field("userId").addEventListener("input", () => { isIdChosen = true; });
  field("userDetails").addEventListener("input", setId);
  form.addEventListener("input", () => { check(); showChips(); save(); });
  form.addEventListener("submit", () => {
    ids.set(field("userDetails").value.trim(), field("userId").value);
    store("ids@" + key, Object.fromEntries(ids));
    remember();
    save();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const id in defaults) field(id).value = defaults[id];
    field("userId").value = newId();
    isIdChosen = false;
    check();
    showChips();
    save();
    field("userDetails").focus();
  });
})();
