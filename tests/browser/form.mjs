// The sign-in form in a real browser, as end-to-end suites of the official CLI use it.
//
//   node form.mjs <url of the emulator>
//
// Prints one line a step, ends with 1 at the first that fails.

import { done, equal, givenArguments, newPage, step } from "./harness.mjs";

const [site] = givenArguments("url of the emulator");
const page = await newPage();
const form = `${site}/.auth/login/github`;
const value = (id) => page.inputValue(`#${id}`);
const signIn = async (name) => {
  await page.goto(form);
  await page.fill("#userDetails", name);
  await Promise.all([page.waitForURL(`${site}/`), page.click("#submit")]);
  return page.evaluate(async () => (await (await fetch("/.auth/me")).json()).clientPrincipal);
};

await step("the untouched form", async () => {
  await page.goto(form);
  equal(await page.isDisabled("#identityProvider"), true, "the provider cannot be edited");
  equal(await value("identityProvider"), "github", "the provider");
  equal(await value("userDetails"), "", "the name");
  equal(await value("userRoles"), "anonymous\nauthenticated", "the roles");
  equal(await value("claims"), "[]", "the claims");
  equal(/^[0-9a-f]{32}$/.test(await value("userId")), true, "32 hex digits");
  equal(await page.getAttribute("meta[name='swa:originalPath']", "content"), form, "the whole address");
});

await step("what is typed is remembered", async () => {
  await page.fill("#userDetails", "ada");
  const stored = await page.evaluate(() => JSON.parse(localStorage.getItem("auth@github")));
  equal(stored.userId.length, 32, "the stored id");
  equal([stored.userDetails, stored.userRoles, stored.claims], ["ada", ["anonymous", "authenticated"], []], "what is stored");
});

await step("id and name are needed", async () => {
  for (const id of ["userId", "userDetails"]) {
    await page.goto(form);
    await page.fill("#userDetails", "ada");
    await page.fill(`#${id}`, "");
    await page.click("#submit");
    equal(await page.locator(`#${id}:invalid`).count(), 1, `${id} is needed`);
    equal(page.url(), form, "where the visitor stays");
  }
});

await step("a mistake in the claims is shown", async () => {
  await page.goto(form);
  await page.fill("#userDetails", "ada");
  equal(await page.isVisible("#userClaimsHelpBlockError"), false, "no mistake yet");
  await page.fill("#claims", "*&^%");
  equal(await page.isVisible("#userClaimsHelpBlockError"), true, "the mistake is shown");
  equal(await page.isDisabled("#submit"), true, "nothing can be sent");
  await page.fill("#claims", '[{"typ":"a","val":"b"}]');
  equal(await page.isVisible("#userClaimsHelpBlockError"), false, "the mistake is gone");
  equal(await page.isDisabled("#submit"), false, "it can be sent");
});

await step("clear", async () => {
  const typed = await value("userId");
  await page.click("#clear");
  equal(await value("userDetails"), "", "the cleared name");
  equal(await value("claims"), "[]", "the cleared claims");
  equal(/^[0-9a-f]{32}$/.test(await value("userId")) && (await value("userId")) !== typed, true, "another id");
});

await step("ids belong to names", async () => {
  const ada = await signIn("ada");
  equal([ada.identityProvider, ada.userDetails, ada.userRoles], ["github", "ada", ["anonymous", "authenticated"]], "who is signed in");
  const bob = await signIn("bob");
  equal(bob.userId !== ada.userId, true, "two users have two ids");
  equal((await signIn("ada")).userId, ada.userId, "AU-42: the same user, the same id");
  await page.goto(form);
  await page.fill("#userId", "7");
  await page.fill("#userDetails", "eve");
  equal(await value("userId"), "7", "a chosen id stays");
});

await done();
