import { make } from "/app.js";

const guide = document.getElementById("guide");

function index(swans) {
  return [
    make(
      "header",
      { className: "title" },
      make("p", { className: "eyebrow" }, "Field guide"),
      make("h1", {}, "Tell them apart"),
      make("p", { className: "lead" }, "Look at the bill first. Then listen."),
    ),
    make(
      "ul",
      { className: "birds" },
      ...swans.map((swan) =>
        make(
          "li",
          {},
          make(
            "a",
            { href: `/guide/${swan.id}` },
            make("img", { src: swan.portrait, alt: "", width: 280, height: 190 }),
            make("strong", {}, swan.name),
            make("span", {}, swan.tell),
          ),
        ),
      ),
    ),
  ];
}

function plate(swan) {
  const fact = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
  return [
    make(
      "article",
      { className: "plate" },
      make("img", { src: swan.portrait, alt: `A ${swan.name.toLowerCase()} on the water`, width: 280, height: 190 }),
      make(
        "div",
        { className: "words" },
        make("p", { className: "eyebrow" }, make("a", { href: "/guide" }, "Field guide")),
        make("h1", {}, swan.name),
        make("em", {}, swan.latin),
        make("p", {}, swan.text),
        make("dl", { className: "card facts" }, fact("Look for", swan.tell), fact("On the pond", swan.when)),
      ),
    ),
  ];
}

function unknown(path) {
  return [
    make(
      "header",
      { className: "title" },
      make("p", { className: "eyebrow" }, "Not in the guide"),
      make("h1", {}, "No such bird."),
      make("p", { className: "lead" }, "There is no page at ", make("code", {}, path), ". The site answered 200 all the same, because the fallback did."),
      make("p", { className: "actions" }, make("a", { className: "button", href: "/guide" }, "To the four that there are")),
    ),
  ];
}

const path = location.pathname.replace(/\/+$/, "");
try {
  const response = await fetch("/swans");
  const { swans } = await response.json();
  const swan = swans.find(({ id }) => path === `/guide/${id}`);
  const isIndex = path === "/guide" || path === "/guide.html";
  guide.replaceChildren(...(swan ? plate(swan) : isIndex ? index(swans) : unknown(location.pathname)));
  if (swan) document.title = `${swan.name} · Cygnet Pond`;
  if (!swan && !isIndex) document.querySelector(".bar [aria-current]")?.removeAttribute("aria-current");
} catch {
  guide.replaceChildren(make("p", {}, "The guide cannot be fetched. Is the site still running?"));
}
guide.removeAttribute("aria-busy");
