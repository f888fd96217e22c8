"""Check the limits of declared rules: on the right sides of each other, and one rule of a name for each system."""

from collections.abc import Mapping

from operations.settings import Threshold
from store.decode import Mistakes


def check_sides(threshold: Threshold, keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    """Refuse limits that could never come true in their order: warning first, then critical, recovery before both."""
    sign = 1 if threshold.direction == "above" else -1
    order = "not below" if threshold.direction == "above" else "not above"
    warning, critical, recover = threshold.warning, threshold.critical, threshold.recover
    first = warning if warning is not None else critical
    if first is None:
        mistakes.add((*keys, "warning"), "missing; expected a warning limit, a critical limit or both")
        return
    if warning is not None and critical is not None and sign * critical < sign * warning:
        words = f"expected a limit {order} the warning limit {warning:g} (direction is {threshold.direction!r})"
        mistakes.add((*keys, "critical"), f"{words}, found {critical:g}")
    if recover is not None and sign * recover > sign * first:
        side = "not above" if threshold.direction == "above" else "not below"
        words = f"expected a limit {side} {first:g}, the first limit of the rule (direction is {threshold.direction!r})"
        mistakes.add((*keys, "recover"), f"{words}, found {recover:g}")


def check_overlaps(thresholds: Mapping[int, Threshold], mistakes: Mistakes) -> None:
    """Refuse two rules of one name that reach the same system in the same way: which one counts would be chance."""
    seen: dict[tuple[str, str], int] = {}
    for index, threshold in thresholds.items():
        scopes = [f"system {system}" for system in threshold.systems]
        if not threshold.systems or threshold.tiers:
            scopes += [f"tier {tier}" for tier in threshold.tiers or (1, 2, 3)]
        for scope in scopes:
            before = seen.setdefault((threshold.name, scope), index)
            if before != index:
                line = mistakes.line(("thresholds", before))
                words = f"{threshold.name!r} is there twice for {scope} (first in line {line}); give one another name"
                mistakes.add(("thresholds", index, "name"), words)
                break
