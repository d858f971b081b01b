"""Whether a function's parameters and annotations fit its bindings, in the words of Azure's worker."""

import collections.abc
import inspect
import typing

from . import stream

# What a type may be besides a class: `list[str]`, but neither a union nor a callable.
NOT_GENERIC = (typing.Union, tuple, typing.ClassVar, collections.abc.Callable)


class SignatureError(Exception):
    def __init__(self, name, why):
        super().__init__(f"cannot load the {name} function: {why}")


class Shape:
    """What a call of a function needs."""

    def __init__(self, name, handler, bindings, library):
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
        self.streams = stream.is_on() and self.trigger is not None
        # Why every call fails, if so.
        self.refusal = self._absent_input(name, bound)
        self._annotations(name, handler, bound, library)

    def _absent_input(self, name, bound):
        """Python cannot be called without an argument, and nothing gives this one a value."""
        for key, each in bound.items():
            if each["direction"] == "in" and key != self.trigger:
                return (
                    f"the input {key!r} ({each['type']}) of the function {name!r} has no value: managed functions have no "
                    "bindings but HTTP (AP-86); use the library of the service, or a linked Functions app "
                    "(`--api-host func` runs its bindings)"
                )
        return None

    def _annotations(self, name, handler, bound, library):
        try:
            hints = typing.get_type_hints(handler)
        except Exception as error:
            raise SignatureError(name, f"its annotations cannot be read: {error}") from error
        for key, each in bound.items():
            if key in hints:
                self._parameter(name, key, each, hints[key], library)
        wanted = hints.get("context")
        if self.wants_context and wanted is not None and getattr(wanted, "__name__", "") != "Context":
            raise SignatureError(
                name, f'the "context" parameter is expected to be of type azure.functions.Context, got {wanted!r}'
            )
        if self.has_return and "return" in hints:
            self._return(name, hints["return"], library)

    def _parameter(self, name, key, binding, hint, library):
        origin = typing.get_origin(hint) or hint
        is_out = isinstance(origin, type) and origin.__name__ == "Out"
        value = hint
        if is_out:
            arguments = typing.get_args(hint)
            if len(arguments) != 1:
                raise SignatureError(name, f"binding {key} has invalid Out annotation {hint!r}")
            value = arguments[0]
        if not isinstance(value, type) and not _is_generic(value):
            raise SignatureError(name, f"binding {key} has invalid non-type annotation {hint!r}")
        if binding["direction"] == "out" and not is_out:
            raise SignatureError(
                name,
                f'binding {key} is declared to have the "out" direction, but its annotation in Python is not a '
                "subclass of azure.functions.Out",
            )
        if binding["direction"] == "in" and is_out:
            raise SignatureError(
                name,
                f'binding {key} is declared to have the "in" direction in function.json, but its annotation is '
                "azure.functions.Out in Python",
            )
        kind = binding["type"].lower()
        if kind == "httptrigger" and value in (str, bytes):
            # Azure's worker loads it, takes its value for that of another kind of binding, and fails.
            self.refusal = f"the request of the function {name!r} cannot be decoded as {value.__name__}; take func.HttpRequest"
            return
        if kind == "httptrigger":
            fits = isinstance(value, type) and (
                stream.is_request(value) if stream.is_on() else issubclass(value, _abstract(library, "HttpRequest"))
            )
        elif kind == "http":
            fits = _is_response(value, library)
        else:
            # Nothing of it works here, whatever its type.
            fits = True
        if not fits:
            shown = getattr(value, "__name__", repr(value))
            raise SignatureError(
                name,
                f'type of {key} binding in function.json "{binding["type"]}" does not match its Python annotation '
                f'"{shown}"',
            )

    def _return(self, name, hint, library):
        if not isinstance(hint, type):
            raise SignatureError(name, f"has invalid non-type return annotation {hint!r}")
        if not _is_response(hint, library):
            raise SignatureError(
                name, f'Python return annotation "{hint.__name__}" does not match binding type "http"'
            )


def _is_generic(hint):
    origin = typing.get_origin(hint)
    return origin is not None and origin not in NOT_GENERIC and type(hint).__name__ != "UnionType"


def _is_response(hint, library):
    if not isinstance(hint, type):
        return False
    if stream.is_on():
        return stream.is_response(hint)
    return issubclass(hint, (_abstract(library, "HttpResponse"), str))


def _abstract(library, name):
    """What the library's own class of that name is a kind of, as are the classes of other libraries that fit."""
    return getattr(library._abc, name, getattr(library, name))
