"""The child process that runs isolated functions: one request after another, on stdin and stdout.

A message is four bytes of length, big-endian, and msgpack. A request is `[name, arguments]` with name
`module:function`; an answer is `[status, payload]`, payload being the result, or a sentence. The name `module:` has the
module loaded, which takes long on a busy machine and is no work of the function's: it has limits of its own.
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import signature
from typing import Any, BinaryIO, get_type_hints

import msgspec

DONE, FAILED, EXHAUSTED = "done", "failed", "exhausted"
"""Status of an answer: a result, an error that the function raised, or memory that ran out."""

LOADING_SECONDS = 60
"""CPU seconds that loading a module may take: our own code, on the slowest machine."""

MESSAGE_LIMIT = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")


def main(arguments: Sequence[str]) -> None:
    """Answer requests until stdin ends; `arguments` are CPU seconds per call, bytes of memory, and packages allowed."""
    seconds, memory, packages = int(arguments[0]), int(arguments[1]), tuple(arguments[2:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, _private_stdout()
    while header := requests.read(_LENGTH.size):
        request = requests.read(*_LENGTH.unpack(header))
        answer = _answer(request, seconds, packages)
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def is_allowed(name: str, packages: Sequence[str]) -> bool:
    """Tell whether `module:function` is a plain function name in one of the packages."""
    module, _, function = name.partition(":")
    return _is_ours(module, packages) and function.isidentifier()


def _is_ours(module: str, packages: Sequence[str]) -> bool:
    return module.split(".", maxsplit=1)[0] in packages


def _private_stdout() -> BinaryIO:
    """Return the real stdout and point file 1 at stderr: a library that prints must not break the framing."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return private


def _allow_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def _answer(request: bytes, seconds: int, packages: Sequence[str]) -> bytes:
    try:
        name, arguments = msgspec.msgpack.decode(request, type=tuple[str, list[Any]])
        _allow_cpu(LOADING_SECONDS if name.endswith(":") else seconds)
        result = msgspec.msgpack.encode((DONE, _run(name, arguments, packages)))
    except MemoryError:
        return msgspec.msgpack.encode((EXHAUSTED, "out of memory"))
    except Exception as error:  # noqa: BLE001  # whatever the function raises is the answer
        return msgspec.msgpack.encode((FAILED, _sentence(error)))
    if len(result) > MESSAGE_LIMIT:
        return msgspec.msgpack.encode((FAILED, f"the result has {len(result)} bytes, above {MESSAGE_LIMIT}"))
    return result


def _run(name: str, arguments: list[Any], packages: Sequence[str]) -> object:
    module, _, function_name = name.partition(":")
    if not function_name and _is_ours(module, packages):
        import_module(module)
        return None
    if not is_allowed(name, packages):
        raise PermissionError(f"{name} may not run here")
    function = getattr(import_module(module), function_name)
    return function(*_typed(function, arguments))


def _typed(function: Callable[..., Any], arguments: list[Any]) -> list[Any]:
    """Return the arguments as the types that the function's parameters are annotated with."""
    hints = get_type_hints(function)
    names = list(signature(function).parameters)
    return [
        msgspec.convert(argument, hints[name]) if name in hints else argument
        for name, argument in zip(names, arguments, strict=False)
    ]


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()[:500]


if __name__ == "__main__":
    main(sys.argv[1:])
