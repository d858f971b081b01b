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
        self._known[name] = (handler, signature.Shape(name, handler, bindings), directory)

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
            arguments = {shape.trigger: self._request(meta, body)}
            outputs = {name: _Out() for name in shape.outputs}
            arguments.update(outputs)
            if shape.wants_context:
                arguments["context"] = Context(meta, directory)
            if shape.is_async:
                value = await handler(**arguments)
            else:
                value = await self._in_thread(handler, arguments)
            return self._result(meta["name"], shape, outputs, value)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            told = index.describe(error)
            return {"kind": "error", "error": told}, b""

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
            arguments = {shape.trigger: stream.request(meta, receive)}
            if shape.wants_context:
                arguments["context"] = Context(meta, directory)
            if shape.is_async:
                value = await handler(**arguments)
            else:
                value = await self._in_thread(handler, arguments)
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

    def _in_thread(self, handler, arguments):
        if self._pool is None:
            given = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
            count = int(given) if given.isdigit() and int(given) > 0 else DEFAULT_THREADS
            self._pool = concurrent.futures.ThreadPoolExecutor(count, "function")
        copied = contextvars.copy_context()
        return asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: copied.run(handler, **arguments)
        )

    def _request(self, meta, body):
        return self.library.HttpRequest(
            method=meta["method"],
            url=meta["url"],
            headers=_joined(meta["headers"]),
            params=_joined(meta["query"]),
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
    exception = None


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
    headers, cookies, has_type = [], [], False
    for name, value in response.headers.items():
        lower = name.lower()
        if lower == "set-cookie":
            for cookie in SimpleCookie(value).values():
                cookies.append(_cookie(cookie))
            continue
        has_type = has_type or lower == "content-type"
        headers.append([name, str(value)])
    if not has_type:
        kind = response.mimetype
        headers.append(["content-type", f"{kind}; charset={response.charset}" if kind.startswith("text/") else kind])
    body = response.get_body() or b""
    meta = {
        "kind": "http",
        "status": str(int(response.status_code)),
        "headers": headers,
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
