import { chromium } from "playwright-core";
const [site, out] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu"] });
for (const [name, scheme, width, height] of [["light","light",1280,800],["dark","dark",1280,800],["phone","light",390,844]]) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  await page.goto(`${site}/.auth/login/github?post_login_redirect_uri=/admin`);
  await page.evaluate(() => localStorage.setItem("recent@cygnet", JSON.stringify({list:[{identityProvider:"github",userDetails:"grace",userRoles:"anonymous\nauthenticated\neditor",userId:"1",claims:"[]"}]})));
  await page.reload();
  await page.screenshot({ path: `${out}/sign-in-${name}.png`, fullPage: width < 500 });
  const box = await page.locator("#submit").boundingBox();
  console.log(name, JSON.stringify(box));
  await page.close();
}
await browser.close();
