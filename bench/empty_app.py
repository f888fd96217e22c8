"""The least that Textual can paint: an app with nothing in it, whose first paint is the measure of ours."""

from textual.app import App

if __name__ == "__main__":
    App[None]().run()
