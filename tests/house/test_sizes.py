"""How large a room may grow: files, functions, parameters, and what every module must say."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PACKAGES = ("bot", "channels", "desk", "knowledge")

FILE_MEDIAN, FILE_P90, FILE_HARD = 100, 250, 400
FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_HARD = 8, 25, 50
PARAMETERS_HARD = 7
BROAD_EXCEPTS_WISHED, BROAD_EXCEPTS_HARD = 5, 8
SCRIPT_MEDIAN, SCRIPT_HARD = 60, 300

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    found = [path for package in PACKAGES for path in (HOUSE / package).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


def suites() -> list[Path]:
    return list((HOUSE / "tests").rglob("*.py"))


def scripts() -> list[Path]:
    return [path for package in PACKAGES for path in (HOUSE / package).rglob("*.js")]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def parameters(function: Function) -> int:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([one for one in every if one.arg not in ("self", "cls")])


def name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def test_no_file_is_longer_than_the_hard_limit() -> None:
    assert [name(p) for p in [*modules(), *suites()] if lines(p) > FILE_HARD] == []


def test_most_files_fit_two_screens() -> None:
    sizes = [lines(path) for path in modules()]
    assert statistics.median(sizes) <= FILE_MEDIAN
    assert percentile(sizes, 0.9) <= FILE_P90


def test_no_function_is_longer_than_the_hard_limit() -> None:
    long = [
        f"{name(path)}:{function.lineno} {function.name} {length(function)}"
        for path in modules()
        for function in functions(path)
        if length(function) > FUNCTION_HARD
    ]
    assert long == []


def test_most_functions_are_short() -> None:
    sizes = [body(function) for path in modules() for function in functions(path)]
    assert statistics.median(sizes) <= FUNCTION_MEDIAN
    assert percentile([length(f) for p in modules() for f in functions(p)], 0.9) <= FUNCTION_P90


def body(function: Function) -> int:
    """Return the lines of a function without signature and docstring."""
    first = function.body[0]
    has_words = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    rest = function.body[1:] if has_words else function.body
    return (rest[-1].end_lineno or 0) - rest[0].lineno + 1 if rest else 0


def test_no_function_takes_more_than_seven_parameters() -> None:
    many = [
        f"{name(path)}:{function.lineno} {function.name} {parameters(function)}"
        for path in modules()
        for function in functions(path)
        if parameters(function) > PARAMETERS_HARD
    ]
    assert many == []


@pytest.mark.parametrize("path", [*modules(), *suites()], ids=name)
def test_every_module_says_in_a_sentence_what_lives_here(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert words
    assert words.splitlines()[0].rstrip().endswith((".", "?", ":"))


def test_every_public_function_has_a_docstring() -> None:
    silent = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, Function | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_broad_excepts_are_few_and_each_has_its_reason() -> None:
    found = [
        (path, number, line)
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip().startswith(("except Exception", "except BaseException", "except:"))
    ]
    without = [f"{name(path)}:{number}" for path, number, line in found if "#" not in line]
    assert without == []
    assert len(found) <= BROAD_EXCEPTS_HARD


def test_tests_patch_nothing_of_ours() -> None:
    words = ("mock." + "patch", "Magic" + "Mock", "monkeypatch." + "setattr")
    texts = {path: path.read_text(encoding="utf-8") for path in suites()}
    assert [name(p) for p, text in texts.items() if any(word in text for word in words)] == []


def test_scripts_are_short() -> None:
    sizes = {name(path): lines(path) for path in scripts()}
    assert [path for path, size in sizes.items() if size > SCRIPT_HARD] == []
    assert statistics.median(sizes.values()) <= SCRIPT_MEDIAN
