// Walks through the sample app in a real browser, as a visitor would, and checks what they get to see.
//
//   node tour.mjs <url of the running emulator> <folder for screenshots> <folder of the site, which is edited>
//
// Prints one line a step and ends with 1 at the first step that fails. On every step it also holds that nothing was
// asked of another host, that no status above 399 came unannounced, and that the console is free of errors.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { done, equal, givenArguments, holds, newPage, step as harnessStep, trouble } from "./harness.mjs";

const [site, shots, folder] = givenArguments("url", "folder for screenshots", "folder of the site");
mkdirSync(shots, { recursive: true });

/** `path status` of the failures that the running step is about. */
let announced = new Set();

async function visit(options = {}) {
  const page = await newPage(options);
  const context = page.context();
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.host !== new URL(site).host) trouble.push(`asked another host: ${request.url()}`);
  });
  context.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (response.status() >= 400 && !announced.has(`${path} ${response.status()}`)) trouble.push(`${path} answered ${response.status()}`);
  });
  context.on("requestfailed", (request) => {
    // A page that is left while it still loads aborts its requests: no fault of the site.
    const why = request.failure()?.errorText ?? "";
    if (why !== "net::ERR_ABORTED") trouble.push(`${request.url()} failed: ${why}`);
  });
  return page;
}

const address = (page) => new URL(page.url()).pathname;
/** The page knows who is visiting and has filled its lists. (An idle network would be no sign: live reload keeps a request open.) */
const settled = (page) =>
  page.waitForFunction(() => document.documentElement.dataset.visitor && !document.querySelector("[aria-busy]"));
async function go(page, path) {
  const response = await page.goto(site + path);
  await settled(page);
  return response;
}
const heading = (page) => page.locator("h1").innerText();
const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });

/** Fills in the mock sign-in form. Its element ids are those of the incumbent, which users' own tests rely on. */
async function signIn(page, name, roles) {
  await page.fill("#userDetails", name);
  if (roles) await page.fill("#userRoles", roles.join("\n"));
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/.auth/") && url.pathname !== "/login"), page.click("#submit")]);
  await settled(page);
}

const step = (name, failures, walk) =>
  harnessStep(name, () => {
    announced = new Set(failures);
    return walk();
  });

await step("the API is up", [], async () => {
  const deadline = Date.now() + 180_000;
  let last = "no answer";
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${site}/api/hello?name=tour`);
      last = `status ${response.status}`;
      if (response.ok) {
        const { message, pond } = await response.json();
        equal(message, "Hello, tour.", "GET /api/hello");
        equal(pond, "Cygnet Pond", "a setting of local.settings.json");
        return;
      }
    } catch (error) {
      if (error.message.startsWith("GET ") || error.message.startsWith("a setting")) throw error;
      last = error.cause?.message ?? error.message;
    }
    await new Promise((wake) => setTimeout(wake, 250));
  }
  throw new Error(`/api/hello did not answer 200 within 180 s, last: ${last}`);
});

const page = await visit();

await step("home renders, with the configured headers", [], async () => {
  const response = await go(page, "/");
  equal(response.status(), 200, "status of /");
  holds(await heading(page), "Who is on the", "heading");
  equal(await page.locator("#latest li").count(), 3, "latest sightings");
  equal(await page.locator("#who").innerText(), "Sign in", "corner of the page");
  const headers = response.headers();
  holds(headers["content-security-policy"], "default-src 'self'", "content security policy");
  equal(headers["x-xss-protection"], undefined, "a default header that the configuration removes");
  await shot(page, "home");
});

await step("members signed out: the 401 page with status 401", ["/members 401"], async () => {
  const response = await go(page, "/members");
  equal(response.status(), 401, "status");
  equal(await heading(page), "This gate has a latch.", "heading");
  await shot(page, "401");
});

await step("a visitor signs in and comes back", ["/members 401"], async () => {
  await page.click("main a[data-login=github]");
  await page.waitForSelector("#userDetails");
  equal(address(page), "/.auth/login/github", "address of the form");
  await shot(page, "sign-in");
  await signIn(page, "robin");
  equal(address(page), "/members/", "where the visitor lands");
});

await step("members see who they are", [], async () => {
  holds(await heading(page), "robin", "greeting");
  holds(await page.locator("#who").innerText(), "robin", "corner of the page");
  for (const side of ["#seen-by-site", "#seen-by-api"]) {
    const text = await page.locator(side).innerText();
    for (const part of ["robin", "github", "authenticated"]) holds(text, part, side);
  }
  await shot(page, "members");
});

await step("admin without the role: the 403 page with status 403", ["/admin 403"], async () => {
  const response = await go(page, "/admin");
  equal(response.status(), 403, "status");
  equal(await heading(page), "The desk is locked.", "heading");
  await shot(page, "403");
});

await step("the logbook takes a sighting and shows it", [], async () => {
  equal((await go(page, "/logbook")).status(), 200, "status");
  const before = await page.locator("#log li").count();
  await page.selectOption("[name=species]", "whooper");
  await page.fill("[name=count]", "7");
  await page.fill("[name=place]", "Reed bay");
  await page.fill("[name=note]", "<b>Bugling</b> & bathing");
  await page.click("#add button");
  await page.waitForSelector("#log li.new");
  equal(await page.locator("#log li").count(), before + 1, "sightings");
  const entry = await page.locator("#log li.new").innerText();
  for (const part of ["7 whoopers, Reed bay", "<b>Bugling</b> & bathing", "Seen by robin"]) holds(entry, part, "new entry");
});

await step(
  "the API's errors reach the page as they are",
  ["/api/sightings/999 404", "/api/sightings 400", "/api/boom 500", "/api/roles 404"],
  async () => {
    const call = async (label, status, part) => {
      await page.click(`#calls button:text-is("${label}")`);
      await page.waitForSelector(`#exchange .status:text-is("${status}")`);
      holds(await page.locator("#exchange pre").innerText(), part, label);
    };
    await call("GET /api/me", 200, '"userDetails": "robin"');
    await call("no such sighting", 404, "there is no sighting 999");
    await call("a bad POST", 400, "species must be one of");
    await call("a function that throws", 500, "");
    await call("the hidden role source", 404, "Only ripples here.");
    await call("GET /api/sightings/1", 200, '"place": "Reed bay"');
    await shot(page, "logbook");
  },
);

await step("a page is found without its extension", [], async () => {
  equal((await go(page, "/contact")).status(), 200, "status of /contact");
  equal(await heading(page), "Contact", "heading");
  await go(page, "/contact.html");
  equal(address(page), "/contact", "address after /contact.html");
});

await step("redirect and rewrite", [], async () => {
  await go(page, "/sightings");
  equal(address(page), "/logbook", "address after /sightings");
  const swans = await page.request.get(`${site}/swans`);
  equal((await swans.json()).swans.length, 4, "swans behind /swans");
  equal(swans.headers()["cache-control"], "public, max-age=60", "caching of /swans");
  const picture = await page.request.get(`${site}/assets/mute.svg`);
  equal(picture.headers()["cache-control"], "public, max-age=86400", "caching of a picture");
  const places = await page.request.get(`${site}/assets/pond.geojson`);
  holds(places.headers()["content-type"], "application/geo+json", "type of pond.geojson");
});

await step("the fallback serves addresses that only the script knows", [], async () => {
  equal((await go(page, "/guide/bewicks")).status(), 200, "status of /guide/bewicks");
  equal(await heading(page), "Bewick's swan", "heading");
  await shot(page, "guide");
  equal((await go(page, "/no/such/page")).status(), 200, "status of an unknown address");
  equal(await heading(page), "No such bird.", "heading");
});

await step(
  "excluded, hidden and gone paths have their own pages",
  ["/assets/heron.svg 404", "/drafts/spring 404", "/staticwebapp.config.json 404", "/mill-pond 410"],
  async () => {
    for (const path of ["/assets/heron.svg", "/drafts/spring", "/staticwebapp.config.json"]) {
      equal((await go(page, path)).status(), 404, `status of ${path}`);
      equal(await heading(page), "Only ripples here.", `heading of ${path}`);
    }
    await shot(page, "404");
    equal((await go(page, "/mill-pond")).status(), 410, "status of /mill-pond");
    holds(await heading(page), "drained", "heading of /mill-pond");
  },
);

// The browser may remember the 301 from /members to /members/ of the earlier visit: both addresses are guarded.
await step("signing out ends it", ["/members 401", "/members/ 401"], async () => {
  await go(page, "/");
  await page.click("#who >> text=Sign out");
  await page.waitForSelector('#who >> text="Sign in"');
  equal(address(page), "/", "where the visitor lands");
  equal((await go(page, "/members")).status(), 401, "status of /members");
});

await step("a signed-out sighting is refused by its rule", ["/api/sightings 401"], async () => {
  await go(page, "/logbook");
  await page.waitForSelector("#signed-out:visible");
  await page.fill("[name=place]", "Boathouse");
  await page.click("#add button");
  await page.waitForFunction(() => document.getElementById("said").textContent.includes("401"));
});

await step("the warden signs in by /login and strikes an entry out", [], async () => {
  await page.goto(`${site}/login`);
  await signIn(page, "admin-morgan", ["anonymous", "authenticated", "admin"]);
  equal((await go(page, "/admin")).status(), 200, "status of /admin");
  equal(address(page), "/admin/", "address of the desk");
  const before = await page.locator("#desk tr").count();
  await page.click("#desk tr[data-id='4'] button");
  await page.waitForSelector("#desk tr[data-id='4']", { state: "detached" });
  equal(await page.locator("#desk tr").count(), before - 1, "entries");
  await shot(page, "admin");
});

const state = await page.context().storageState();
for (const [name, options] of [
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 2 }],
]) {
  await step(`every page fits: ${name}`, ["/drafts/x 404"], async () => {
    const other = await visit({ ...options, storageState: state });
    for (const path of ["/", "/logbook", "/guide", "/guide/black", "/members/", "/admin/", "/contact", "/drafts/x"]) {
      await go(other, path);
      const [content, view] = await other.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      if (content > view) throw new Error(`${path} is ${content} px wide in a window of ${view} px`);
      await shot(other, `${name}${path.replace(/\/+/g, "-").replace(/-$/, "") || "-home"}`);
    }
    await other.context().close();
  });
}

for (const [name, options] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 2 }],
]) {
  await step(`the emulator's own pages fit: ${name}`, [], async () => {
    const other = await visit(options);
    for (const path of ["/.auth/login/aad", "/.auth/purge/github"]) {
      equal((await other.goto(site + path)).status(), 200, `status of ${path}`);
      const [content, view] = await other.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      if (content > view) throw new Error(`${path} is ${content} px wide in a window of ${view} px`);
      await shot(other, `${name}-own${path.replace(/[/.]+/g, "-")}`);
    }
    await other.context().close();
  });
}

await step("an edit reloads the open page", [], async () => {
  await go(page, "/");
  const file = join(folder, "index.html");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/<h1([^>]*)>[^]*?<\/h1>/, "<h1$1>Edited while you look</h1>"));
  await page.waitForFunction(() => document.querySelector("h1").textContent === "Edited while you look");
});

await step("a broken configuration shows over the page, and goes when fixed", [], async () => {
  const file = join(folder, "staticwebapp.config.json");
  const text = readFileSync(file, "utf8");
  const overlay = page.locator("cygnet-overlay dialog");
  writeFileSync(file, text.replace('"routes": [', '"routes": ['.replace("[", "{")));
  await overlay.waitFor({ state: "visible" });
  holds(await overlay.innerText(), "staticwebapp.config.json", "the overlay");
  await shot(page, "overlay");
  writeFileSync(file, text);
  await overlay.waitFor({ state: "hidden" });
});

await done();
