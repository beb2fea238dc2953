"""Reads the folder of a second model, and says where it is wrong."""

from __future__ import annotations

from crisiswatch.engine.second_opinions import SecondOpinion
from crisiswatch.errors import BadInput, ConfigError, Problem
from crisiswatch.settings import Settings
from crisiswatch.text.transformer import Transformer

FILES = ("tokenizer.json", "model.onnx", "config.json")

LARGEST = 2_000_000_000
"""Bytes of one file: beyond them a model keeps its weights beside it, which is not read."""


def second_opinion(settings: Settings) -> SecondOpinion | None:
    """Return the second model that is configured, None without one. Raises ConfigError with the file that is wrong."""
    wanted = settings.second_opinion
    if wanted is None:
        return None
    folder = settings.folder / wanted.folder
    found: dict[str, bytes] = {}
    try:
        for name in FILES:
            file = folder / name
            if file.is_file():
                if file.stat().st_size > LARGEST:
                    raise BadInput(f"{name}: more than {LARGEST:,} bytes")
                found[name] = file.read_bytes()
        model = Transformer.from_bytes(found)
    except OSError as error:
        raise _wrong(settings, str(folder), str(error)) from error
    except BadInput as error:
        name, _, told = str(error).partition(": ")
        raise _wrong(settings, str(folder / name), told) from error
    return SecondOpinion(folder.name, model.are_negative, wanted.sample, wanted.every)


def _wrong(settings: Settings, file: str, message: str) -> ConfigError:
    """Return the error with both its places: the line of the configuration that names the folder, and the file."""
    code, where, written = "second-opinion", "second_opinion.folder", settings.second_opinion_place
    hint = "the folder holds tokenizer.json, model.onnx and config.json of a model for sentiment"
    found = [Problem(code, message, where, file, 1, 1, hint)]
    if written is not None:
        told = f"it names a folder that cannot be used: {file}: {message}"
        found.insert(0, Problem(code, told, where, written.file, written.line, written.column, hint))
    return ConfigError(tuple(found))
