// The inspector where deployed environments are served: their hosts, history and settings, and views of one of them.
//
//   node environments.mjs <url of production> <url of the preview> <folder for screenshots>
//
// Prints one line a step and ends with 1 at the first step that fails.

import { accessible, ask, done, equal, fitsWidth, givenArguments, holds, newPage, pictures, step } from "./harness.mjs";

const [production, preview, shots] = givenArguments("url of production", "url of the preview", "folder for screenshots");
const picture = pictures(shots);
const page = await newPage();
const told = (locator, text) => locator.filter({ hasText: text }).first().waitFor();
const card = (name) => page.locator(".environment", { has: page.getByRole("heading", { name: new RegExp(`^${name}`) }) });

await step("each environment with its host, its history, and the names of its settings", async () => {
  await page.goto(`${production}/.cygnet/#/environments`);
  await told(card("production"), `${production}/`);
  await told(card("17"), `${preview}/`);
  await card("production").getByText("1 setting").click();
  await told(card("production"), "WHO");
  equal((await card("production").innerText()).includes("sesame"), false, "the value of a setting");
  await card("production").getByText("2 deployments").click();
  holds(await card("production").getByRole("region", { name: "Deployments" }).innerText(), "served", "the history");
  await accessible(page, "environments");
  await fitsWidth(page, "environments");
  await picture(page, "environments-serve");
});

await step("requests of all, routes and API of one", async () => {
  await ask(preview, "/");
  await ask(production, "/only-production");
  await page.click("nav a[href='#/requests']");
  await told(page.locator(".rows .path"), "/only-production");
  await page.selectOption("label:has-text('Environment') select", "17");
  await told(page.locator(".tally"), "1 of 2 requests");
  await page.click("nav a[href='#/environments']");
  await card("17").getByRole("link", { name: "Routes" }).click();
  await told(page.locator(".configuration"), "/preview-only");
  await page.selectOption("label:has-text('Environment') select", "production");
  await told(page.locator(".configuration"), "There is no configuration");
  holds(page.url(), "env=production", "the address");
});

await step("of another environment nobody can sign in from here, but it can be asked as somebody", async () => {
  await ask(preview, "/preview-only");
  await page.goto(`${production}/.cygnet/#/requests`);
  await page.locator(".rows .row", { hasText: "/preview-only" }).click();
  await told(page.locator(".detail h1"), "401");
  await page.getByRole("button", { name: "Re-send as editor" }).click();
  await told(page.locator(".detail h1"), "404");
});

await done();
