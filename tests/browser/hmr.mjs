// Vite's hot reload through the emulator, in a real browser: an edited component changes in place, its state stays.
//
//   node hmr.mjs <url of the emulator> <file of the component>
//
// The component shows "now" in an h1 and counts clicks on a button. Prints one line a step, ends with 1 at the first
// that fails.

import { readFileSync, writeFileSync } from "node:fs";
import { done, equal, givenArguments, newPage, step } from "./harness.mjs";

const [url, file] = givenArguments("url", "file of the component");
const page = await newPage();
page.setDefaultTimeout(60_000);
const sockets = [];
page.on("websocket", (socket) => sockets.push(new URL(socket.url()).host));

await step("the app renders", async () => {
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "now");
});

await step("the edited component shows in place, its state kept", async () => {
  await page.click("button");
  await page.click("button");
  await page.waitForFunction(() => document.querySelector("button").textContent === "2");
  await page.evaluate(() => (window.untouched = true));
  writeFileSync(file, readFileSync(file, "utf8").replace("now", "later"));
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "later");
  equal(await page.evaluate(() => window.untouched), true, "the page is not loaded anew");
  equal(await page.evaluate(() => document.querySelector("button").textContent), "2", "the state");
});

await step("over a WebSocket through the emulator", async () => {
  equal(sockets.includes(new URL(url).host), true, `a socket at the emulator among ${sockets}`);
});

await done();
