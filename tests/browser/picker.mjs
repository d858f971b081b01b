// The picker of the sign-in page and the way in from an error page, in a real browser.
//
//   node picker.mjs <url of the emulator>

import { accessible, done, equal, fitsWidth, givenArguments, holds, newPage, step } from "./harness.mjs";

const [site] = givenArguments("url");
const form = `${site}/.auth/login/github`;
const me = (page) => page.evaluate(async () => (await (await fetch("/.auth/me")).json()).clientPrincipal);
const leads = (page, to, act) => Promise.all([page.waitForURL(site + to), act()]);
const persona = (page, name) => page.locator("#personas .person", { has: page.locator(`b:text-is("${name}")`) });

await step("a persona is one click, and leads where the visitor wanted", async () => {
  const page = await newPage();
  await page.goto(`${form}?post_login_redirect_uri=/admin.html`);
  await leads(page, "/admin.html", () => persona(page, "ada").click());
  holds(await page.textContent("h1"), "Administration", "the page behind the rule");
  const ada = await me(page);
  equal([ada.identityProvider, ada.userDetails, ada.userRoles], ["aad", "ada@pond.example", ["anonymous", "authenticated", "admin"]], "who is signed in");
  await page.context().close();
});

await step("the button is above the fold, also with something to say", async () => {
  const page = await newPage();
  for (const path of ["/.auth/login/github", "/.cygnet/sign-in?persona=rita", "/.cygnet/sign-in?persona=nobody"]) {
    await page.goto(site + path);
    if (!(await page.locator("#submit").count())) continue;
    const { y, height } = await page.locator("#submit").boundingBox();
    equal(y + height <= 800, true, `the button ends at ${y + height} px of 800 (${path})`);
  }
  holds(await page.textContent("[role=alert]"), "there is no persona nobody; there is ada, rita", "the names that exist");
  await page.context().close();
});

await step("roles of the configuration toggle in the field, by mouse and by key", async () => {
  const page = await newPage();
  await page.goto(form);
  const chip = (role) => page.locator(`#roleChips button[value=${role}]`);
  const pressed = (role) => chip(role).getAttribute("aria-pressed");
  equal(await page.locator("#roleChips button").allTextContents(), ["admin", "reader"], "the chips");
  await chip("admin").click();
  equal([await page.inputValue("#userRoles"), await pressed("admin")], ["anonymous\nauthenticated\nadmin", "true"], "added");
  await chip("reader").focus();
  await page.keyboard.press("Space");
  equal(await pressed("reader"), "true", "by key");
  await chip("admin").click();
  equal([await page.inputValue("#userRoles"), await pressed("admin")], ["anonymous\nauthenticated\nreader", "false"], "taken away");
  await page.fill("#userRoles", "admin");
  equal([await pressed("admin"), await pressed("reader")], ["true", "false"], "what is typed shows");
  await page.fill("#userDetails", "grace");
  await leads(page, "/", () => page.click("#submit"));
  equal((await me(page)).userRoles, ["anonymous", "authenticated", "admin"], "the roles");
  await page.context().close();
});

await step("who was typed is one click the next time, at every provider, and without a network", async () => {
  const page = await newPage();
  for (const [provider, name] of [["github", "grace"], ["aad", "edsger"], ["github", "grace"]]) {
    await page.goto(`${site}/.auth/login/${provider}`);
    await page.fill("#userDetails", name);
    await page.fill("#userRoles", "authenticated\nreader");
    await leads(page, "/", () => page.click("#submit"));
  }
  const grace = await me(page);
  await page.goto(`${form}?post_login_redirect_uri=/books.html`);
  const recent = page.locator("#recent .person");
  equal(await recent.locator("b").allTextContents(), ["grace", "edsger"], "each once, the last first");
  await leads(page, "/books.html", () => recent.nth(1).click());
  const edsger = await me(page);
  equal([edsger.identityProvider, edsger.userDetails, edsger.userRoles], ["aad", "edsger", ["anonymous", "authenticated", "reader"]], "who it was");
  await page.goto(form);
  equal(await page.inputValue("#userDetails"), "grace", "the form keeps what was typed in it");
  await leads(page, "/", () => recent.nth(0).click());
  equal((await me(page)).userId, grace.userId, "AU-42: the same user, the same id");
  await page.context().close();
});

await step("personas and the form need no script", async () => {
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto(`${form}?post_login_redirect_uri=/books.html`);
  equal([await page.isVisible("#roleChips"), await page.isVisible("#recent")], [false, false], "nothing is shown that needs one");
  await leads(page, "/books.html", () => persona(page, "rita").click());
  holds(await page.textContent("h1"), "Books", "the page behind the rule");
  await page.goto(form);
  holds(await page.textContent("main"), "Signed in as rita", "who is signed in");
  await page.fill("#userDetails", "grace");
  await leads(page, "/", () => page.click("#submit"));
  await page.goto(form);
  holds(await page.textContent("main"), "Signed in as grace", "who is signed in");
  await page.context().close();
});

await step("a refused page leads in by one click, by keyboard alone", async () => {
  const page = await newPage();
  await page.goto(`${site}/admin.html?tab=2`);
  holds(await page.textContent("main"), "staticwebapp.config.json:3", "the place of the rule");
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => document.activeElement.textContent), "Sign in with role admin", "the first way");
  await leads(page, "/admin.html?tab=2", () => page.keyboard.press("Enter"));
  holds(await page.textContent("h1"), "Administration", "the page behind the rule");
  await page.goto(`${site}/.cygnet/sign-in?persona=rita&redirect=/admin.html`);
  holds(await page.textContent("main"), "rita by github", "who is signed in");
  await Promise.all([page.waitForURL(/\/\.cygnet\/#\/requests\/\d+$/), page.click("text=This request in the inspector")]);
  await page.context().close();
});

for (const colorScheme of ["light", "dark"]) {
  await step(`no finding of axe, ${colorScheme}`, async () => {
    const page = await newPage({ colorScheme });
    await page.goto(form);
    await page.fill("#userDetails", "grace");
    await page.click("#roleChips button");
    await leads(page, "/", () => page.click("#submit"));
    for (const path of ["/.auth/login/github", "/.cygnet/sign-in?persona=nobody", "/.cygnet/sign-in?persona=rita&redirect=/admin.html", "/no/page"]) {
      await page.goto(site + path);
      await accessible(page, path);
      await page.setViewportSize({ width: 390, height: 844 });
      await accessible(page, `${path} on a phone`);
      await fitsWidth(page, path);
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    await page.context().close();
  });
}

await done();
