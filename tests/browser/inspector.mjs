// The inspector in a real browser: each view, by mouse and keyboard, with 10,000 requests and with hostile ones.
//
//   node inspector.mjs <url of the emulator> <url of another that serves the same folder> <that folder> <folder for screenshots>
//
// Prints one line a step and ends with 1 at the first step that fails.

import { createServer, request as forward } from "node:http";
import { connect } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, ask, done, equal, fitsWidth, givenArguments, holds, newPage, pictures, step } from "./harness.mjs";

const [site, successor, folder, shots] = givenArguments("url", "url", "folder of the site", "folder for screenshots");
const picture = pictures(shots);
const inspector = `${site}/.cygnet/`;
const page = await newPage({ permissions: ["clipboard-read", "clipboard-write"] });

const rows = page.locator(".rows .row");
const detail = page.locator(".detail");
const row = (path) => rows.filter({ has: page.locator(".path", { hasText: new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`) }) });
const view = async (name) => {
  await page.click(`nav a[href="#/${name}"]`);
  await page.locator(`nav a[href="#/${name}"][aria-current=page]`).waitFor();
};
const focused = () => page.evaluate(() => document.activeElement.className || document.activeElement.id);
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
/** Waits until a place holds a text. */
const told = (locator, text) => locator.filter({ hasText: text }).first().waitFor();

await step("a list without requests says what to do", async () => {
  await page.goto(inspector);
  await told(page.locator(".nothing"), "No requests yet");
  await told(page.locator("#served"), "Cygnet");
  await accessible(page, "the empty list");
});

await step("requests appear at once, and are announced", async () => {
  await ask(site, "/");
  await row("/").waitFor();
  await told(page.locator("#announcements"), "GET / 200");
  for (const path of ["/old", "/admin/", "/members/", "/missing"]) await ask(site, path);
  await ask(site, "/api/hello?name=ada", { method: "POST", headers: { "content-type": "application/json", cookie: "secret=1" }, body: '{"swans":[3,4]}' });
  await told(page.locator(".tally"), "6 requests");
  holds(await row("/admin/").innerText(), "401", "a refusal");
  holds(await row("/old").innerText(), "routes[0]", "the rule of a redirect");
  await picture(page, "requests-light");
});

await step("the filter works by text, status, kind and caller, and is in the address", async () => {
  await page.fill("#filter", "/m -missing");
  await told(page.locator(".tally"), "1 of 6 requests");
  await page.fill("#filter", "");
  await page.click("[data-class='4']");
  await told(page.locator(".tally"), "3 of 6");
  await page.reload();
  await told(page.locator(".tally"), "3 of 6");
  equal(await page.getAttribute("[data-class='4']", "aria-pressed"), "true", "the button of the status");
  await page.selectOption("label:has-text('Kind') select", "error");
  holds(page.url(), "kind=error", "the address");
  await page.fill("#filter", "nothing is like this");
  await told(page.locator(".nothing"), "No request fits");
  await page.click("text=Show all");
  await told(page.locator(".tally"), "6 requests");
  await page.selectOption("label:has-text('Caller') select", "nobody");
  await told(page.locator(".tally"), "6 requests");
  await page.selectOption("label:has-text('Caller') select", "");
});

await step("keys: / filters, arrows move, Enter opens, Esc closes", async () => {
  await page.locator("body").press("/");
  equal(await focused(), "filter", "what / focuses");
  await page.keyboard.press("ArrowDown");
  equal(await focused(), "request-list", "below the filter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const active = () => page.evaluate(() => document.getElementById(document.querySelector(".request-list").getAttribute("aria-activedescendant"))?.querySelector(".path").textContent);
  equal(await active(), "/missing", "the second row");
  await page.keyboard.press("Enter");
  await told(detail.locator("h1"), "/missing");
  await page.keyboard.press("ArrowDown");
  await told(detail.locator("h1"), "/members/");
  equal(await focused(), "request-list", "the list keeps the focus");
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
  await page.keyboard.press("End");
  equal(await active(), "/", "the last row");
  await page.goBack();
});

await step("one request: each rule beside its lines, steps, and who set each header", async () => {
  await page.goto(inspector);
  await row("/admin/").click();
  const source = detail.locator("pre.source");
  await source.waitFor();
  const [first, last] = await source.evaluate((pre) => [...pre.querySelectorAll("span.matched:not(.note) > i:first-child")].map((line) => Number(line.textContent)).filter((_, n, all) => n === 0 || n === all.length - 1));
  const lines = readFileSync(join(folder, "staticwebapp.config.json"), "utf8").split("\n");
  const from = lines.findIndex((line) => line.includes('"/admin/*"'));
  equal(first, from, "the first line of the rule that matched");
  equal(lines[last - 1].trim(), "},", "its last line");
  holds(await source.innerText(), "routes[0] tried", "a rule that was tried");
  holds(await source.innerText(), "routes[1] matched", "the rule that matched");
  holds(await source.innerText(), "routes[2] not reached", "a rule after it");
  holds(await source.locator(".note.denied").innerText(), "401", "why it refuses");
  holds(await detail.locator(".steps").innerText(), "nobody is signed in", "the steps");
  holds(await detail.getByRole("region", { name: "Headers of the response" }).innerText(), "globalHeaders", "who set a header");
  await accessible(page, "one request");
});

await step("bodies as JSON, text and hex; the backend, the time and the log of the function", async () => {
  await row("/api/hello?name=ada").click();
  await told(detail.locator("h1"), "/api/hello");
  const body = detail.locator(".body").first();
  holds(await body.innerText(), '"swans": [', "pretty JSON");
  await body.getByRole("button", { name: "Hex" }).click();
  holds(await body.innerText(), "000000  7b 22 73 77", "hex");
  await body.getByRole("button", { name: "Text" }).click();
  holds(await body.innerText(), '{"swans":[3,4]}', "text");
  await told(detail, "Sent to the backend");
  await told(detail.locator(".timing"), "in all");
  await told(detail.locator(".log"), "somebody says hello");
});

await step("secrets are hidden until they are asked for", async () => {
  const headers = detail.getByRole("region", { name: "Headers of the request" });
  holds(await headers.innerText(), "‹redacted›", "a cookie");
  await detail.getByRole("button", { name: "Show secrets" }).click();
  await told(headers, "secret=1");
  await detail.getByRole("button", { name: "Hide secrets" }).click();
  await told(headers, "‹redacted›");
});

await step("a request is copied as curl, as cygnet explain and as a route test", async () => {
  await detail.getByRole("button", { name: "curl" }).click();
  await told(page.locator("#announcements"), "Copied");
  holds(await clipboard(), "/api/hello?name=ada", "curl");
  await detail.getByRole("button", { name: "cygnet explain" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("cygnet explain"));
  await row("/admin/").click();
  await told(detail.locator("h1"), "/admin/");
  await detail.getByRole("button", { name: "route test" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).includes("{"));
  holds(await clipboard(), '"GET /admin/"', "the route test");
});

await step("a request is sent again, as the same caller and as a persona", async () => {
  const own = () => page.url().split("/").pop();
  const before = own();
  await detail.getByRole("button", { name: "Re-send", exact: true }).click();
  await page.waitForURL((url) => url.href.split("/").pop() !== before);
  await told(detail, `sent again from request ${before}`);
  await told(detail.locator("h1"), "401");
  await detail.locator("label:has-text('as') select").selectOption("ada");
  await detail.getByRole("button", { name: "Re-send", exact: true }).click();
  await told(detail.locator("h1"), "200");
});

await step("names with markup stay text", async () => {
  const evil = "<img src=x onerror=\"window.hacked=1\">";
  await ask(site, `/api/hello?name=${encodeURIComponent(evil)}`, { headers: { "x-evil": evil }, method: "POST", body: evil });
  await ask(site, `/%3Cscript%3Ewindow.hacked=1%3C/script%3E`);
  await ask(site, `//evil.example/x`);
  await page.goto(`${inspector}#/requests?q=${encodeURIComponent("x-evil onerror")}`);
  await page.goto(`${inspector}#/requests`);
  await rows.first().click();
  await told(detail.locator("h1"), "evil.example");
  equal(await page.locator("a[href*='//evil.example']").count(), 0, "links to a host that a path names");
  await rows.nth(2).click();
  await told(detail.locator("h1"), "/api/hello");
  await told(detail, 'onerror="window.hacked=1"');
  equal(await page.locator("main img").count(), 0, "pictures that data made");
  equal(await page.evaluate(() => window.hacked), undefined, "scripts that data ran");
});

await step("the list stands still while it is paused, and is cleared", async () => {
  await page.goto(`${inspector}#/requests`);
  await page.locator(".detail").waitFor({ state: "detached" });
  const [, count] = /(\d+) requests/.exec(await page.locator(".tally").innerText());
  await page.getByRole("button", { name: "Pause" }).click();
  await ask(site, "/paused");
  await told(page.locator(".tally"), "paused, 1 more came");
  equal(await row("/paused").count(), 0, "rows that came while it was paused");
  await page.getByRole("button", { name: "Pause" }).click();
  await told(page.locator(".tally"), `${Number(count) + 1} requests`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "HAR" }).click()]);
  const har = JSON.parse(readFileSync(await download.path(), "utf8"));
  equal(har.log.version, "1.2", "the version of the HAR");
  equal(har.log.entries.length, Number(count) + 1, "its entries");
  await page.getByRole("button", { name: "Clear" }).click();
  await told(page.locator(".nothing"), "No requests yet");
});

await step("routes: matches of each rule, findings in place, and what would answer", async () => {
  await ask(site, "/old");
  await view("routes");
  const source = page.locator("pre.source");
  await told(source.locator(".note").first(), "routes[0]");
  holds(await source.innerText(), "match", "matches");
  await ask(site, "/old");
  await told(source.locator(".note.met").first(), "match");
  await page.fill(".ask input >> nth=0", "/admin/secret");
  await page.selectOption(".explain label:has-text('as') select", "ada");
  await page.click("text=Explain");
  await told(page.locator(".explain .facts"), "404");
  await page.selectOption(".explain label:has-text('as') select", { label: "somebody with roles …" });
  await page.fill(".explain label:has-text('Roles') input", "reader");
  await page.click("text=Explain");
  await told(page.locator(".explain .facts"), "403");
  await told(source.locator(".note.denied"), "403");
  await picture(page, "routes-light");
  await page.fill(".ask input >> nth=0", "no slash");
  await page.click("text=Explain");
  await told(page.locator(".explain [role=alert]"), "no slash");
  await page.fill(".ask input >> nth=0", "/");
});

await step("routes: what is wrong is said below its line, until it is fixed", async () => {
  const path = join(folder, "staticwebapp.config.json");
  const good = readFileSync(path, "utf8");
  writeFileSync(path, good.replace('"allowedRoles": ["admin"]', '"allowedRoles": "admin"'));
  const note = page.locator("pre.source .note.error");
  await told(note, "allowedRoles");
  await told(page.locator(".configuration"), "What is served is still the version before it");
  await picture(page, "routes-broken-light");
  await accessible(page, "a broken configuration");
  writeFileSync(path, good);
  await note.first().waitFor({ state: "detached" });
});

await step("API: functions, try it, the log", async () => {
  await view("api");
  const functions = page.getByRole("region", { name: "Functions" });
  await told(functions, "/api/hello");
  await page.getByRole("button", { name: "Try it: hello" }).click();
  await page.fill(".try input", "/api/hello?name=eve");
  await page.click(".try button[type=submit]");
  await told(page.locator(".try .answer"), "hello eve");
  await told(page.getByRole("region", { name: "Log of the API" }), "somebody says hello");
  await picture(page, "api-light");
  await page.click("text=See why, in its request");
  await told(detail.locator("h1"), "/api/hello?name=eve");
});

await step("sign-in: one click, who it is, out again", async () => {
  await view("sign-in");
  await told(page.locator(".current, main .box"), "Nobody is signed in");
  await page.getByRole("button", { name: "Become ada" }).click();
  await told(page.locator(".current"), "ada");
  await told(page.locator("#who"), "ada");
  const me = await page.evaluate(() => fetch("/.auth/me").then((answer) => answer.json()));
  equal(me.clientPrincipal.userDetails, "ada@pond.example", "who the app sees");
  await picture(page, "sign-in-light");
  await page.getByRole("button", { name: "Copy bookmark" }).first().click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).includes("/.cygnet/sign-in?persona="));
  await page.getByRole("button", { name: "Sign out" }).click();
  await told(page.locator("main .box"), "Nobody is signed in");
  await told(page.locator("#who"), "nobody");
});

await step("environments: the working copy", async () => {
  await view("environments");
  await told(page.locator(".environment"), "local");
});

await step("10,000 requests", async () => {
  await view("requests");
  await page.getByRole("button", { name: "Clear" }).click();
  await told(page.locator(".nothing"), "No requests yet");
  await ask(site, "/first-of-many");
  await flood(10_000 - 1);
  await page.waitForFunction(() => document.querySelector(".tally").textContent.startsWith("10,000 "), null, { timeout: 60_000 });
  const shown = await rows.count();
  if (shown > 80) throw new Error(`${shown} rows are elements`);
  // What the page itself computes for a frame, however busy the machine is.
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
  let longest = 0;
  for (let n = 0; n < 60; n += 1) {
    const before = await spent();
    await page.evaluate(async (part) => {
      const grid = document.querySelector(".request-list");
      grid.scrollTop = grid.scrollHeight * part;
      await new Promise(requestAnimationFrame);
    }, n / 59);
    longest = Math.max(longest, (await spent()) - before);
  }
  console.log(`  the longest of 60 frames took ${longest.toFixed(1)} ms of the processor`);
  if (!(longest > 0 && longest < 400)) throw new Error(`a frame took ${longest} ms`);
  await row("/first-of-many").waitFor();
  const took = await page.evaluate(async () => {
    const field = document.getElementById("filter");
    const started = performance.now();
    field.value = "first-of";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - started;
  });
  console.log(`  the filter took ${Math.round(took)} ms`);
  await told(page.locator(".tally"), "1 of 10,000");
  await page.fill("#filter", "");
  await page.locator(".request-list").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await told(detail.locator("h1"), "/first-of-many");
  await told(detail, "No body");
});

await step("where one reads, nothing moves when more requests come", async () => {
  const at = () => page.evaluate(() => document.querySelector(".rows [aria-selected=true]").getBoundingClientRect().top);
  for (let pages = 0; pages < 10; pages += 1) await page.keyboard.press("PageUp");
  await told(detail.locator("h1"), "/?many");
  const before = await at();
  await page.evaluate(() => {
    window.rowIndex = document.querySelector(".rows [aria-selected=true]").getAttribute("aria-rowindex");
  });
  await ask(site, "/newest");
  await page.waitForFunction(() => document.querySelector(".rows [aria-selected=true]").getAttribute("aria-rowindex") !== window.rowIndex);
  equal(Math.abs((await at()) - before) < 1, true, "the selected row is where it was");
});

const VIEWS = ["requests", "routes", "api", "sign-in", "environments"];
for (const colorScheme of ["light", "dark"]) {
  await step(`no finding of axe in any view, ${colorScheme}`, async () => {
    const one = await newPage({ colorScheme });
    await ask(site, "/admin/");
    for (const name of VIEWS) {
      await one.goto(`${inspector}#/${name}`);
      await one.locator(name === "requests" ? ".rows .row" : "main :is(.facts, pre, .environment, .personas)").first().waitFor();
      await accessible(one, name);
      await picture(one, `${name}-${colorScheme}`);
    }
    await one.goto(`${inspector}#/requests`);
    await one.locator(".rows .row").first().click();
    await one.locator("pre.source").waitFor();
    await accessible(one, "one request");
    await picture(one, `request-${colorScheme}`);
    await one.context().close();
  });
}

await step("390 px: nothing to scroll sideways", async () => {
  const phone = await newPage({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  for (const name of VIEWS) {
    await phone.goto(`${inspector}#/${name}`);
    await phone.locator(name === "requests" ? ".rows .row" : "main :is(.facts, pre, .environment, .personas)").first().waitFor();
    await fitsWidth(phone, name);
    await picture(phone, `${name}-phone`);
  }
  await phone.goto(`${inspector}#/requests`);
  await phone.locator(".rows .row").first().tap();
  await phone.locator("pre.source").waitFor();
  await fitsWidth(phone, "one request");
  await accessible(phone, "one request on a phone");
  await picture(phone, "request-phone");
  await phone.getByRole("button", { name: "All requests" }).click();
  await phone.locator(".rows .row").first().waitFor();
  await phone.context().close();
});

await step("a lost connection is said; the page comes back with another emulator, and can act on it", async () => {
  let target = site;
  const proxy = createServer((asked, answer) => {
    if (!target) return answer.writeHead(502).end("nobody is there");
    const { method, url, headers } = asked;
    const onward = forward(target + url, { method, headers }, (came) => {
      answer.writeHead(came.statusCode, came.headers);
      came.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise((listening) => proxy.listen(0, "localhost", listening));
  const one = await newPage();
  await one.goto(`http://localhost:${proxy.address().port}/.cygnet/`);
  await one.locator(".rows .row").first().waitFor();
  target = null;
  proxy.closeAllConnections();
  await told(one.locator("#connection [role=alert]"), "Connection lost");
  await accessible(one, "without a connection");
  await picture(one, "connection-lost");
  target = successor;
  await one.locator("#connection [role=alert]").waitFor({ state: "detached" });
  await told(one.locator(".nothing"), "No requests yet");
  await ask(successor, "/after-the-restart");
  await told(one.locator(".rows .path"), "/after-the-restart");
  await one.getByRole("button", { name: "Clear" }).click();
  await told(one.locator(".nothing"), "No requests yet");
  await one.context().close();
  proxy.closeAllConnections();
  proxy.close();
});

await done();

/** Many requests over a few connections, each with many in flight. */
async function flood(count) {
  const { port, host } = new URL(site);
  const batch = 100;
  const send = (many) =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1");
      const one = `GET /?many HTTP/1.1\r\nHost: ${host}\r\n`;
      let answers = 0;
      socket.on("error", reject);
      socket.on("close", () => (answers > 0 ? resolve() : reject(new Error("no answer"))));
      socket.on("data", () => (answers += 1));
      socket.write(`${one}\r\n`.repeat(many - 1) + `${one}Connection: close\r\n\r\n`);
    });
  for (let sent = 0; sent < count; sent += batch) await send(Math.min(batch, count - sent));
}
