// Signing in for real, in a browser: before npm `oidc-provider` (oidc.mjs) and before `oidc-provider-mock` from PyPI.
//
//   node sign_in.mjs <url of the emulator> <url of oidc.mjs> <url of its API> <url of oidc-provider-mock>
//     <session of seven hours> <session of eight hours>
//
// Prints one line a step and ends with 1 at the first step that fails.

import { done, equal, givenArguments, holds, newPage, step } from "./harness.mjs";

const [site, pond, api, lake, young, old] = givenArguments("url of the emulator", "url of oidc.mjs", "url of its API", "url of oidc-provider-mock", "session of seven hours", "session of eight hours");

const told = async (url, options) => (await fetch(url, options)).json();
const post = (url, value) => told(url, { method: "POST", body: JSON.stringify(value ?? {}) });
const me = (page) => page.evaluate(async () => (await (await fetch("/.auth/me")).json()).clientPrincipal);
const claim = (user, type) => user.claims.filter(({ typ }) => typ === type).map(({ val }) => val);
const cookies = (page, name) => page.context().cookies(`${site}/.auth/`).then((all) => all.filter((cookie) => cookie.name.startsWith(name)));
const at = (page, path) => page.waitForURL(`${site}${path}`);

/** As far as the provider's consent page. */
async function dive(page, name, path = "/.auth/login/pond") {
  await page.goto(`${site}${path}`);
  holds(page.url(), pond, "the provider's page");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Dive" }).click();
  await page.getByRole("heading", { name: "May the app know you?" }).waitFor();
}

const allow = (page) => page.getByRole("button", { name: "Allow" }).click();

const page = await newPage();

await step("a provider that is down", async () => {
  const answer = await page.goto(`${site}/.auth/login/pond`);
  equal(answer.status(), 502, "the status");
  holds(await page.innerText("main"), pond, "which one");
  equal(await me(page), null, "nobody is signed in");
  await post(`${pond}/test/app`, { site });
});

await step("code flow, and back to where one was", async () => {
  await dive(page, "zoe", "/.auth/login/pond?post_login_redirect_uri=/members/");
  equal((await cookies(page, "StaticWebAppsAuthContextCookie")).length, 1, "the state");
  await allow(page);
  await at(page, "/members/");
  equal((await cookies(page, "StaticWebAppsAuthContextCookie")).length, 0, "the state after it was used");
  const user = await me(page);
  equal([user.identityProvider, user.userDetails], ["pond", "Zoë Ångström 漢字"], "who");
  equal(user.userRoles, ["anonymous", "authenticated", "reader"], "the roles, with those of the rolesSource");
  equal(claim(user, "groups"), ["divers"], "a claim");
  const [asked] = await told(`${pond}/test/asked`);
  equal([asked.scheme, asked.fields], ["basic", ["code", "code_verifier", "grant_type", "redirect_uri"]], "the way that the provider announces, and PKCE");
});

await step("claims go to the rolesSource and never to the API", async () => {
  const [asked] = await told(`${api}/test/asked`);
  equal([asked.method, asked.url], ["POST", "/api/roles"], "the call");
  const sent = JSON.parse(asked.body);
  equal([sent.identityProvider, sent.userDetails, claim(sent, "groups")], ["pond", "Zoë Ångström 漢字", ["divers"]], "what it is told");
  equal(sent.accessToken.length > 20, true, "AU-73: the access token");
  const headers = await page.evaluate(async () => (await fetch("/api/echo")).json());
  const principal = JSON.parse(Buffer.from(headers["x-ms-client-principal"], "base64").toString());
  equal(Object.keys(principal), ["identityProvider", "userId", "userDetails", "userRoles"], "AU-45: what the API sees");
  equal(JSON.stringify(headers).includes("divers"), false, "a claim in some header");
  equal(JSON.stringify(headers).includes(sent.accessToken), false, "the token in some header");
});

await step("the session is sealed, and lasts eight hours", async () => {
  const [cookie, ...more] = await cookies(page, "StaticWebAppsAuthCookie");
  equal(more.length, 0, "further cookies");
  equal([cookie.httpOnly, cookie.path], [true, "/"], "its attributes");
  const hours = (cookie.expires - Date.now() / 1000) / 3600;
  equal(hours > 7.9 && hours <= 8.01, true, `AU-50: ${hours} hours`);
  for (const text of ["zoe", "pond", "reader", "StaticWebApps"]) {
    equal(Buffer.from(cookie.value, "base64").includes(text), false, `${text} in the cookie`);
  }
});

await step("a session ends after eight hours", async () => {
  const open = async (value) => {
    const other = await newPage();
    await other.context().addCookies([{ name: "StaticWebAppsAuthCookie", value, url: site, httpOnly: true }]);
    const answer = await other.goto(`${site}/members/`);
    const user = await me(other);
    await other.context().close();
    return [answer.status(), user?.userDetails ?? "nobody"];
  };
  equal(await open(young), [200, "zoe"], "after seven hours");
  equal(await open(old), [401, "nobody"], "AU-50: after eight");
});

await step("the provider signs with another key", async () => {
  await post(`${pond}/test/rotate`);
  const other = await newPage();
  await dive(other, "zoe");
  await allow(other);
  await at(other, "/");
  equal((await me(other)).userId, (await me(page)).userId, "AU-42: the same user, the same id");
  await other.context().close();
});

await step("consent denied", async () => {
  const other = await newPage();
  await dive(other, "zoe");
  await other.getByRole("button", { name: "Deny" }).click();
  await other.waitForURL(`${site}/.auth/login/pond/callback?*`);
  const text = await other.innerText("main");
  holds(text, "access_denied", "the provider's error");
  holds(text, "The <swimmer> said no.", "the provider's text");
  equal(await me(other), null, "nobody is signed in");
  await other.context().close();
});

await step("a code that came too late", async () => {
  await post(`${pond}/test/late`);
  const other = await newPage();
  await dive(other, "zoe");
  await allow(other);
  await other.waitForURL(`${site}/.auth/login/pond/callback?*`);
  holds(await other.innerText("main"), "invalid_grant", "the provider's error");
  equal(await me(other), null, "nobody is signed in");
  await post(`${pond}/test/app`, { site });
  await other.context().close();
});

await step("a token of ten thousand bytes", async () => {
  const other = await newPage();
  await dive(other, "max");
  await allow(other);
  await at(other, "/");
  equal(claim(await me(other), "groups").length, 200, "all groups");
  equal((await cookies(other, "StaticWebAppsAuthCookie")).length > 1, true, "AU-51: several cookies");
  equal(await other.evaluate(async () => (await fetch("/members/")).status), 200, "what needs a role");
  await other.goto(`${site}/.auth/logout`);
  await other.getByRole("button", { name: "Yes" }).click();
  await at(other, "/");
  equal((await cookies(other, "StaticWebAppsAuthCookie")).length, 0, "all of them are gone");
  await other.context().close();
});

await step("signing out, here and there", async () => {
  // The server forgot its sessions when the app was registered anew.
  await dive(page, "zoe");
  await allow(page);
  await at(page, "/");
  await page.goto(`${site}/.auth/logout?post_logout_redirect_uri=/bye.html`);
  holds(page.url(), `${pond}/session/end`, "the provider's page");
  await page.getByRole("button", { name: "Yes" }).click();
  await at(page, "/bye.html");
  equal(await me(page), null, "nobody is signed in");
  await page.goto(`${site}/.auth/login/pond`);
  await page.getByLabel("Name").waitFor();
});

await step("another server, of another make", async () => {
  const other = await newPage();
  // Its page wants a style sheet of a content delivery network.
  await other.route((url) => !["localhost", "127.0.0.1"].includes(url.hostname), (route) => route.abort());
  await other.goto(`${site}/.auth/login/lake?post_login_redirect_uri=/members/`);
  holds(other.url(), lake, "the provider's page");
  await other.getByRole("button", { name: "zoe" }).click();
  await at(other, "/members/");
  const user = await me(other);
  equal([user.identityProvider, user.userDetails], ["lake", "zoe@lake.example"], "who, by a claim's long name");
  equal(claim(user, "name"), ["Zoë"], "a claim");
  await other.goto(`${site}/.auth/logout?post_logout_redirect_uri=/bye.html`);
  holds(other.url(), lake, "the provider's page");
  await other.getByRole("button", { name: "End session" }).click();
  await at(other, "/bye.html");
  equal(await me(other), null, "nobody is signed in");
  await other.context().close();
});

await done();
