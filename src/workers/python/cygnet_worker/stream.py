"""Functions that take a FastAPI request (package azurefunctions-extensions-http-fastapi): bodies stream both ways."""

import sys
from urllib.parse import unquote, urlsplit

EXTENSION = "azurefunctions.extensions.http.fastapi"


def is_request(hint):
    """Whether a parameter of this type wants the request as FastAPI knows it."""
    if EXTENSION not in sys.modules or not isinstance(hint, type):
        return False
    from starlette.requests import Request

    return issubclass(hint, Request)


def request(meta, receive):
    """The request of a call; `receive` gives the events of its body (ASGI)."""
    from fastapi import Request

    return Request(_scope(meta), receive)


async def respond(value, meta, receive, send):
    """Sends what a function returned, as FastAPI does: a response as it is, anything else as JSON."""
    from fastapi.encoders import jsonable_encoder
    from starlette.responses import JSONResponse, Response

    if not isinstance(value, Response):
        value = JSONResponse(jsonable_encoder(value))
    await value(_scope(meta), receive, send)


def _scope(meta):
    url = urlsplit(meta["url"])
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": meta["method"],
        "scheme": url.scheme or "http",
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in meta["headers"]],
        "server": (url.hostname or "localhost", url.port or 80),
        "client": None,
        "path_params": dict(meta["params"]),
        "state": {},
    }
