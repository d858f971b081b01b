'use strict';
// The language worker of Cygnet for Node.js: loads a Functions app and answers invocations over loopback HTTP.
//
// 1. events.cjs  log lines of the app, streamed to the host as NDJSON
// 2. core.cjs    the virtual module `@azure/functions-core` that `@azure/functions` v4 registers itself with
// 3. v3.cjs      the v3 model (function.json), of which apps bring no library
// 4. server.cjs  the wire to the host
//
// The host deletes these files once the worker has started, so every part is required here, before the app.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const told = path.join(__dirname, 'config.json');
const config = JSON.parse(fs.readFileSync(told, 'utf8'));
// The token must not reach the app or the processes that it starts.
fs.unlinkSync(told);
// The host then asks which version this is, and says so.
if (parseInt(process.versions.node, 10) < config.oldest) process.exit(1);

const events = require('./events.cjs');
const core = require('./core.cjs');
const v3 = require('./v3.cjs');
const stream = require('./stream.cjs');
const server = require('./server.cjs');

function describe(error) {
  if (error instanceof Error) {
    return { message: error.message, stack: error.stack || String(error) };
  }
  const text = typeof error === 'string' ? error : require('node:util').inspect(error);
  return { message: text, stack: text };
}

// Like the worker of Azure: the process ends, the host fails the calls in flight and starts another one. A rejection that
// nobody handles comes here too, unless the app listens for those itself.
process.on('uncaughtException', (error, origin) => {
  const kind = origin === 'unhandledRejection' ? 'Unhandled rejection' : 'Uncaught exception';
  console.error(`${kind}: ${describe(error).stack}`);
  process.exit(1);
});

function isModule(file) {
  if (file.endsWith('.mjs')) return true;
  if (file.endsWith('.cjs')) return false;
  return config.moduleType === 'module';
}

async function loadScript(file) {
  if (isModule(file)) return import(pathToFileURL(file).href);
  return require(file);
}

// Answers what `GET /functions` reports: the functions of the app, or why it could not be loaded.
async function loadApp() {
  core.install(config.hostVersion);
  for (const file of config.files) {
    try {
      await loadScript(file);
    } catch (error) {
      const { message, stack } = describe(error);
      const shown = path.relative(config.appDir, file);
      return { error: { message: `Worker was unable to load entry point "${shown}": ${message}`, stack } };
    }
  }
  try {
    await core.runHooks('appStart', { hookData: core.appHookData, appHookData: core.appHookData });
    const capabilities = await core.start(() => stream.onLoopback());
    stream.use(capabilities.HttpUri);
  } catch (error) {
    const { message, stack } = describe(error);
    return { error: { message: `The app failed to start: ${message}`, stack } };
  }
  const registered = core.functions();
  if (registered.length > 0) return { model: 'v4', functions: registered };
  await v3.load(config.functions, loadScript, describe);
  return { model: 'v3', functions: [] };
}

async function terminate() {
  try {
    await core.runHooks('appTerminate', { hookData: core.appHookData, appHookData: core.appHookData });
  } catch (error) {
    console.error(`appTerminate hook failed: ${describe(error).stack}`);
  }
  process.exit(0);
}
process.on('SIGTERM', terminate);
// Ctrl-C belongs to the host, which then stops its workers in order.
process.on('SIGINT', () => {});

async function invoke(call) {
  const found = core.find(call.meta.name);
  const run = found ? core.invoke : v3.invoke;
  return run(found || v3.find(call.meta.name), call, events.logger(call.meta));
}

const loaded = server.listen(config, { events, invoke, describe, stream }).then(loadApp);
server.index(loaded);
