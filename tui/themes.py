"""Name the colours: five themes, the looks of states in each, and what every theme falls back to."""

from typing import Final

from textual.theme import Theme

DEFAULT: Final = "llmops-dark"

DEFAULTS: Final = {
    "state-ok": "ansi_green",
    "state-ok-style": "none",
    "state-warning": "ansi_yellow",
    "state-warning-style": "none",
    "state-critical": "ansi_red",
    "state-critical-style": "bold",
    "state-unknown": "ansi_magenta",
    "state-unknown-style": "none",
    "state-muted": "ansi_bright_black",
    "state-accent": "ansi_cyan",
}
"""Values of our variables under a theme that does not know them (Textual's own, a person's)."""

_DARK = Theme(
    name=DEFAULT,
    primary="#4f9fd8",
    secondary="#7aa2c0",
    warning="#e5b84b",
    error="#ff6b6b",
    success="#6ccf8e",
    accent="#79c7e3",
    foreground="#d8dee4",
    background="#11151a",
    surface="#171c22",
    panel="#202830",
    dark=True,
    variables={
        "state-ok": "#6ccf8e",
        "state-warning": "#e5b84b",
        "state-critical": "#ff6b6b",
        "state-unknown": "#c792ea",
        "state-muted": "#7d8a96",
        "state-accent": "#79c7e3",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#274b68",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-foreground": "#d8dee4",
        "block-cursor-blurred-background": "#202830",
    },
)

_LIGHT = Theme(
    name="llmops-light",
    primary="#1f6fab",
    secondary="#44617a",
    warning="#8a5a00",
    error="#b3261e",
    success="#1b6e3c",
    accent="#0b6b85",
    foreground="#1d242b",
    background="#fafafa",
    surface="#f2f4f6",
    panel="#e4e9ee",
    dark=False,
    variables={
        "state-ok": "#1b6e3c",
        "state-warning": "#8a5a00",
        "state-critical": "#b3261e",
        "state-unknown": "#6b3fa0",
        "state-muted": "#5f6b76",
        "state-accent": "#0b6b85",
        "block-cursor-foreground": "#10151a",
        "block-cursor-background": "#cfe3f3",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-foreground": "#1d242b",
        "block-cursor-blurred-background": "#e4e9ee",
    },
)

# Blue to orange differ for people with deuteranopia or protanopia; states also differ in lightness (Okabe-Ito hues).
_SAFE = Theme(
    name="llmops-colour-blind",
    primary="#56b4e9",
    secondary="#0072b2",
    warning="#e69f00",
    error="#ff7a1a",
    success="#56b4e9",
    accent="#f0e442",
    foreground="#e4e7ea",
    background="#10131a",
    surface="#161b24",
    panel="#202735",
    dark=True,
    variables={
        "state-ok": "#56b4e9",
        "state-warning": "#f0c75e",
        "state-critical": "#ff7a1a",
        "state-critical-style": "bold underline",
        "state-unknown": "#b8bec6",
        "state-unknown-style": "italic",
        "state-muted": "#7f8a97",
        "state-accent": "#f0e442",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#20456b",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-foreground": "#e4e7ea",
        "block-cursor-blurred-background": "#202735",
    },
)

_CONTRAST = Theme(
    name="llmops-high-contrast",
    primary="#00ffff",
    secondary="#ffffff",
    warning="#ffff00",
    error="#ff8080",
    success="#00ff80",
    accent="#00ffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    dark=True,
    variables={
        "state-ok": "#00ff80",
        "state-warning": "#ffff00",
        "state-warning-style": "bold",
        "state-critical": "#ff8080",
        "state-critical-style": "bold reverse",
        "state-unknown": "#ff80ff",
        "state-unknown-style": "bold",
        "state-muted": "#ffffff",
        "state-accent": "#00ffff",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#0000b0",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": "#ffffff",
        "block-cursor-blurred-background": "#404040",
    },
)

_MONOCHROME = Theme(
    name="llmops-monochrome",
    primary="ansi_default",
    secondary="ansi_default",
    warning="ansi_default",
    error="ansi_default",
    success="ansi_default",
    accent="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    ansi=True,
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "state-ok": "ansi_default",
        "state-warning": "ansi_default",
        "state-warning-style": "underline",
        "state-critical": "ansi_default",
        "state-critical-style": "bold",
        "state-unknown": "ansi_default",
        "state-unknown-style": "italic",
        "state-muted": "ansi_default",
        "state-accent": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-text-style": "underline",
    },
)

# The terminal's own sixteen colours, as its owner chose them: for terminals that show no more, and for short sequences.
_TERMINAL = Theme(
    name="llmops-terminal",
    primary="ansi_blue",
    secondary="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    accent="ansi_cyan",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    ansi=True,
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "state-muted": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-text-style": "underline",
    },
)

THEMES: Final = (_DARK, _LIGHT, _SAFE, _CONTRAST, _TERMINAL, _MONOCHROME)
"""Registered by the app; the first is the default."""

MONOCHROME: Final = _MONOCHROME.name
