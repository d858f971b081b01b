// Which of several environments a view is about; part of the address.

import { get } from "./api.js";
import { select, setOptions } from "./dom.js";

/** `changed(name)` is called when another is chosen. */
export function environmentChoice(view, changed) {
  let chosen = "";
  const { element, field } = select("Environment", [], "", (name) => {
    chosen = name;
    history.replaceState(null, "", `#/${view}${name ? `?env=${encodeURIComponent(name)}` : ""}`);
    changed(name);
  });
  field.hidden = true;
  return {
    field,
    name: () => chosen,
    async load(wanted) {
      const [{ environments }, info] = await Promise.all([get("environments"), get("info")]);
      field.hidden = environments.length < 2;
      chosen = environments.some(({ name }) => name === wanted) ? wanted : info.environment;
      setOptions(element, environments.map(({ name }) => [name, name]), chosen);
    },
  };
}
