// What the inspector and the overlay are for, as three stories, and the pictures of the documentation.
//
//   node stories.mjs <url of the emulator> <folder of the site> <folder for pictures>
//
// Prints one line a step and ends with 1 at the first step that fails.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ask, done, equal, givenArguments, holds, newPage, pictures, step } from "./harness.mjs";

const [site, folder, shots] = givenArguments("url", "folder of the site", "folder for pictures");
const picture = pictures(shots);
const configuration = join(folder, "staticwebapp.config.json");
const good = readFileSync(configuration, "utf8");
const app = await newPage();
const overlay = app.locator("cygnet-overlay dialog");
const inspector = await newPage({ colorScheme: "dark" });
const detail = inspector.locator(".detail");
const told = (locator, text) => locator.filter({ hasText: text }).first().waitFor();
const open = async (page, path) => {
  const streaming = page.waitForResponse((response) => response.url().endsWith("/.cygnet/live"));
  await page.goto(site + path);
  await streaming;
};

await step("a wrong rule: the page says which line, and comes back once it is right", async () => {
  await open(app, "/");
  writeFileSync(configuration, good.replace('"allowedRoles": ["admin"]', '"allowedRoles": "admin"'));
  await overlay.waitFor();
  const line = good.split("\n").findIndex((text) => text.includes('"allowedRoles": ["admin"]')) + 1;
  const text = await overlay.innerText();
  holds(text, `staticwebapp.config.json:${line}:`, "the place");
  holds(text, "must be an array", "what is wrong");
  await picture(app, "overlay");
  writeFileSync(configuration, good);
  await overlay.waitFor({ state: "detached" });
});

await step("a 403: the inspector shows the rule; become admin, and it is a 200", async () => {
  await inspector.goto(`${site}/.cygnet/`);
  await told(inspector.locator(".nothing, .tally"), "request");
  // Both pages are of one browser profile here, as they are at a desk.
  const page = await inspector.context().newPage();
  await page.goto(`${site}/.cygnet/sign-in?persona=rita&redirect=/`);
  await told(page.locator("h1"), "The pond");
  const refused = await page.goto(`${site}/admin/`);
  equal(refused.status(), 403, "what a reader gets");
  await inspector.locator(".rows .row", { hasText: "/admin/" }).first().click();
  await told(detail.locator("h1"), "403");
  holds(await detail.locator("pre.source").innerText(), "routes[1] matched", "the rule");
  await told(inspector.locator("#who"), "rita");
  await picture(inspector, "inspector");
  await detail.getByRole("button", { name: "Become ada and retry" }).click();
  await told(detail.locator("h1"), "200");
  await told(inspector.locator("#who"), "ada");
  await picture(inspector, "inspector-200");
  equal((await page.goto(`${site}/admin/`)).status(), 200, "what an admin gets");
  await told(page.locator("h1"), "Administration");
  await page.close();
});

await step("an edit that does not start: the page says so, the functions answer as before, and mended it goes", async () => {
  const file = join(folder, "..", "api", "host.json");
  const settings = readFileSync(file, "utf8");
  await open(app, "/");
  const before = workerIn((await ask(site, "/api/hello?name=ada")).text);
  writeFileSync(file, `${settings}}`);
  await overlay.waitFor();
  const text = await overlay.innerText();
  for (const part of ["The edited API does not start", "The functions answer as they did before the edit", "host.json:1:"]) {
    holds(text, part, "the overlay");
  }
  const answer = await ask(site, "/api/hello?name=ada");
  equal(answer.status, 200, "the functions of before the edit");
  equal(workerIn(answer.text), before, "the worker of before the edit");
  writeFileSync(file, settings);
  await overlay.waitFor({ state: "detached" });
  equal((await ask(site, "/api/hello?name=ada")).status, 200, "the functions once they are mended");
});

await step("a killed API: the page says so, and comes back by itself", async () => {
  await open(app, "/");
  const { text } = await ask(site, "/api/hello?name=ada");
  let worker = workerIn(text);
  // It starts again at once; a worker that goes on ending is started later and later.
  for (let deaths = 0; deaths < 5; deaths += 1) {
    process.kill(worker, "SIGKILL");
    worker = await another(worker);
  }
  process.kill(worker, "SIGKILL");
  await overlay.waitFor();
  holds(await overlay.innerText(), "the worker of the functions ended", "what the page says");
  await picture(app, "overlay-api");
  await inspector.goto(`${site}/.cygnet/#/api`);
  await told(inspector.locator(".state"), "starting");
  await told(inspector.locator("main [role=alert]"), "the worker of the functions ended");
  await picture(inspector, "inspector-api");
  await overlay.waitFor({ state: "detached" });
  await told(inspector.locator(".state"), "ready");
  equal((await ask(site, "/api/hello?name=ada")).status, 200, "the API that is back");
});

await done();

function workerIn(text) {
  return Number(/in process (\d+)/.exec(text)[1]);
}

/** The worker that takes the place of one that ended; a call that it ended with is asked again. */
async function another(worker) {
  for (;;) {
    const { status, text } = await ask(site, "/api/hello?name=ada");
    if (status === 200 && workerIn(text) !== worker) return workerIn(text);
  }
}
