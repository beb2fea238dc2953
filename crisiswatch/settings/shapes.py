"""Which keys each mapping of the document may hold, and which of them are secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from crisiswatch.plugins import Catalogue
from crisiswatch.settings.catalogues import Catalogues
from crisiswatch.settings.document import Document, ReceiverKeys, SourceKeys
from crisiswatch.settings.tree import Leaf, Map, Node, Path, Seq, leaves, text

Fields: TypeAlias = Mapping[str, FieldInfo]
Shapes: TypeAlias = Mapping[Path, Fields]


def shapes(root: Node, catalogues: Catalogues) -> Shapes:
    """Return the fields of every mapping of the document that has a model, by path."""
    return dict(_Walk(catalogues).document(root))


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the key that the file uses."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def is_secret(field: FieldInfo) -> bool:
    """Say whether a field holds secrets, alone or in a collection."""
    return _holds(field.annotation, (SecretStr, SecretBytes))


def secret_leaves(root: Node, known: Shapes) -> Iterator[tuple[Path, Leaf]]:
    """Yield every scalar that stands where a secret belongs."""
    for path, leaf in leaves(root):
        if is_secret_path(known, path):
            yield path, leaf


def is_secret_path(known: Shapes, path: Path) -> bool:
    """Say whether a secret, or a part of one, belongs at a path."""
    return any(_is_secret_key(known, path[:depth], path[depth]) for depth in range(len(path)))


def secret_names(catalogues: Catalogues) -> set[str]:
    """Return every key that is secret somewhere."""
    starts: list[type[BaseModel]] = [Document]
    starts += [kind.options for catalogue in (catalogues.sources, catalogues.channels) for kind in catalogue]
    models = {model for start in starts for model in _reachable(start, set())}
    return {key for model in models for key, info in fields_of(model).items() if is_secret(info)}


def _reachable(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    if model not in seen:
        seen.add(model)
        for info in model.model_fields.values():
            for inner in _models(info.annotation):
                _reachable(inner, seen)
    return seen


def _is_secret_key(known: Shapes, parent: Path, key: str | int) -> bool:
    field = known.get(parent, {}).get(str(key))
    return field is not None and is_secret(field)


def _holds(annotation: Any, wanted: tuple[type, ...]) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, wanted):
        return True
    return any(_holds(argument, wanted) for argument in get_args(annotation))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


class _Walk:
    """Walks a document beside its models."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def document(self, root: Node) -> Iterator[tuple[Path, Fields]]:
        yield from self._below((), root, fields_of(Document))

    def _below(self, path: Path, node: Node, fields: Fields) -> Iterator[tuple[Path, Fields]]:
        if not isinstance(node, Map):
            return
        yield path, fields
        for key, entry in node.entries.items():
            here = (*path, key)
            if key == "sources" and (not path or path[0] == "brands"):
                yield from self._entries(here, entry.value, SourceKeys, self._catalogues.sources)
            elif here == ("receivers",):
                yield from self._entries(here, entry.value, ReceiverKeys, self._catalogues.channels)
            elif key in fields:
                yield from self._inside(here, entry.value, fields[key])

    def _inside(self, path: Path, node: Node, field: FieldInfo) -> Iterator[tuple[Path, Fields]]:
        fields = {key: info for model in _models(field.annotation) for key, info in fields_of(model).items()}
        if not fields:
            return
        if isinstance(node, Seq):
            for index, item in enumerate(node.items):
                yield from self._below((*path, index), item, fields)
        else:
            yield from self._below(path, node, fields)

    def _entries(
        self, path: Path, node: Node, common: type[BaseModel], catalogue: Catalogue[Any]
    ) -> Iterator[tuple[Path, Fields]]:
        for index, item in enumerate(node.items if isinstance(node, Seq) else ()):
            if isinstance(item, Map):
                fields = {**_option_fields(text(item.get("type")), catalogue), **fields_of(common)}
                yield from self._below((*path, index), item, fields)


def _option_fields(type_: str | None, catalogue: Catalogue[Any]) -> dict[str, FieldInfo]:
    """Return the fields of a kind; of an unknown one those of all kinds, so that nothing secret is taken for plain."""
    if type_ is not None and type_ in catalogue:
        return fields_of(catalogue[type_].options)
    everything = [(key, info) for kind in catalogue for key, info in fields_of(kind.options).items()]
    return dict(sorted(everything, key=lambda pair: is_secret(pair[1])))
