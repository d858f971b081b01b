// What the walks share: a browser, steps that are told line by line, what a page must never do.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { smaller } from "./png.mjs";

const { chromium } = await import("playwright-core").catch((error) => {
  console.error(`playwright-core cannot be loaded: ${error.message}\nhint: run \`npm ci\` in tests/browser, or tests/run.sh`);
  process.exit(2);
});

const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
export const browser = await chromium
  .launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  })
  .catch((error) => {
    console.error(`${executablePath} does not start: ${error.message}\nhint: install Debian's chromium, or set CHROMIUM to a browser; tests/run.sh does`);
    process.exit(2);
  });

/** The arguments, or the end with how to call the script. */
export function givenArguments(...names) {
  const values = process.argv.slice(2);
  if (values.length !== names.length) {
    console.error(`usage: node ${process.argv[1]} ${names.map((name) => `<${name}>`).join(" ")}`);
    process.exit(2);
  }
  return values;
}

/** Script errors and refusals by the content security policy since the step began. */
export const trouble = [];

/** A page in a context of its own, or in one that is there. */
export async function newPage(options = {}) {
  const context = options.context ?? (await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options }));
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => trouble.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/^Failed to load resource/.test(message.text())) trouble.push(`console: ${message.text()}`);
  });
  return page;
}

let number = 0;
export async function step(name, walk) {
  number += 1;
  trouble.length = 0;
  const started = Date.now();
  try {
    await walk();
    if (trouble.length > 0) throw new Error(trouble.join("; "));
  } catch (error) {
    console.log(`FAIL ${number} ${name}: ${error.stack}`);
    await browser.close();
    process.exit(1);
  }
  console.log(`ok ${number} ${name} (${Date.now() - started} ms)`);
}

export async function done() {
  await browser.close();
  console.log(`${number} steps, all fine`);
}

export function equal(actual, expected, what) {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: expected ${other}, got ${one}`);
}

export function holds(text, part, what) {
  if (!String(text).includes(part)) throw new Error(`${what}: expected it to contain ${JSON.stringify(part)}, got:\n${text}`);
}

/** Asks the app, as a program would; gives status and text. Names below `localhost` are this machine to browsers only. */
export function ask(site, path, { method = "GET", headers = {}, body } = {}) {
  const { port, host } = new URL(site);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname: "127.0.0.1", port, path, method, headers: { host, ...headers } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** No finding of axe, in what the page shows now. */
export async function accessible(page, what) {
  await page.evaluate(readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join("\n")}`);
  if (told.length > 0) throw new Error(`${what}:\n${told.join("\n")}`);
}

/** Nothing reaches over the right edge of the window. */
export async function fitsWidth(page, what) {
  const [needed, there] = await page.evaluate(() => [Math.max(document.documentElement.scrollWidth, document.body.scrollWidth, document.getElementById("main")?.scrollWidth ?? 0), innerWidth]);
  if (needed > there) throw new Error(`${what} is ${needed} px wide in a window of ${there} px`);
}

export function pictures(folder) {
  mkdirSync(folder, { recursive: true });
  return async (page, name) => writeFileSync(join(folder, `${name}.png`), smaller(await page.screenshot()));
}
