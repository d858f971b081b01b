"""Whether a function's parameters fit its bindings, in the words of Azure's worker."""

import inspect
import typing

from . import stream


class SignatureError(Exception):
    def __init__(self, name, why):
        super().__init__(f"cannot load the {name} function: {why}")


class Shape:
    """What a call of a function needs."""

    def __init__(self, name, handler, bindings):
        self.is_async = inspect.iscoroutinefunction(handler)
        bound = {each["name"]: each for each in bindings if each["name"] != "$return"}
        self.has_return = any(each["name"] == "$return" for each in bindings)
        for each in bindings:
            if each["direction"] == "inout":
                raise SignatureError(name, '"inout" bindings are not supported')
            if each["name"] == "$return" and each["direction"] != "out":
                raise SignatureError(name, '"$return" binding must have direction set to "out"')
        parameters = set(inspect.signature(handler).parameters)
        self.wants_context = "context" in parameters and "context" not in bound
        if self.wants_context:
            parameters.discard("context")
        where = "the function definition (function.json or function decorators)"
        if parameters - set(bound):
            raise SignatureError(
                name,
                f"the following parameters are declared in Python but not in {where}: {parameters - set(bound)!r}",
            )
        if set(bound) - parameters:
            raise SignatureError(
                name,
                f"the following parameters are declared in {where} but not in Python: {set(bound) - parameters!r}",
            )
        trigger = [each for each in bound.values() if each["type"].lower() == "httptrigger"]
        self.trigger = trigger[0]["name"] if trigger else None
        self.outputs = [key for key, each in bound.items() if each["direction"] == "out"]
        self.http_output = next((key for key in self.outputs if bound[key]["type"].lower() == "http"), None)
        # The function gets the request of FastAPI instead of the library's.
        self.streams = False
        self._annotations(name, handler, bound)

    def _annotations(self, name, handler, bound):
        try:
            hints = typing.get_type_hints(handler)
        except Exception as error:
            raise SignatureError(name, f"its annotations cannot be read: {error}") from error
        for key, each in bound.items():
            hint = hints.get(key)
            if hint is None:
                continue
            origin = typing.get_origin(hint) or hint
            is_out = isinstance(origin, type) and origin.__name__ == "Out"
            if each["direction"] == "out" and not is_out:
                raise SignatureError(
                    name,
                    f'binding {key} is declared to have the "out" direction, but its annotation in Python is not a '
                    "subclass of azure.functions.Out",
                )
            if each["direction"] == "in" and is_out:
                raise SignatureError(
                    name,
                    f'binding {key} is declared to have the "in" direction in function.json, but its annotation is '
                    "azure.functions.Out in Python",
                )
            if key == self.trigger and stream.is_request(hint):
                self.streams = True
            elif key == self.trigger and isinstance(hint, type) and hint.__name__ != "HttpRequest":
                raise SignatureError(
                    name,
                    f'type of {key} binding in function.json "httpTrigger" does not match its Python annotation '
                    f'"{hint.__name__}"',
                )
        wanted = hints.get("context")
        if self.wants_context and wanted is not None and getattr(wanted, "__name__", "") != "Context":
            raise SignatureError(
                name, f'the "context" parameter is expected to be of type azure.functions.Context, got {wanted!r}'
            )
