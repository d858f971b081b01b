// What is served: the working copy, or each deployed environment.

import { get } from "./api.js";
import { empty, facts, failure, fill, make, table } from "./dom.js";
import { on } from "./events.js";
import { count, dateAndTime, size } from "./format.js";

export function environmentsView() {
  const place = make("div", {}, make("p", { class: "help" }, "Loading…"));
  const element = make("div", { class: "view narrow" }, make("h1", {}, "Environments"), place);

  async function load() {
    try {
      const { environments } = await get("environments");
      fill(place, environments.length > 0 ? environments.map(card) : empty("Nothing is deployed.", "Deploy with ", make("code", {}, "cygnet deploy FOLDER"), "."));
    } catch (error) {
      fill(place, failure(error, load));
    }
  }

  const ends = [on("changed", ({ what }) => ["environments", "content", "backend"].includes(what) && load()), on("connection", ({ connected }) => connected && load())];
  return { title: "Environments", element, update: load, close: () => ends.forEach((end) => end()) };
}

function card({ name, kind, url, history, settings, password, functions }) {
  const address = url && new URL(url, location.href).href;
  const views = `?env=${encodeURIComponent(name)}`;
  return make(
    "section",
    { class: "environment" },
    make("h2", {}, name, " ", kind !== name && make("span", { class: "tag" }, kind)),
    facts([
      ["Address", address && make("a", { href: address, target: "_blank" }, address)],
      ["Password", password ? "asked for" : null],
      ["API", functions],
    ]),
    make("p", { class: "row-of-actions" }, make("a", { href: `#/requests${views}` }, "Requests"), make("a", { href: `#/routes${views}` }, "Routes"), make("a", { href: `#/api${views}` }, "API")),
    settings?.length > 0 && details(count(settings.length, "setting"), table(`Settings of ${name}`, ["Name", "Value"], settings.map((setting) => [make("span", { class: "mono" }, setting.name), setting.value]))),
    history?.length > 0 && details(count(history.length, "deployment"), table(`Deployments to ${name}`, ["Deployment", "Time", "From", "Files", "Size"], history.map(deployment))),
  );
}

const deployment = ({ id, time, source, files, bytes, active }) => [
  [make("span", { class: "mono" }, String(id)), active && make("span", { class: "tag served" }, "served")],
  dateAndTime(time),
  make("span", { class: "mono value" }, source ?? ""),
  files?.toLocaleString() ?? "",
  size(bytes),
];
const details = (title, ...children) => make("details", {}, make("summary", {}, title), children);
