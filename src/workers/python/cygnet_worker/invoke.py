"""One invocation: the request as the library knows it, the call, and its result for the wire."""

import asyncio
import concurrent.futures
import contextvars
import os
import threading
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie

from . import events, index, signature, stream

# What the host of Azure sets for Python when the app does not.
DEFAULT_THREADS = 1000


class Failed(Exception):
    """A call that cannot have an answer; its text is for the terminal."""


class Calls:
    """The functions of the app, ready to be called."""

    def __init__(self, log):
        self.library = None
        self._log = log
        self._known = {}
        self._broken = {}
        self._pool = None

    def add(self, name, handler, bindings, directory):
        self._known[name] = (handler, signature.Shape(name, handler, bindings, self.library), directory)

    def add_broken(self, name, error):
        self._broken[name] = error
        self._log.emit("error", error["stack"], {"name": name, "invocationId": None})

    async def run(self, meta, body):
        """Answers meta and body of the result."""
        if meta["name"] in self._broken:
            return {"kind": "error", "error": self._broken[meta["name"]]}, b""
        handler, shape, directory = self._known[meta["name"]]
        # The task belongs to this call alone, so what is set here reaches nobody else.
        events.CURRENT.set({"name": meta["name"], "invocationId": meta["invocationId"]})
        try:
            outputs = {name: _Out() for name in shape.outputs}
            value = await self._call(handler, shape, directory, meta, self._request(meta, body), outputs)
            return self._result(meta["name"], shape, outputs, value)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            told = index.describe(error)
            return {"kind": "error", "error": told}, b""

    async def _call(self, handler, shape, directory, meta, request, outputs):
        if shape.refusal:
            raise Failed(shape.refusal)
        arguments = {shape.trigger: request, **outputs}
        context = Context(meta, directory)
        if shape.wants_context:
            arguments["context"] = context
        if shape.is_async:
            return await handler(**arguments)
        return await self._in_thread(handler, context, arguments)

    def unheard(self, meta, result):
        """Says why a call failed whose caller has left."""
        if result and result["kind"] == "error":
            self._log.emit(
                "error", result["error"]["stack"], {"name": meta["name"], "invocationId": meta["invocationId"]}
            )

    def streams(self, name):
        """Whether a function takes its body while it comes."""
        known = self._known.get(name)
        return known is not None and known[1].streams

    async def run_streaming(self, meta, receive, send):
        """Answers through `send`, in the events of ASGI; what the function throws before it has begun is returned."""
        handler, shape, directory = self._known[meta["name"]]
        events.CURRENT.set({"name": meta["name"], "invocationId": meta["invocationId"]})
        begun = False

        async def noting(event):
            nonlocal begun
            begun = True
            await send(event)

        try:
            outputs = {name: _Out() for name in shape.outputs}
            value = await self._call(handler, shape, directory, meta, stream.request(meta, receive), outputs)
            if value is None:
                raise Failed(f"the function {meta['name']!r} returned None, which is no response")
            await stream.respond(value, meta, receive, noting)
            return None
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            told = index.describe(error)
            if begun:
                # Too late for a status: the answer breaks off.
                self._log.emit("error", told["stack"], {"name": meta["name"], "invocationId": meta["invocationId"]})
                raise ConnectionResetError from error
            return {"kind": "error", "error": told}

    def _in_thread(self, handler, context, arguments):
        if self._pool is None:
            given = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
            count = int(given) if given.isdigit() and int(given) > 0 else DEFAULT_THREADS
            self._pool = concurrent.futures.ThreadPoolExecutor(count, "function")
        copied = contextvars.copy_context()

        def run():
            # What is local to a thread must be set in it.
            context.thread_local_storage.invocation_id = context.invocation_id
            return copied.run(handler, **arguments)

        return asyncio.get_running_loop().run_in_executor(self._pool, run)

    def _request(self, meta, body):
        return self.library.HttpRequest(
            method=meta["method"],
            url=meta["url"],
            headers=_joined(meta["headers"]),
            # The host of Azure leaves out what has no value.
            params={name: value for name, value in _joined(meta["query"]).items() if value},
            route_params=dict(meta["params"]),
            body=body,
        )

    def _result(self, name, shape, outputs, value):
        if not shape.has_return and value is not None:
            raise Failed(
                f"function {name!r} without a $return binding returned a non-None value"
            )
        if not shape.has_return:
            value = outputs[shape.http_output].get() if shape.http_output else None
            if value is None:
                return {"kind": "void"}, b""
        if isinstance(value, str):
            return {"kind": "value"}, value.encode()
        if isinstance(value, self.library.HttpResponse):
            return _http(value)
        raise Failed(
            f"unable to encode outgoing TypedData: the function {name!r} returned {type(value).__name__}; return "
            "azure.functions.HttpResponse or str"
        )


class Context:
    """What Azure's worker passes as `context`."""

    def __init__(self, meta, directory):
        self.function_name = meta["name"]
        self.function_directory = str(directory)
        self.invocation_id = meta["invocationId"]
        self.thread_local_storage = threading.local()
        self.thread_local_storage.invocation_id = meta["invocationId"]
        self.trace_context = TraceContext(meta)
        self.retry_context = RetryContext()


class TraceContext:
    """The W3C trace of the request."""

    def __init__(self, meta):
        self.trace_parent = self.Traceparent = meta.get("traceParent") or ""
        self.trace_state = self.Tracestate = meta.get("traceState") or ""
        self.attributes = self.Attributes = {}


class RetryContext:
    """HTTP functions are never retried."""

    retry_count = 0
    max_retry_count = 0
    rpc_exception = None


class _Out:
    def __init__(self):
        self._value = None

    def set(self, value):
        self._value = value

    def get(self):
        return self._value


def _joined(pairs):
    """A name that is given twice reaches a function once, its values joined, as the host of Azure does."""
    result = {}
    for name, value in pairs:
        result[name] = f"{result[name]},{value}" if name in result else value
    return result


def _http(response):
    # Of a header that is given twice the last one counts.
    headers, cookies = {}, []
    for name, value in response.headers.items():
        lower = name.lower()
        if lower == "set-cookie":
            for cookie in SimpleCookie(value).values():
                cookies.append(_cookie(cookie))
            continue
        headers[lower] = [name, str(value)]
    if "content-type" not in headers:
        kind = response.mimetype
        kind = f"{kind}; charset={response.charset}" if kind.startswith("text/") else kind
        headers["content-type"] = ["content-type", kind]
    body = response.get_body() or b""
    meta = {
        "kind": "http",
        "status": str(int(response.status_code)),
        "headers": list(headers.values()),
        "cookies": cookies,
        "body": "bytes",
    }
    return meta, bytes(body)


def _cookie(morsel):
    result = {
        "name": morsel.key,
        "value": morsel.value,
        "domain": morsel["domain"] or None,
        "path": morsel["path"] or None,
        "secure": bool(morsel["secure"]),
        "httpOnly": bool(morsel["httponly"]),
        "sameSite": {"lax": "lax", "strict": "strict", "none": "explicitNone"}.get(morsel["samesite"].lower(), "none"),
    }
    if morsel["max-age"]:
        result["maxAge"] = float(morsel["max-age"])
    if morsel["expires"]:
        try:
            result["expires"] = parsedate_to_datetime(morsel["expires"]).timestamp()
        except (TypeError, ValueError):
            raise Failed(f"the cookie {morsel.key!r} expires at {morsel['expires']!r}, which is no date") from None
    return result
