"""Make sites: the same real sources, each with a store of its own."""

import os
from collections.abc import Callable

import pytest

from scripts.real import configuration, traffic
from scripts.real.configuration import Places
from scripts.real.processes import Server
from scripts.real.site import Site


@pytest.fixture(scope="session")
def places(prometheus: Server, llama: Server, mlflow: Server) -> Places:
    """Give the servers' addresses, after the real model has answered something."""
    traffic.burst(llama.url, 6)
    return Places(prometheus.url, llama.url, mlflow.url)


@pytest.fixture(scope="session")
def new_site(tmp_path_factory: pytest.TempPathFactory, places: Places) -> Callable[[str], Site]:
    """Give a maker of sites: the same sources, an empty store of its own."""

    def make(name: str) -> Site:
        folder = tmp_path_factory.mktemp(name)
        environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache")}
        config = configuration.write(folder / "config.toml", folder / "store", places)
        return Site(config, folder / "store", environ)

    return make


@pytest.fixture(scope="session")
def collected(new_site: Callable[[str], Site]) -> Site:
    """Give a site after one undisturbed collection."""
    site = new_site("collected")
    site.run("collect")
    return site
