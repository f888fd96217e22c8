"""Bring a store file to the schema of this release: numbered steps, each in a transaction, and the views as a whole."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from store import raw_days
from store.database import Session
from store.errors import StoreError

VIEWS = Path(__file__).with_name("sql") / "views.sql"
_STEP = re.compile(r"(\d{3})_\w+\.sql")


def steps() -> tuple[tuple[int, str], ...]:
    """Give every schema step of this release as (number, SQL), in order."""
    files = VIEWS.parent.iterdir()
    numbered = ((_STEP.fullmatch(file.name), file) for file in files)
    return tuple(sorted((int(match[1]), file.read_text(encoding="utf-8")) for match, file in numbered if match))


def version(session: Session) -> int:
    """Give the number of the last step applied to the file; 0 for an empty one."""
    known = session.execute("select 1 from information_schema.tables where table_name = 'schema_version'")
    if not known:
        return 0
    return int(session.execute("select coalesce(max(step), 0) from schema_version")[0][0])


def migrate(session: Session, now: datetime, before: Callable[[], None] = lambda: None) -> int:
    """Apply the missing steps and replace the views; ``before`` is called first when an old file would change.

    A file of a newer release is refused untouched.
    """
    known = steps()
    newest, found = known[-1][0], version(session)
    if found > newest:
        raise StoreError(
            f"the store has schema {found}, this release knows {newest}; install the newer release, nothing was changed"
        )
    if 0 < found < newest:
        before()
    for number, sql in known:
        if number > found:
            with session.transaction():
                session.script(
                    "create table if not exists schema_version (step integer primary key, applied timestamp not null)"
                )
                session.script(sql)
                session.execute("insert into schema_version values ($step, $now)", {"step": number, "now": now})
    _replace_views(session)
    return newest


def _replace_views(session: Session) -> None:
    """Write the views anew when their text differs from what the file was given last."""
    text = VIEWS.read_text(encoding="utf-8")
    held = session.execute("select content from facts where name = 'views'")
    if held and held[0][0] == text:
        return
    with session.transaction():
        session.script(text)
        raw_days.show(session)
        session.execute("insert or replace into facts values ('views', $text)", {"text": text})
