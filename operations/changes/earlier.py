"""Find the content that a change replaces, so that people see what exactly moves."""

from dataclasses import dataclass
from typing import Final

from operations.changes.queue import LedgerRow
from store.database import Reader

_EARLIER: Final = """
select max(change_id) as change_id, max(title) as title, content
from changes
where system = $system and change_class = $class and source = $source and to_ref = $ref
    and ($name = '' or external_id = $name || $ref)
    and content <> '' and change_id <> $id
group by content
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a change replaces: its content, and the change that recorded it."""

    change_id: str
    title: str
    content: str


def earlier(reader: Reader, row: LedgerRow) -> Earlier | None:
    """Give what a change replaces, where the ledger holds exactly one content of the version that it starts from.

    Sources that keep several prompts of a system write the name before the version; only the same name counts.
    """
    if not row.from_ref:
        return None
    is_named = bool(row.to_ref) and row.external_id.endswith(f" {row.to_ref}")
    asked = {
        "system": row.system, "class": row.change_class, "source": row.source, "ref": row.from_ref, "id": row.change_id,
        "name": row.external_id.removesuffix(row.to_ref) if is_named else "",
    }  # fmt: skip
    found = reader.rows(Earlier, _EARLIER, asked)
    return found[0] if len(found) == 1 else None
