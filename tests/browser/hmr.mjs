// Vite's hot reload through the emulator, in a real browser: an edited component changes in place, its state stays.
//
//   node hmr.mjs <url of the emulator> <file of the component>
//
// The component shows "now" in an h1 and counts clicks on a button. Prints one line a step, ends with 1 at the first
// that fails.

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { chromium } from "playwright-core";

const [url, file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node hmr.mjs <url> <file>");
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "now");
  console.log("the app renders");
  await page.click("button");
  await page.click("button");
  await page.waitForFunction(() => document.querySelector("button").textContent === "2");
  await page.evaluate(() => (window.untouched = true));
  writeFileSync(file, readFileSync(file, "utf8").replace("now", "later"));
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "later");
  console.log("the edited component shows");
  const [untouched, count] = await page.evaluate(() => [window.untouched, document.querySelector("button").textContent]);
  if (!untouched) throw new Error("the page was loaded anew");
  if (count !== "2") throw new Error(`the state was lost: ${count}`);
  console.log("in place, its state kept");
  const host = new URL(url).host;
  if (!sockets.some((socket) => new URL(socket).host === host)) throw new Error(`no socket through the emulator: ${sockets}`);
  console.log("over a WebSocket through the emulator");
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
