"""No text of others is ever parsed as markup: what would parse it is not used in this room, and this test says where."""

import ast
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[2] / "tui"
SAFE_WIDGETS = {"Input"}
"""Of Textual's ready-made widgets these alone are used: an input shows what is typed and parses nothing."""

FORBIDDEN_CALLS = {
    "notify",
    "from_markup",
    "render_markup",
    "Markdown",
    "Static",
    "Label",
    "Button",
    "RichLog",
    "Tooltip",
}
FORBIDDEN_ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "sub_title"}


def faults(source: str) -> list[str]:
    """Name every use of something that reads strings as markup."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual.widgets"):
            found += [f"imports {alias.name}" for alias in node.names if alias.name not in SAFE_WIDGETS]
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in FORBIDDEN_CALLS and (name != "notify" or isinstance(node.func, ast.Attribute)):
                found.append(f"calls {name}")
            if name in {"Input", "super"} or "__init__" in name:
                found += [
                    f"gives {keyword.arg} a value that is not a constant"
                    for keyword in node.keywords
                    if keyword.arg in {"placeholder", "tooltip"} and not isinstance(keyword.value, ast.Constant)
                ]
            found += [
                f"turns markup on in {name}"
                for keyword in node.keywords
                if keyword.arg == "markup" and _is_true(keyword.value)
            ]
        targets = node.targets if isinstance(node, ast.Assign) else []
        found += [
            f"sets {each.attr}"
            for each in targets
            if isinstance(each, ast.Attribute) and each.attr in FORBIDDEN_ATTRIBUTES
        ]
        if isinstance(node, ast.FunctionDef) and node.name in {"render", "__rich__"}:
            found.append(f"defines {node.name}, whose strings are parsed; draw strips in render_line")
    return found


def _is_true(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and node.value is False)


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOM)))
def test_nothing_in_this_room_parses_markup(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    [
        "from textual.widgets import Static",
        "from textual.widgets import Input, Label",
        "self.notify(row.title)",
        "Text.from_markup(row.title)",
        "self.border_title = row.title",
        "Input(placeholder=row.title)",
        "Console(markup=True)",
        "class A(Widget):\n    def render(self):\n        return self.title",
    ],
)
def test_the_rule_finds_what_it_is_there_for(bad: str) -> None:
    assert faults(bad) != []
