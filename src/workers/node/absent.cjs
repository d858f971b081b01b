'use strict';
// Inputs that have no value here: of all bindings only HTTP works. Who uses one is told, instead of finding `undefined`.

function absentInputs(bindings) {
  const inputs = bindings.filter(({ direction, type }) => /^in$/i.test(direction) && !/trigger$/i.test(type));
  return new Map(inputs.map(({ name, type }) => [name, type]));
}

function absentError(name, type) {
  return new Error(
    `the input '${name}' (${type}) has no value: managed functions have no bindings but HTTP (AP-86); ` +
      'use the library of the service, or a linked Functions app (`--api-host func` runs its bindings)',
  );
}

// v4: what a hook has set counts.
function guardExtraInputs(context, bindings) {
  const absent = absentInputs(bindings);
  const extra = context && context.extraInputs;
  if (absent.size === 0 || !extra) return;
  const get = extra.get.bind(extra);
  extra.get = (input) => {
    const value = get(input);
    const name = typeof input === 'string' ? input : input && input.name;
    if (value === undefined && absent.has(name)) throw absentError(name, absent.get(name));
    return value;
  };
}

// v3: `context.bindings` throws when such an input is read.
function guardBindings(target, bindings) {
  for (const [name, type] of absentInputs(bindings)) {
    Object.defineProperty(target, name, {
      configurable: true,
      get() {
        throw absentError(name, type);
      },
      set(value) {
        Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
      },
    });
  }
}

module.exports = { guardExtraInputs, guardBindings };
