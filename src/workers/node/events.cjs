'use strict';
// Log lines for the host. They wait here until the host listens, so that nothing said while loading is lost.

let sink = null;
let waiting = [];

function emit(event) {
  const line = JSON.stringify(event) + '\n';
  if (sink) sink.write(line);
  else waiting.push(line);
}

function attach(response) {
  sink = response;
  for (const line of waiting) response.write(line);
  waiting = [];
}

// The log callback of one invocation; `hook` lets the app's log hooks change user logs.
function logger(meta) {
  return (level, category, message) =>
    emit({ level, category, message, function: meta.name, invocationId: meta.invocationId });
}

function system(level, message) {
  emit({ level, category: 'system', message });
}

module.exports = { emit, attach, logger, system };
