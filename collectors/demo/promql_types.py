"""Know the functions of PromQL that are offered and check the type of every part of a query before it is evaluated."""

from typing import Final

from collectors.demo.promql_text import Aggregate, Binary, Call, Kind, Node, Number, Selector, Text, parse_error

RANGEFUNCTIONS: Final = (
    "rate", "increase", "delta", "avg_over_time", "min_over_time", "max_over_time", "sum_over_time",
    "count_over_time", "last_over_time",
)  # fmt: skip
COMPARISONS: Final = ("==", "!=", ">", "<", ">=", "<=")
SETS: Final = ("and", "or", "unless")
FUNCTIONS: Final[dict[str, tuple[Kind, tuple[Kind, ...]]]] = {
    **dict.fromkeys(RANGEFUNCTIONS, ("instant vector", ("range vector",))),
    "histogram_quantile": ("instant vector", ("scalar", "instant vector")),
    "clamp_min": ("instant vector", ("instant vector", "scalar")),
    "clamp_max": ("instant vector", ("instant vector", "scalar")),
    "label_replace": ("instant vector", ("instant vector", "string", "string", "string", "string")),
    "abs": ("instant vector", ("instant vector",)),
    "vector": ("instant vector", ("scalar",)),
    "scalar": ("scalar", ("instant vector",)),
    "time": ("scalar", ()),
}


def kind_of(node: Node) -> Kind:
    """Say what a part gives, after checking everything in it."""
    match node:
        case Number():
            return "scalar"
        case Text():
            return "string"
        case Selector():
            return "range vector" if node.window else "instant vector"
        case Call():
            gives, wanted = FUNCTIONS[node.name]
            if len(node.arguments) != len(wanted):
                words = f"expected {len(wanted)} argument(s) in call to {node.name!r}, got {len(node.arguments)}"
                raise parse_error(0, words.replace("'", '"'))
            for argument, kind in zip(node.arguments, wanted, strict=True):
                _expect(argument, kind, f'call to function "{node.name}"')
            return gives
        case Aggregate():
            _expect(node.body, "instant vector", "aggregation expression")
            return "instant vector"
    return _kind_of_pair(node)


def _kind_of_pair(node: Binary) -> Kind:
    """Check the two sides of an operator."""
    kinds = (kind_of(node.left), kind_of(node.right))
    if not set(kinds) <= {"scalar", "instant vector"}:
        raise parse_error(0, "binary expression must contain only scalar and instant vector types")
    if node.operator in SETS and "scalar" in kinds:
        raise parse_error(0, f'set operator "{node.operator}" not allowed in binary scalar expression')
    if kinds == ("scalar", "scalar"):
        if node.operator in COMPARISONS and not node.as_bool:
            raise parse_error(0, "comparisons between scalars must use BOOL modifier")
        return "scalar"
    return "instant vector"


def _expect(node: Node, wanted: Kind, place: str) -> None:
    """Refuse a part of another type than the one wanted."""
    found = kind_of(node)
    if found != wanted:
        raise parse_error(0, f"expected type {wanted} in {place}, got {found}")
