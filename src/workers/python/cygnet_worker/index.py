"""What functions an app has: the v2 model (`function_app.py`) or the v1 model (`function.json`)."""

import importlib
import inspect
import importlib.util
import os
import sys
import traceback
import types

from . import signature


class LoadError(Exception):
    """Why the app cannot run, in a sentence."""


def load(config, calls):
    """Answers what `GET /functions` reports."""
    try:
        calls.library = library()
        script = os.environ.get("PYTHON_SCRIPT_FILE_NAME") or "function_app.py"
        if os.path.isfile(os.path.join(config["appDir"], script)):
            return {"model": "v2", "functions": load_v2(config["appDir"], script, calls)}
        load_v1(config, calls)
        return {"model": "v1", "functions": []}
    except BaseException as error:
        return {"error": describe(error)}


def library():
    try:
        return importlib.import_module("azure.functions")
    except ModuleNotFoundError as error:
        if not error.name or not error.name.startswith("azure"):
            raise
        raise LoadError(
            f"the package `azure-functions` is not installed for {sys.executable}; add it to requirements.txt"
        ) from None


def load_v2(app_dir, script, calls):
    name = os.path.splitext(script)[0].replace("/", ".")
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        raise _failed(script, error) from error
    apps = [each for each in vars(module).values() if _is_app(calls.library, each)]
    apps = list({id(each): each for each in apps}.values())
    if not apps:
        raise LoadError(
            f"{script} defines no function app: no FunctionApp(), AsgiFunctionApp() or WsgiFunctionApp() was found at its "
            "top level"
        )
    if len(apps) > 1:
        raise LoadError(f"{script} defines {len(apps)} function apps at its top level; Azure takes exactly one")
    functions = []
    for function in apps[0].get_functions():
        described = _describe_v2(function, app_dir, script)
        if _is_http(described["bindings"]):
            calls.add(described["name"], function.get_user_function(), described["bindings"], app_dir)
        functions.append(described)
    return functions


def _is_app(library, value):
    register = getattr(library, "FunctionRegister", None)
    if register is None:
        register = importlib.import_module("azure.functions.decorators.function_app").FunctionRegister
    return isinstance(value, register)


def _describe_v2(function, app_dir, script):
    bindings = [dict(each.get_dict_repr()) for each in function.get_bindings()]
    file, line = _place(function.get_user_function(), os.path.join(app_dir, script))
    return {
        "name": function.get_function_name(),
        "directory": app_dir,
        "scriptFile": file,
        "line": line,
        "bindings": [_plain(each) for each in bindings],
    }


def _place(handler, script):
    """The file and line of a function's code; that of the app if the code does not say."""
    code = getattr(inspect.unwrap(handler), "__code__", None)
    if code is None or not os.path.isfile(code.co_filename):
        return script, None
    return code.co_filename, code.co_firstlineno


def _plain(binding):
    """A binding with the spelling of function.json, whatever enums the library has."""
    text = lambda value: getattr(value, "value", value)
    direction = text(binding.get("direction", "in"))
    methods = binding.get("methods")
    return {
        "name": str(binding.get("name", "")),
        "type": str(text(binding.get("type", ""))),
        "direction": {0: "in", 1: "out", 2: "inout"}.get(direction, str(direction).lower()),
        "route": binding.get("route"),
        "methods": [str(text(each)) for each in methods] if methods else None,
        "authLevel": str(text(binding["authLevel"])).lower() if binding.get("authLevel") is not None else None,
    }


def _is_http(bindings):
    return any(each["type"].lower() == "httptrigger" for each in bindings)


def load_v1(config, calls):
    """One function that does not load fails alone, at each call of it, as in Azure."""
    root = "__app__"
    if root not in sys.modules:
        package = types.ModuleType(root)
        package.__path__ = [config["appDir"]]
        package.__package__ = root
        sys.modules[root] = package
    for function in config["functions"]:
        try:
            handler = _handler_v1(config["appDir"], function)
            calls.add(function["name"], handler, function["bindings"], function["directory"])
        except BaseException as error:
            calls.add_broken(function["name"], describe(error))


def _handler_v1(app_dir, function):
    script = function["scriptFile"]
    shown = os.path.relpath(script, app_dir)
    stem = os.path.splitext(shown)[0]
    parts = [part for part in stem.split(os.sep) if part != "__init__"]
    try:
        module = importlib.import_module(".".join(["__app__", *parts]))
    except BaseException as error:
        raise _failed(shown, error) from error
    entry = function.get("entryPoint") or "main"
    handler = getattr(module, entry, None)
    if handler is None or not callable(handler):
        raise signature.SignatureError(
            function["name"], f"function {entry}() is not present in {os.path.basename(script)}"
        )
    return handler


def _failed(shown, error):
    return LoadError(f'Worker was unable to load "{shown}": {type(error).__name__}: {error}')


def describe(error):
    """An exception for the host: its sentence, and where it happened without this worker's own frames."""
    cause = error.__cause__ if isinstance(error, LoadError) and error.__cause__ else error
    if isinstance(cause, (LoadError, signature.SignatureError)):
        return {"message": str(error), "stack": str(error)}
    told = traceback.TracebackException.from_exception(cause)
    own = os.path.dirname(os.path.abspath(__file__))
    _trim(told, own, set())
    stack = "".join(told.format()).rstrip()
    return {"message": str(error) or type(error).__name__, "stack": stack}


def _trim(told, own, seen):
    """Takes the frames away by which the app was reached: ours, and those of the import machinery."""
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    keep = [
        frame
        for frame in told.stack
        if not frame.filename.startswith(own)
        and not frame.filename.startswith("<frozen importlib")
        and not frame.filename.endswith(("importlib/__init__.py", "concurrent/futures/thread.py"))
    ]
    told.stack[:] = keep
    _trim(told.__cause__, own, seen)
    _trim(told.__context__, own, seen)
