'use strict';
// Between the wire and the shapes that the programming models speak.

// A query key that is given twice reaches a function once, its values joined, as the host of Azure does.
function joined(pairs) {
  const map = {};
  for (const [name, value] of pairs) {
    put(map, name, Object.hasOwn(map, name) ? `${map[name]},${value}` : value);
  }
  return map;
}

// Assignment would lose a key named `__proto__`.
function put(map, name, value) {
  if (name !== '__proto__') map[name] = value;
  else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
}

function nullable(map) {
  const result = {};
  for (const name of Object.keys(map)) put(result, name, { value: map[name] });
  return result;
}

function httpInput({ meta, body }) {
  const input = {
    method: meta.method,
    url: meta.url,
    headers: {},
    query: {},
    params: {},
    nullableHeaders: nullable(joined(meta.headers)),
    nullableQuery: nullable(joined(meta.query)),
    nullableParams: nullable(joined(meta.params)),
  };
  if (body && body.length > 0) input.body = { bytes: body };
  return input;
}

function tryParse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// What the host says about the trigger: JSON body properties, query (without the key), route values.
function triggerMetadata({ meta, body }) {
  const data = {};
  const parsed = body && body.length > 0 && looksLikeJson(body) ? tryParse(body.toString('utf8')) : undefined;
  if (parsed && typeof parsed === 'object' && !Array.isArray(parsed)) {
    for (const [name, value] of Object.entries(parsed)) {
      if (value === null || value === undefined) continue;
      put(data, name, typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) });
    }
  }
  for (const [name, value] of meta.query) {
    if (name.toLowerCase() !== 'code') put(data, name, { string: value });
  }
  for (const [name, value] of meta.params) put(data, name, { string: value });
  put(data, 'Query', json(meta.query));
  put(data, 'Headers', json(meta.headers));
  return data;
}

// Pairs as a typed value, which few look at.
function json(pairs) {
  return {
    get json() {
      return JSON.stringify(joined(pairs));
    },
  };
}

function looksLikeJson(body) {
  const first = body.subarray(0, 64).toString('latin1').trimStart()[0];
  return first === '{';
}

// A typed value becomes [kind, bytes] of the wire.
function encode(data) {
  if (!data) return ['none', EMPTY];
  if (data.bytes !== undefined && data.bytes !== null) return ['bytes', Buffer.from(data.bytes)];
  if (data.stream !== undefined && data.stream !== null) return ['bytes', Buffer.from(data.stream)];
  if (data.string !== undefined && data.string !== null) return ['string', Buffer.from(data.string, 'utf8')];
  if (data.json !== undefined && data.json !== null) return ['json', Buffer.from(data.json, 'utf8')];
  if (data.int !== undefined && data.int !== null) return ['number', Buffer.from(String(data.int))];
  if (data.double !== undefined && data.double !== null) return ['number', Buffer.from(String(data.double))];
  return ['none', EMPTY];
}
const EMPTY = Buffer.alloc(0);

function unwrap(value) {
  return value && typeof value === 'object' && 'value' in value ? value.value : undefined;
}

function cookie(each) {
  const expires = unwrap(each.expires);
  return {
    name: String(each.name ?? ''),
    value: String(each.value ?? ''),
    domain: unwrap(each.domain) || undefined,
    path: unwrap(each.path) || undefined,
    expires: expires && expires.seconds !== undefined ? Number(expires.seconds) : undefined,
    secure: unwrap(each.secure) === true,
    httpOnly: unwrap(each.httpOnly) === true,
    sameSite: each.sameSite || 'none',
    maxAge: unwrap(each.maxAge),
  };
}

// The answer of an invocation: meta and raw body.
function result(output) {
  if (!output || !output.http) return [{ kind: 'void' }, EMPTY];
  const { http } = output;
  const [body, bytes] = encode(http.body);
  const headers = Object.entries(http.headers || {}).map(([name, value]) => [name, String(value)]);
  const cookies = (http.cookies || []).map(cookie);
  return [{ kind: 'http', status: http.statusCode || '', headers, cookies, body }, bytes];
}

module.exports = { joined, httpInput, triggerMetadata, tryParse, result };
