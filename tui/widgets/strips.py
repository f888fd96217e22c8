"""Hand painted strips to Textual as they are, past its cache of styled lines, which scrolling empties."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


def is_bare(widget: Widget) -> bool:
    """Say whether a widget's lines are all that is seen of it: no border, no padding, nothing shines through."""
    return widget.styles.gutter.totals == (0, 0) and widget.styles.opacity == 1


def filtered(widget: Widget, segments: list[Segment]) -> list[Segment]:
    """Filter what a widget painted as the terminal needs it."""
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, widget.background_colors[1])
    return segments


def cut(widget: Widget, strips: Sequence[Strip], crop: Region) -> list[Strip]:
    """Cut the strips of a region's lines to the region."""
    if crop.column_span == (0, widget.size.width):
        return list(strips)
    return [strip.crop(*crop.column_span) for strip in strips]
