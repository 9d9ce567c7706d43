"""What a package imports, says and names, and which of it breaks the order of the house.

Each check returns its findings as lines; none means that the order is kept.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# The first name that fits a module is its layer; a layer imports itself and those before it.
Layers = Sequence[Collection[str]]

TALKING = ("print", "sys.exit", "exit", "quit", "os._exit")


@dataclass(frozen=True)
class Module:
    name: str  # below the package, dotted; "" for the package itself
    tree: ast.Module


@dataclass(frozen=True)
class Import:
    module: str
    target: str  # in full
    in_function: bool
    for_types: bool  # under `if TYPE_CHECKING:`


@dataclass(frozen=True)
class Package:
    """A package by its folder."""

    folder: Path

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return tuple(self._module(path) for path in sorted(self.folder.rglob("*.py")))

    def _module(self, path: Path) -> Module:
        parts = path.relative_to(self.folder).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        return Module(name, ast.parse(path.read_text(encoding="utf-8")))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(
            found for module in self.modules for found in self._imports_of(module)
        )

    def _imports_of(self, module: Module) -> Iterator[Import]:
        nodes = list(ast.walk(module.tree))
        parents = {
            child: parent for parent in nodes for child in ast.iter_child_nodes(parent)
        }
        for node in nodes:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            above = list(_ancestors(node, parents))
            in_function = any(
                isinstance(a, ast.FunctionDef | ast.AsyncFunctionDef) for a in above
            )
            for_types = any(map(_is_for_types, above))
            for target in dict.fromkeys(self._targets(node)):
                yield Import(module.name, target, in_function, for_types)

    def _targets(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            return
        assert node.level == 0, f"imports are absolute: {ast.unparse(node)}"
        known = {f"{self.folder.name}.{module.name}" for module in self.modules}
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            yield name if name in known else str(node.module)

    def inner(self, target: str) -> str | None:
        """The part of a target below the package; None for another package."""
        if target == self.folder.name:
            return ""
        below = f"{self.folder.name}."
        return target.removeprefix(below) if target.startswith(below) else None


def _ancestors(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _belongs(module: str, names: Collection[str]) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for name in names)


def _layer(module: str, layers: Layers) -> int | None:
    return next((i for i, names in enumerate(layers) if _belongs(module, names)), None)


def modules_without_layer(
    package: Package, layers: Layers, free: Collection[str]
) -> list[str]:
    """The modules in no layer; `free` are packages whose own `__init__` needs none."""
    names = [
        module.name for module in package.modules if module.name not in ("", *free)
    ]
    return [name for name in names if _layer(name, layers) is None]


def upward_imports(
    package: Package, layers: Layers, free: Collection[str]
) -> list[str]:
    """Imports of a later layer."""
    found = []
    for one in package.imports:
        target = package.inner(one.target)
        if not one.module or not target or target in free:
            continue
        own, other = _layer(one.module, layers), _layer(target, layers)
        if own is not None and other is not None and other > own:
            found.append(f"{one.module} imports {target}")
    return found


def imports_across(package: Package, rooms: Collection[str]) -> list[str]:
    """Imports of one room by another: stages hand on data and files, never call one another."""
    found = []
    for one in package.imports:
        own, other = (
            one.module.split(".")[0],
            (package.inner(one.target) or "").split(".")[0],
        )
        if own in rooms and other in rooms and own != other:
            found.append(f"{one.module} imports {package.inner(one.target)}")
    return found


def import_cycle(package: Package) -> list[str]:
    """The modules of an import cycle, lazy imports included, those for types not."""
    graph: dict[str, set[str]] = {}
    for one in package.imports:
        target = package.inner(one.target)
        if target and target != one.module and not one.for_types:
            graph.setdefault(one.module, set()).add(target)
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def misplaced_imports(
    package: Package,
    library: str,
    owners: Collection[str],
    at_top: Mapping[str, Collection[str]],
) -> list[str]:
    """Imports of a heavy library by others than its owners, or not inside the function that needs
    it.

    `at_top` names the libraries that a module may import at its top.
    """
    found = []
    for one in package.imports:
        if one.target.split(".")[0] != library or one.for_types:
            continue
        if not _belongs(one.module, owners):
            found.append(f"{one.module} imports {library}")
        elif not one.in_function and library not in at_top.get(one.module, ()):
            found.append(f"{one.module} imports {library} at its top")
    return found


def talking_modules(package: Package, allowed: Collection[str]) -> list[str]:
    """Where a module that may not prints or ends the process."""
    return [
        f"{module.name}:{node.lineno} calls {ast.unparse(node.func)}"
        for module in package.modules
        if module.name not in allowed
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in TALKING
    ]


def repeated_classes(package: Package) -> list[str]:
    """Names that more than one class has, each with its modules; `_Run` and `Run` are one name."""
    places: dict[str, list[str]] = {}
    for module in package.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(module.name)
    return [
        f"{name}: {', '.join(where)}"
        for name, where in places.items()
        if len(where) > 1
    ]


def names_without_module(package: Package, names: Collection[str]) -> list[str]:
    """The names that no module has or is below."""
    modules = [module.name for module in package.modules]
    return [
        name
        for name in names
        if not any(_belongs(module, (name,)) for module in modules)
    ]
