// The frame: which view the address names, who is signed in, whether the emulator is there.

import { get } from "./api.js";
import { backendView } from "./backend.js";
import { announce, fill, make } from "./dom.js";
import { environmentsView } from "./environments.js";
import { connect, on } from "./events.js";
import { loadPeople } from "./people.js";
import { fromProject, setProject } from "./project.js";
import { requestsView } from "./requests.js";
import { routesView } from "./routes.js";
import { signInView } from "./sign_in.js";

const VIEWS = { requests: requestsView, routes: routesView, api: backendView, "sign-in": signInView, environments: environmentsView };
const main = document.getElementById("main");
const links = [...document.querySelectorAll("nav a")];
let shown = { name: null, view: null };

/** `#/VIEW/ITEM?PARAMETERS` */
function route() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [named, item = null] = path.split("/");
  const name = Object.hasOwn(VIEWS, named) ? named : "requests";
  if (name !== shown.name) change(name);
  shown.view.update(new URLSearchParams(query), item);
}

function change(name) {
  const isFirst = shown.view === null;
  shown.view?.close();
  shown = { name, view: VIEWS[name]() };
  fill(main, shown.view.element);
  document.title = `${shown.view.title} · Cygnet inspector`;
  for (const link of links) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!isFirst) main.focus({ preventScroll: true });
}

function showWho({ current }) {
  fill(document.getElementById("who"), current ? [make("span", { class: "who-label" }, "signed in as "), make("b", {}, current.userDetails)] : "nobody signed in");
}

let isLost = false;
function showConnection({ connected, restarted }) {
  const place = document.getElementById("connection");
  if (!connected && !isLost) fill(place, make("p", { role: "alert" }, make("b", {}, "Connection lost."), " The emulator does not answer. This page comes back by itself when it does."));
  if (connected) {
    if (isLost) announce(restarted ? "The emulator is back; it was restarted" : "The emulator is back");
    fill(place);
    loadPeople().catch(() => {});
    loadInfo();
  }
  isLost = !connected;
}

async function loadInfo() {
  try {
    const { version, project, content, devServer } = await get("info");
    setProject(project);
    const served = devServer ?? fromProject(content);
    fill(document.getElementById("served"), `Cygnet ${version}`, served && ` · ${served}`);
  } catch {
    // the line stays as it is; whether the emulator is there is said elsewhere
  }
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", route);
on("people", showWho);
on("connection", showConnection);
route();
connect();
