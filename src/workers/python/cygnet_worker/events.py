"""Log lines for the host, from every thread. They wait here until the host listens, so that none is lost."""

import contextvars
import json
import logging
import os

# The call that the present task or thread works for: a dict with `name` and `invocationId`.
CURRENT = contextvars.ContextVar("cygnet_call", default=None)

LEVELS = ((50, "critical"), (40, "error"), (30, "warning"), (20, "information"), (10, "debug"), (0, "trace"))
SYSTEM = ("azure_functions_worker", "azure.functions", "cygnet_worker")


class Events:
    """The stream of `GET /events`."""

    def __init__(self, loop):
        self._loop = loop
        self._sink = None
        self._waiting = []

    def attach(self, write):
        self._sink = write
        for line in self._waiting:
            write(line)
        self._waiting = []

    def emit(self, level, message, call=None):
        """Says something; `call` is the invocation that it belongs to."""
        event = {"level": level, "message": message}
        if call:
            event["function"] = call["name"]
            event["invocationId"] = call["invocationId"]
        line = json.dumps(event).encode() + b"\n"
        try:
            self._loop.call_soon_threadsafe(self._write, line)
        except RuntimeError:
            # The loop is closed: the process is ending.
            pass

    def _write(self, line):
        if self._sink:
            self._sink(line)
        else:
            self._waiting.append(line)

    def listen_to_logging(self):
        """Takes over the root logger, with the level of Azure's worker."""
        debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "").lower() in ("1", "true", "y", "yes")
        root = logging.getLogger()
        root.setLevel(logging.DEBUG if debug else logging.INFO)
        root.addHandler(_Handler(self))
        # The loop's own chatter is nobody's concern.
        logging.getLogger("asyncio").setLevel(logging.WARNING)


class _Handler(logging.Handler):
    def __init__(self, events):
        super().__init__()
        self._events = events

    def emit(self, record):
        try:
            message = self.format(record)
        except Exception:
            self.handleError(record)
            return
        level = next(name for number, name in LEVELS if record.levelno >= number)
        system = record.name.split(".")[0] in SYSTEM or record.name.startswith("azure.functions")
        self._events.emit(level, message, None if system else CURRENT.get())
