"""Hand painted strips to Textual as they are, past its cache of styled lines, which scrolling empties."""

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


def is_bare(widget: Widget) -> bool:
    """Say whether a widget's lines are all that is seen of it: no border, no padding, nothing shines through."""
    return widget.styles.gutter.totals == (0, 0) and widget.styles.opacity == 1


def finished(widget: Widget, strips: Sequence[Strip], crop: Region) -> list[Strip]:
    """Filter the strips of a region's lines as the terminal needs it, and cut them to the region."""
    for line_filter in widget.get_line_filters():
        strips = [strip.apply_filter(line_filter, widget.background_colors[1]) for strip in strips]
    if crop.column_span == (0, widget.size.width):
        return list(strips)
    return [strip.crop(*crop.column_span) for strip in strips]
