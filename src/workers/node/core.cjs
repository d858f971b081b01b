'use strict';
// The virtual module `@azure/functions-core`: registration, hooks, and the invocation of v4 functions.

const Module = require('node:module');
const util = require('node:util');
const events = require('./events.cjs');
const { httpInput, triggerMetadata } = require('./convert.cjs');
const stream = require('./stream.cjs');
const { guardExtraInputs } = require('./absent.cjs');

const HOOKS = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'];
const hooks = new Map(HOOKS.map((name) => [name, []]));
const registry = new Map();
const appHookData = {};
let model;
let locked = false;

class SystemError extends Error {
  constructor(message) {
    super(message);
    this.isAzureFunctionsSystemError = true;
  }
}

class Disposable {
  #callback;
  constructor(callback) {
    this.#callback = callback;
  }
  static from(...disposables) {
    return new Disposable(() => disposables.forEach((each) => each && each.dispose && each.dispose()));
  }
  dispose() {
    const callback = this.#callback;
    this.#callback = undefined;
    if (callback) callback.call(this);
  }
}

// Where the app called the library: the first frame of the stack that is neither ours nor a package's.
function callerOfLibrary() {
  const frames = (new Error().stack || '').split('\n').slice(1);
  for (const frame of frames) {
    // Source maps of packages lead to places such as `webpack://…`.
    const match = /(?:^at (?:async )?|\()(?:file:\/\/)?(\/[^()]*?|[A-Za-z]:\\[^()]*?):(\d+):\d+\)?$/.exec(frame.trim());
    if (match && !match[1].startsWith(__dirname) && !/[\\/]node_modules[\\/]/.test(match[1])) {
      return { file: match[1], line: Number(match[2]) };
    }
  }
  return {};
}

function registerFunction(metadata, callback) {
  if (locked) throw new SystemError('A function can only be registered during app startup.');
  const id = metadata.functionId || metadata.name;
  if (registry.has(id)) throw new SystemError(`A function with id "${id}" has already been registered.`);
  registry.set(id, { metadata: { ...metadata, functionId: id }, callback, place: callerOfLibrary() });
  return new Disposable(() => {
    if (locked) throw new SystemError('A function can only be disposed during app startup.');
    registry.delete(id);
  });
}

function registerHook(name, callback) {
  const list = hooks.get(name);
  if (!list) {
    const error = new RangeError(`Unrecognized hook "${name}"`);
    error.isAzureFunctionsSystemError = true;
    throw error;
  }
  list.push(callback);
  return new Disposable(() => {
    const index = list.indexOf(callback);
    if (index >= 0) list.splice(index, 1);
  });
}

async function runHooks(name, context) {
  for (const hook of [...hooks.get(name)]) await hook(context);
}

// Log hooks are synchronous and may only change the level and the text of what the user logs.
function applyLogHooks(level, category, message, invocationContext) {
  const list = hooks.get('log');
  if (category !== 'user' || list.length === 0) return { level, message };
  const context = { hookData: {}, appHookData, level, message, category, invocationContext };
  for (const hook of list) hook(context);
  return { level: context.level, message: context.message };
}

const api = {
  version: '3.13.0',
  hostVersion: '',
  log: (level, category, ...rest) => events.emit({ level, category, message: util.format(...rest) }),
  setProgrammingModel: (value) => {
    model = value;
  },
  getProgrammingModel: () => model,
  registerFunction,
  registerHook,
  Disposable,
};

// ESM apps come through here too, because the library is CommonJS inside.
function install(hostVersion) {
  api.hostVersion = hostVersion;
  const original = Module._load;
  Module._load = function load(request, ...rest) {
    return request === '@azure/functions-core' ? api : original.call(this, request, ...rest);
  };
}

// Ends registration; `guard` keeps a server that the library opens on loopback.
async function start(guard) {
  locked = true;
  // A model of its own need not say what it can do.
  if (!model || !model.getCapabilities) return {};
  const release = guard();
  try {
    return (await model.getCapabilities({})) || {};
  } finally {
    release();
  }
}

function functions() {
  return [...registry.values()].map(({ metadata, place }) => ({
    name: metadata.name,
    scriptFile: place.file || '',
    line: place.line,
    bindings: namedBindings(metadata),
  }));
}

function namedBindings(metadata) {
  return Object.entries(metadata.bindings).map(([name, binding]) => ({ ...binding, name }));
}

function find(name) {
  return registry.get(name);
}

async function invoke(target, call, log) {
  const { meta } = call;
  let invocationContext;
  const coreCtx = {
    invocationId: meta.invocationId,
    metadata: target.metadata,
    state: undefined,
    request: request(target, call),
    log: (level, category, ...rest) => {
      const shown = applyLogHooks(level, category, util.format(...rest), invocationContext);
      log(shown.level, category, shown.message);
    },
  };
  const invocation = model.getInvocationModel(coreCtx);
  const { context, inputs } = await invocation.getArguments();
  invocationContext = context;
  guardExtraInputs(context, namedBindings(target.metadata));

  const hookData = {};
  const before = { hookData, appHookData, invocationContext: context, inputs, functionCallback: target.callback };
  coreCtx.state = 'preInvocationHooks';
  await runHooks('preInvocation', before);

  const after = { hookData, appHookData, invocationContext: context, inputs: before.inputs, result: null, error: null };
  coreCtx.state = 'invocation';
  try {
    after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  coreCtx.state = 'postInvocationHooks';
  await runHooks('postInvocation', after);
  if (after.error !== null && after.error !== undefined) throw after.error;

  const response = await invocation.getResponse(context, after.result);
  return httpOutput(target.metadata.bindings, response);
}

function request(target, call) {
  const { meta } = call;
  const trigger = Object.keys(target.metadata.bindings).find((name) => /trigger$/i.test(target.metadata.bindings[name].type));
  return {
    invocationId: meta.invocationId,
    functionId: target.metadata.functionId,
    inputData: [{ name: trigger, data: { http: httpInput(call) } }],
    triggerMetadata: stream.isOn() ? stream.metadata(meta) : triggerMetadata(call),
    traceContext: { traceParent: meta.traceParent || '', traceState: meta.traceState || '', attributes: {} },
    retryContext: undefined,
  };
}

// The value of the http output binding, whether it came by `$return` or by name.
function httpOutput(bindings, response) {
  if (bindings.$return && /^http$/i.test(bindings.$return.type)) return response.returnValue;
  const named = (response.outputData || []).find(({ name }) => /^http$/i.test(bindings[name].type));
  return named ? named.data : undefined;
}

module.exports = { install, start, functions, find, invoke, runHooks, appHookData };
