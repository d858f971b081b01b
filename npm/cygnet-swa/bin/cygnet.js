#!/usr/bin/env node
// Runs the program of this platform, which lies in a package of its own. No script runs at installation, nothing is downloaded.
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const { readFileSync } = require('node:fs');

const PLATFORMS = Object.keys(require('../package.json').optionalDependencies);

/** `linux-x64`, or `linux-x64-musl` where the system's C library is musl. */
function platform() {
  const name = `${process.platform}-${process.arch}`;
  return name.startsWith('linux-') && isMusl() ? `${name}-musl` : name;
}

/** `ldd` is a script that names musl's loader there; it is read, not run. */
function isMusl() {
  try {
    return readFileSync('/usr/bin/ldd', 'utf8').includes('musl');
  } catch {
    return process.report?.getReport().header.glibcVersionRuntime === undefined;
  }
}

/** The program's path, or why there is none. */
function program() {
  const wanted = `@cygnet-swa/${platform()}`;
  const file = process.platform === 'win32' ? 'cygnet.exe' : 'cygnet';
  try {
    return require.resolve(`${wanted}/bin/${file}`);
  } catch {
    const known = PLATFORMS.includes(wanted);
    const why = known
      ? `the package ${wanted} is not installed`
      : `there is no build of cygnet for ${platform()}`;
    const hint = known
      ? 'optional packages were left out, or node_modules comes from another system: run `npm install` here, without --omit=optional'
      : `build it from source with \`cargo install\`; there are builds for ${PLATFORMS.map((name) => name.split('/')[1]).join(', ')}`;
    process.stderr.write(`error: ${why}\nhint: ${hint}\n`);
    process.exit(1);
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit', windowsHide: false });

// A terminal sends them to the child as well, which must live to end in order; its own end is ours.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}

child.on('error', (error) => {
  process.stderr.write(`error: ${child.spawnfile} cannot be started: ${error.message}\n`);
  process.exit(1);
});

child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : code);
});
