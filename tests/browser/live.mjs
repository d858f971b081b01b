// Live reload and the overlay in a real browser: edits the files of a site that the emulator serves.
//
//   node live.mjs <url of a running emulator> <url of another one that serves the same folder> <that folder> <folder for screenshots>
//
// Prints one line a step and ends with 1 at the first step that fails.

import { createServer, request as ask } from "node:http";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser, done, equal, givenArguments, holds, newPage, step, trouble } from "./harness.mjs";

const [site, successor, folder, shots] = givenArguments("url", "url of another emulator", "folder of the site", "folder for screenshots");
mkdirSync(shots, { recursive: true });

const save = (name, text) => writeFileSync(join(folder, name), text);
const html = (heading, more = "") =>
  `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>t</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/app.css"><link rel="stylesheet" href="/shell.css">` +
  `<script src="/app.js" defer></script></head><body><h1>${heading}</h1><input id="field">${more}</body></html>`;
const config = (more = "") => `{\n  "globalHeaders": {\n    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:"\n  }${more}\n}\n`;
const broken = config(`,\n  "routes": [\n    { "route": "/a", "allowedRole": ["admin"] },\n    { "route": "/b", "allowedRoles": "admin" }\n  ]`);

async function visit(path = "/", options = {}) {
  const page = await newPage(options);
  const streaming = page.waitForResponse((response) => response.url().endsWith("/.cygnet/live"));
  await page.goto(site + path);
  await streaming;
  return page;
}

const color = (page) => page.evaluate(() => getComputedStyle(document.querySelector("h1")).color);
const heading = (page, text) => page.waitForFunction((text) => document.querySelector("h1")?.textContent === text, text);
/** Waits for the page's next load that the emulator's client starts. */
const reloaded = (page) => page.waitForEvent("load");
const overlay = (page) => page.locator("cygnet-overlay dialog");

const page = await visit();
const second = await visit("/", { context: page.context() });

await step("edited HTML reloads every open page", async () => {
  equal(await page.evaluate(() => document.querySelector("script[src^='/.cygnet']") !== null), true, "the client is in the page");
  const both = [page, second].map(reloaded);
  save("index.html", html("two"));
  await Promise.all(both);
  for (const one of [page, second]) await heading(one, "two");
});

await step("edited CSS is swapped in place", async () => {
  await page.evaluate(() => {
    window.survivor = 42;
  });
  await page.fill("#field", "typed");
  equal(await color(page), "rgb(255, 0, 0)", "colour before");
  for (const [name, rgb] of [["green", "rgb(0, 128, 0)"], ["blue", "rgb(0, 0, 255)"], ["teal", "rgb(0, 128, 128)"]]) {
    save("app.css", `h1 { color: ${name} }`);
    await page.waitForFunction((rgb) => getComputedStyle(document.querySelector("h1")).color === rgb, rgb);
  }
  equal(await page.evaluate(() => window.survivor), 42, "a variable of the page");
  equal(await page.inputValue("#field"), "typed", "what was typed");
  await page.waitForFunction(() => document.querySelectorAll("link[rel=stylesheet]").length === 2);
});

await step("a sheet that is imported takes a reload", async () => {
  const load = reloaded(page);
  save("imported.css", "h1 { letter-spacing: 3px }");
  await load;
  await page.waitForFunction(() => getComputedStyle(document.querySelector("h1")).letterSpacing === "3px");
});

await step("an edited script runs in its new version, whatever the browser's cache holds", async () => {
  equal(await page.evaluate(() => window.version), 1, "version before");
  for (const version of [2, 3]) {
    const load = reloaded(page);
    save("app.js", `window.version = ${version};`);
    await load;
    await page.waitForFunction((version) => window.version === version, version);
  }
});

await step("a page that a script fetches is the file itself", async () => {
  const text = await page.evaluate(() => fetch("/").then((answer) => answer.text()));
  equal(text, html("two"), "the fetched page");
});

await step("a broken configuration shows the overlay, with the line; fixed, it goes", async () => {
  await page.evaluate(() => {
    window.survivor = 7;
  });
  await page.focus("#field");
  save("staticwebapp.config.json", broken);
  await overlay(page).waitFor();
  const text = await overlay(page).innerText();
  for (const part of ["The configuration is invalid", "staticwebapp.config.json:7:38", "routes[1].allowedRoles", "error", "did you mean"]) {
    holds(text, part, "the overlay");
  }
  await page.screenshot({ path: join(shots, "overlay-light.png") });
  save("staticwebapp.config.json", config());
  await overlay(page).waitFor({ state: "detached" });
  equal(await page.evaluate(() => window.survivor), 7, "edited back, nothing is reloaded");
  equal(await page.evaluate(() => document.activeElement?.id), "field", "the focus is back");
});

await step("the overlay is dismissed by Escape and by its button, also for the next page", async () => {
  save("staticwebapp.config.json", broken);
  await overlay(page).waitFor();
  await page.keyboard.press("Escape");
  await overlay(page).waitFor({ state: "detached" });
  const greeted = page.waitForResponse((response) => response.url().endsWith("/.cygnet/live"));
  await page.reload();
  await greeted;
  await second.bringToFront();
  await overlay(second).waitFor();
  equal(await overlay(page).count(), 0, "overlays after a reload");
  await second.click("cygnet-overlay button");
  await overlay(second).waitFor({ state: "detached" });
});

await step("dark and phone", async () => {
  const dark = await visit("/", { colorScheme: "dark" });
  await overlay(dark).waitFor();
  await dark.screenshot({ path: join(shots, "overlay-dark.png") });
  const phone = await visit("/", { viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 2 });
  await overlay(phone).waitFor();
  const width = await phone.evaluate(() => document.documentElement.scrollWidth);
  if (width > 390) throw new Error(`the phone's page is ${width} px wide`);
  await phone.screenshot({ path: join(shots, "overlay-phone.png") });
  await dark.context().close();
  await phone.context().close();
});

await step("another valid configuration takes effect and the page reloads", async () => {
  const load = reloaded(page);
  save("staticwebapp.config.json", config(`,\n  "responseOverrides": { "404": { "rewrite": "/index.html" } }`));
  await load;
  await page.goto(`${site}/nothing`);
  await heading(page, "two");
});

await step("an error page reloads once the page is there", async () => {
  save("staticwebapp.config.json", config());
  const missing = await browser.newContext().then((context) => visit("/later", { context }));
  const load = reloaded(missing);
  save("later.html", html("here"));
  await load;
  await heading(missing, "here");
  await missing.context().close();
});

await step("behind a proxy, and when the emulator is another one after an outage", async () => {
  let target = site;
  const proxy = createServer((request, response) => {
    if (!target) return response.writeHead(502).end("nobody is there");
    const { method, url, headers } = request;
    const onward = ask(target + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise((listening) => proxy.listen(0, "localhost", listening));
  const base = `http://localhost:${proxy.address().port}`;
  const context = await browser.newContext();
  const proxied = await context.newPage();
  const open = (page) => page.waitForResponse((response) => response.url().endsWith("/.cygnet/live") && response.ok());
  let streaming = open(proxied);
  await proxied.goto(base);
  await streaming;
  let load = reloaded(proxied);
  streaming = open(proxied);
  save("index.html", html("three"));
  await load;
  // Only a page that has heard of an emulator can tell that another one took its place.
  await streaming;
  await heading(proxied, "three");

  // The stream breaks, the answers are 502 for a while, then an emulator with another start answers.
  target = null;
  const refused = proxied.waitForResponse((response) => response.url().endsWith("/.cygnet/live") && response.status() === 502);
  proxy.closeAllConnections();
  await refused;
  load = reloaded(proxied);
  target = successor;
  await load;
  await heading(proxied, "three");
  await context.close();
  proxy.closeAllConnections();
  proxy.close();
});

await step("an app whose policy forbids scripts is left alone", async () => {
  save("staticwebapp.config.json", config().replace("default-src 'self'", "default-src 'none'; style-src 'self'"));
  const strict = await browser.newContext().then((context) => context.newPage());
  strict.on("console", (message) => {
    if (message.text().includes("/.cygnet/")) trouble.push(message.text());
  });
  for (let tries = 0; ; tries += 1) {
    const response = await strict.goto(site);
    if (response.headers()["content-security-policy"]?.includes("'none'")) break;
    if (tries > 100) throw new Error("the new policy never came");
    await strict.waitForTimeout(20);
  }
  equal(await strict.evaluate(() => document.querySelector("script[src^='/.cygnet']")), null, "the client");
  trouble.splice(0, trouble.length, ...trouble.filter((line) => line.includes("/.cygnet/")));
});

await done();
