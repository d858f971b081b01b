// Opens a page by HTTPS in a browser whose home folder is given: prints `trusted`, or the browser's error.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, home] = process.argv.slice(2);
const profile = mkdtempSync(join(home, 'profile-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_DATA_HOME: join(home, '.local/share') },
});
try {
  const page = await context.newPage();
  await page.goto(url);
  console.log((await page.content()).includes('by HTTPS') ? 'trusted' : 'another page');
} catch (error) {
  console.log(/ERR_[A-Z_]+/.exec(error.message)?.[0] ?? error.message);
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
