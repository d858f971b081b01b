// Headers, with who set each.

import { make, table } from "./dom.js";

/** `headers` are [name, value] or [name, value, why]; `setBy` names who set which. */
export function headersView(label, headers, setBy = null) {
  if (!headers || headers.length === 0) return make("p", { class: "help" }, "No headers.");
  const rest = headers.map(([, , why]) => why);
  const hasReason = setBy !== null || rest.some(Boolean);
  const reasons = (name, why) => why ?? setBy?.[name] ?? setBy?.[name.toLowerCase()] ?? "";
  return table(
    label,
    ["Name", "Value", ...(hasReason ? [setBy ? "Set by" : "Why"] : [])],
    headers.map(([name, value, why]) => [
      make("span", { class: "mono" }, name),
      make("span", { class: `mono value${value === null ? " gone" : ""}` }, value ?? "removed"),
      ...(hasReason ? [reasons(name, why)] : []),
    ]),
  );
}
