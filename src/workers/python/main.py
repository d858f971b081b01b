"""The language worker of Cygnet for Python: loads a Functions app and answers invocations over loopback HTTP.

1. events.py   log lines of the app, streamed to the host as NDJSON
2. index.py    which model the app follows, its functions, and whether their signatures fit
3. invoke.py   one call: request, context, result
4. server.py   the wire to the host

Standard library only. The host deletes these files once the worker has started, so every part is imported here,
before the app; and it takes itself off the search path, so that the app's modules are found and not ours.
"""

import asyncio
import json
import os
import signal
import sys

here = os.path.dirname(os.path.abspath(__file__))
told = os.path.join(here, "config.json")
with open(told, encoding="utf-8") as file:
    config = json.load(file)
# The token must not reach the app or the processes that it starts.
os.remove(told)
if sys.version_info[:2] < tuple(config["oldest"]):
    # The host then asks which version this is, and says so.
    sys.exit(1)

from cygnet_worker import events, index, invoke, server  # noqa: E402


def main():
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]
    app_dir = config["appDir"]
    # Where a deployment packs the app's packages; then the app itself, last, as Azure's worker has it.
    packed = os.path.join(app_dir, ".python_packages", "lib", "site-packages")
    sys.path += [path for path in (packed, app_dir) if path not in sys.path]
    # Ctrl-C belongs to the host, which then stops its workers in order.
    signal.signal(signal.SIGINT, lambda *_: None)
    asyncio.run(serve(config))


async def serve(config):
    loop = asyncio.get_running_loop()
    log = events.Events(loop)
    log.listen_to_logging()
    calls = invoke.Calls(log)
    await server.listen(config, log, lambda: index.load(config, calls), calls)
    await asyncio.Event().wait()


main()
