"""Define the options of a GitHub source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from collectors.access import Access
from collectors.changes import PATHS, PathRule
from store.records import ChangeClass

_REPOSITORY: Final = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; an Enterprise Server's ``url`` ends with ``/api/v3``.

    Pull requests count that touch one of ``paths``; without any, none is asked for. Of one with more than ``files``
    files the rest is not looked at; it counts when it cannot be ruled out. ``approvals`` of the newest commit settle
    it. Deployments count to ``environments`` (``*`` allowed); without any, none is asked for. ``risks`` says which
    label means which risk. A row is routed by ``repository``, ``class``, ``rule`` (the name of the path's rule),
    ``author``, ``branch``, ``environment``, ``workflow``, or by a label such as ``system: checkout``.
    """

    repositories: tuple[str, ...]
    url: str = "https://api.github.com"
    api_version: str = "2022-11-28"
    paths: tuple[PathRule, ...] = PATHS
    files: int = 300
    approvals: int = 1
    risks: Mapping[str, str] = field(default_factory=dict)
    environments: tuple[str, ...] = ("*",)
    deployment_class: ChangeClass = "config"
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse a repository that is none, and limits at which nothing could be seen."""
        if wrong := [each for each in self.repositories if not _REPOSITORY.fullmatch(each)]:
            raise ValueError(f"expected repositories as owner/name, found {wrong[0]!r}")
        if not self.repositories:
            raise ValueError("expected at least one repository")
        if self.files < 1 or self.approvals < 1:
            raise ValueError("expected files and approvals of 1 or more")
