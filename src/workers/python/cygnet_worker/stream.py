"""Functions that take a FastAPI request (package azurefunctions-extensions-http-fastapi): bodies stream both ways."""

import sys
from urllib.parse import unquote, urlsplit

EXTENSION = "azurefunctions.extensions.http.fastapi"


def is_on():
    """Whether the app has imported the package: all of its functions then get the request as FastAPI knows it."""
    return EXTENSION in sys.modules


def is_request(hint):
    """Whether a parameter of this type takes that request."""
    from starlette.requests import Request

    return issubclass(hint, Request)


def is_response(hint):
    """Whether a function may say that it returns this type."""
    from pydantic import BaseModel
    from starlette.responses import Response

    return issubclass(hint, (Response, BaseModel, str, dict, bool, int, float, list))


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
