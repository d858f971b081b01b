'use strict';
// What a v3 function hands back, as typed values.

function typedValue(value) {
  if (typeof value === 'string') return { string: value };
  if (Buffer.isBuffer(value)) return { bytes: value };
  if (ArrayBuffer.isView(value)) return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
  if (typeof value === 'number') return Number.isInteger(value) ? { int: value } : { double: value };
  return { json: JSON.stringify(value) };
}

function httpValue(data) {
  if (typeof data !== 'object' || Array.isArray(data)) {
    throw new Error(
      "The HTTP response must be an 'object' type that can include properties such as 'body', 'status', and 'headers'.",
    );
  }
  const given = data || {};
  // `status` of the response object is a method, of a plain object a number.
  const status = given.statusCode || (typeof given.status === 'function' ? given.statusCode : given.status);
  const headers = {};
  for (const [name, value] of Object.entries(given.headers || {})) {
    if (value !== null && value !== undefined) headers[name] = value.toString();
  }
  return {
    http: {
      // Not even 0 is left out, which no response can have.
      statusCode: status === null || status === undefined ? '' : status.toString(),
      headers,
      cookies: (given.cookies || []).map(cookie),
      body: typedValue(given.body),
    },
  };
}

function expect(value, type, name) {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== type) {
    throw new Error(
      `A '${type}' type was expected instead of a '${typeof value}' type. Cannot parse value of '${name}'.`,
    );
  }
  return { value };
}

function seconds(value) {
  if (value === null || value === undefined) return undefined;
  const millis = typeof value === 'number' ? value : value.getTime();
  return millis >= 0 ? { value: { seconds: Math.round(millis / 1000) } } : undefined;
}

const SAME_SITE = { lax: 'lax', strict: 'strict', none: 'explicitNone' };

function cookie(given) {
  const maxAge = typeof given.maxAge === 'string' ? Number(given.maxAge) : given.maxAge;
  return {
    name: expect(given.name, 'string', 'cookie.name')?.value,
    value: expect(given.value, 'string', 'cookie.value')?.value,
    domain: expect(given.domain, 'string', 'cookie.domain'),
    path: expect(given.path, 'string', 'cookie.path'),
    expires: seconds(given.expires),
    secure: expect(given.secure, 'boolean', 'cookie.secure'),
    httpOnly: expect(given.httpOnly, 'boolean', 'cookie.httpOnly'),
    sameSite: (given.sameSite && SAME_SITE[String(given.sameSite).toLowerCase()]) || 'none',
    maxAge: expect(maxAge, 'number', 'cookie.maxAge'),
  };
}

module.exports = { httpValue };
