// Makes the npm packages: `cygnet-swa`, and one for each program that is given.
//
//   node npm/pack.mjs --out DIR linux-x64=target/release/cygnet [win32-x64=path/to/cygnet.exe …]
//
// DIR gets a .tgz of each. Versions are that of Cargo.toml; the platform packages that are not built in this run are named all
// the same, because `cygnet-swa` is published once, after all of them. The programs must run here only for linux-x64, whose
// completions and manual page go along.

import { execFileSync } from 'node:child_process';
import { cpSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

/** Each platform as npm names it: what `os`, `cpu` and `libc` of its package say. */
export const PLATFORMS = {
  'linux-x64': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'linux-x64-musl': { os: 'linux', cpu: 'x64', libc: 'musl' },
  'linux-arm64-musl': { os: 'linux', cpu: 'arm64', libc: 'musl' },
  'darwin-x64': { os: 'darwin', cpu: 'x64' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64' },
  'win32-x64': { os: 'win32', cpu: 'x64' },
};

const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8');
const field = (name) => cargo.match(new RegExp(`^${name} = "(.*)"$`, 'm'))[1];
const common = { version: field('version'), license: field('license'), engines: { node: '>=18' } };

function fail(message, hint) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exit(2);
}

function options(args) {
  const programs = [];
  let out;
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '--out') {
      at += 1;
      out = args[at];
      continue;
    }
    const [platform, path] = args[at].split('=');
    if (!(platform in PLATFORMS) || !path) {
      fail(`\`${args[at]}\` is not PLATFORM=PROGRAM`, `the platforms are ${Object.keys(PLATFORMS).join(', ')}`);
    }
    programs.push([platform, resolve(path)]);
  }
  if (!out || programs.length === 0) {
    fail('a folder and at least one program are needed', 'node npm/pack.mjs --out DIR linux-x64=target/release/cygnet');
  }
  return { out: resolve(out), programs };
}

const write = (folder, manifest) =>
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

/** The package of one platform: its program, and nothing that runs. */
function platformPackage(folder, platform, program) {
  const { os, cpu, libc } = PLATFORMS[platform];
  const file = os === 'win32' ? 'cygnet.exe' : 'cygnet';
  mkdirSync(join(folder, 'bin'), { recursive: true });
  cpSync(program, join(folder, 'bin', file));
  chmodSync(join(folder, 'bin', file), 0o755);
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'README.md'), `The program of [cygnet-swa](https://www.npmjs.com/package/cygnet-swa) for ${platform}.\n`);
  write(folder, {
    name: `@cygnet-swa/${platform}`,
    ...common,
    description: `cygnet for ${platform}`,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    preferUnplugged: true,
    files: ['bin'],
  });
}

/** The package that people install. */
function mainPackage(folder, programs) {
  cpSync(join(here, 'cygnet-swa'), folder, { recursive: true });
  for (const file of ['LICENSE', 'README.md']) cpSync(join(root, file), join(folder, file));
  const own = programs.find(([platform]) => platform === `${process.platform}-${process.arch}`);
  const print = (...args) => execFileSync(own[1], args);
  if (own) {
    mkdirSync(join(folder, 'man'));
    writeFileSync(join(folder, 'man', 'cygnet.1'), print('man'));
    mkdirSync(join(folder, 'completions'));
    for (const shell of ['bash', 'zsh', 'fish', 'powershell', 'elvish']) {
      writeFileSync(join(folder, 'completions', `cygnet.${shell}`), print('completions', shell));
    }
  }
  const optional = Object.keys(PLATFORMS).map((platform) => [`@cygnet-swa/${platform}`, common.version]);
  write(folder, {
    name: 'cygnet-swa',
    ...common,
    description: field('description'),
    keywords: ['azure', 'static-web-apps', 'swa', 'emulator', 'staticwebapp.config.json'],
    bin: { cygnet: 'bin/cygnet.js' },
    ...(own && { man: ['man/cygnet.1'] }),
    files: ['bin', 'completions', 'man'],
    optionalDependencies: Object.fromEntries(optional),
  });
}

const { out, programs } = options(process.argv.slice(2));
const work = mkdtempSync(join(tmpdir(), 'cygnet-npm-'));
try {
  mkdirSync(out, { recursive: true });
  for (const [platform, program] of programs) platformPackage(join(work, platform), platform, program);
  mainPackage(join(work, 'cygnet-swa'), programs);
  for (const name of [...programs.map(([platform]) => platform), 'cygnet-swa']) {
    const printed = execFileSync('npm', ['pack', '--silent', '--pack-destination', out], { cwd: join(work, name) });
    process.stdout.write(`${join(out, printed.toString().trim())}\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
