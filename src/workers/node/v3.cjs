'use strict';
// The v3 programming model: functions named by function.json, `context`, `done`, output bindings.

const util = require('node:util');
const { randomUUID } = require('node:crypto');
const events = require('./events.cjs');
const { triggerMetadata, tryParse } = require('./convert.cjs');
const { Request, Response } = require('./v3-http.cjs');
const { httpValue } = require('./v3-output.cjs');
const { guardBindings } = require('./absent.cjs');

const DONE_TWICE = "Error: 'done' has already been called. Please check your script for extraneous calls to 'done'.";
const DONE_AND_PROMISE =
  "Error: Choose either to return a promise or call 'done'. Do not use both in your script.";
const LATE_LOG =
  "Warning: Unexpected call to 'log' on the context object after function execution has completed. " +
  'Please check for asynchronous calls that are not awaited or calls to ' +
  "'done' made before function execution completes. ";

const registry = new Map();

// A function that cannot be loaded fails on each call, the others work.
async function load(functions, loadScript, describe) {
  for (const info of functions) {
    const entry = { info };
    registry.set(info.name, entry);
    try {
      entry.callback = pick(await loadScript(info.scriptFile), info);
    } catch (error) {
      entry.failure = error;
      events.emit({
        level: 'error',
        category: 'system',
        function: info.name,
        message: `Worker was unable to load function ${info.name}: ${describe(error).stack}`,
      });
    }
  }
}

// A module that is a function; else the named entry point, the only export, `run` or `index`.
function pick(loaded, { name, entryPoint }) {
  if (typeof loaded === 'function') return loaded;
  const owner = loaded && typeof loaded === 'object' ? loaded : {};
  const keys = Object.keys(owner);
  let chosen;
  if (entryPoint) chosen = owner[entryPoint];
  else if (keys.length === 1) chosen = owner[keys[0]];
  else chosen = owner.run || owner.index;
  // `import()` of CommonJS, and compilers, leave the function as `default` beside a marker.
  if (chosen === undefined && !entryPoint) chosen = owner.default;
  if (chosen && typeof chosen === 'object' && typeof chosen.default === 'function') chosen = chosen.default;
  if (typeof chosen !== 'function') {
    throw new Error(
      entryPoint
        ? `Unable to determine function entry point: ${entryPoint}. If multiple functions are exported, ` +
            "you must indicate the entry point, either by naming it 'run' or 'index', or by naming it explicitly " +
            "via the 'entryPoint' metadata property."
        : `The function ${name} exports no function.`,
    );
  }
  return chosen.bind(owner);
}

function find(name) {
  return registry.get(name);
}

async function invoke(entry, call, log) {
  if (!entry) throw new Error(`The worker knows no function ${call.meta.name}.`);
  if (entry.failure) throw entry.failure;
  const { info } = entry;
  const run = { info, log, done: false, promised: false };
  let finish;
  let fail;
  // Settled by what comes first: `done`, or the promise that was returned.
  const finished = new Promise((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const context = createContext(run, call, (error, result) => {
    ended(run, context);
    if (error === null || error === undefined) finish(result);
    else fail(error);
  });
  try {
    const returned = entry.callback(context, ...inputs(info, context));
    run.promised = Boolean(returned) && typeof returned.then === 'function';
    if (run.promised) {
      const onValue = (value) => {
        ended(run, context);
        finish(value);
      };
      Promise.resolve(returned).then(onValue, fail);
    }
    return output(info, context, await finished);
  } catch (error) {
    // Of a function that threw after it had failed by `done` nobody has awaited the first failure, and that must not end the
    // process.
    finished.catch(() => {});
    throw error;
  } finally {
    run.done = true;
  }
}

function ended(run, context) {
  if (run.done && !(run.promised && context.suppressAsyncDoneError)) {
    run.log('error', 'system', run.promised ? DONE_AND_PROMISE : DONE_TWICE);
  }
  run.done = true;
}

function createContext(run, call, done) {
  const { info } = run;
  const { meta } = call;
  const request = new Request(call);
  const write = (level) => (...args) => {
    if (run.done) {
      run.log('warning', 'system', `${LATE_LOG}Function name: ${info.name}. Invocation Id: ${meta.invocationId}.`);
    }
    run.log(level, 'user', util.format(...args));
  };
  const began = Date.now();
  let bindingData;
  const trigger = info.bindings.find(({ type }) => /^httptrigger$/i.test(type));
  const context = {
    invocationId: meta.invocationId,
    traceContext: { traceparent: meta.traceParent || '', tracestate: meta.traceState || '', attributes: {} },
    executionContext: {
      invocationId: meta.invocationId,
      functionName: info.name,
      functionDirectory: info.directory,
      retryContext: null,
    },
    bindings: { [trigger.name]: request },
    log: Object.assign(write('information'), {
      error: write('error'),
      warn: write('warning'),
      info: write('information'),
      verbose: write('trace'),
    }),
    // Few look at it, and it has every header once more.
    get bindingData() {
      bindingData ??= bindingDataOf(info, call, began);
      return bindingData;
    },
    set bindingData(value) {
      bindingData = value;
    },
    bindingDefinitions: info.bindings.map(({ name, type, direction }) => ({ name, type, direction })),
    done,
    req: request,
    res: undefined,
  };
  context.res = new Response(done);
  guardBindings(context.bindings, info.bindings);
  return context;
}

function bindingDataOf(info, call, began) {
  const sys = { methodName: info.name, utcNow: new Date(began).toISOString(), randGuid: randomUUID() };
  return { invocationId: call.meta.invocationId, ...camelCase(triggerMetadata(call)), sys };
}

function inputs(info, context) {
  const given = Object.keys(context.bindings);
  return info.bindings.filter(({ name }) => given.includes(name)).map(({ name }) => context.bindings[name]);
}

function untyped(value) {
  if (!value || typeof value !== 'object') return value;
  if (typeof value.string === 'string') return tryParse(value.string);
  if (typeof value.json === 'string') return JSON.parse(value.json);
  return value;
}

// Names start lower-case in JavaScript, and text that is JSON arrives as its value: `id` "7" is 7.
function camelCase(object) {
  const result = {};
  for (const [name, raw] of Object.entries(object)) {
    const value = untyped(raw);
    const nested = value && typeof value === 'object' && !Array.isArray(value);
    result[name.charAt(0).toLowerCase() + name.slice(1)] = nested ? camelCase(value) : value;
  }
  return result;
}

// `$return` first, then the returned object by binding name, then `context.bindings`, then `context.res`.
function output(info, context, result) {
  const outputs = info.bindings.filter(({ direction }) => direction !== 'in');
  const http = outputs.find(({ type }) => /^http$/i.test(type));
  if (http && context.res && context.bindings[http.name] === undefined) context.bindings[http.name] = context.res;

  if (!http) return undefined;
  const returns = outputs.some(({ name }) => name === '$return');
  if (result && http.name === '$return') return httpValue(result);
  if (result && !returns && typeof result === 'object' && result[http.name] !== undefined) {
    return httpValue(result[http.name]);
  }
  return httpValue(context.bindings[http.name]);
}

module.exports = { load, find, invoke };
