"""The three tables of an export: every row valid, every reference there. All errors are collected before any is raised."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sim.crm.errors import InputError, Problems
from sim.crm.mapping import TableMapping
from sim.crm.rows import AccountRow, DealRow, RepRow
from sim.crm.table import Table

PACKAGED = "pkg://"


@dataclass(frozen=True, eq=False)
class Export:
    """What the files say, row by row."""

    accounts: tuple[AccountRow, ...]
    reps: tuple[RepRow, ...]
    deals: tuple[DealRow, ...]


def resolve_folder(folder: str | None) -> Path:
    """The folder of an export: relative to where the user is, or inside a package (``pkg://conf/market/example``)."""
    if not folder:
        raise InputError("market.folder: no folder is given; name the one that holds the export: market.folder=DIR")
    if folder.startswith(PACKAGED):
        package, _, inside = folder.removeprefix(PACKAGED).partition("/")
        return Path(str(files(package).joinpath(inside)))
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise InputError(f"market.folder: {folder!r} is not a folder (looked for {path.absolute()})")
    return path


def read_export(folder: Path, accounts: TableMapping, reps: TableMapping, deals: TableMapping, segments: tuple[str, ...]) -> Export:
    """Read and check an export. ``segments`` are the names that the world knows.

    Raises :class:`InputError` with up to 20 errors, each with file, line, column and value.
    """
    problems = Problems()
    for kind, mapping in (("accounts", accounts), ("reps", reps), ("deals", deals)):
        for line in mapping.mistakes(kind):
            problems.add(line)
    problems.raise_if_any()
    account_table = Table(folder, "accounts", accounts, problems)
    rep_table = Table(folder, "reps", reps, problems)
    deal_table = Table(folder, "deals", deals, problems)
    account_rows = account_table.rows(AccountRow, segments)
    rep_rows = rep_table.rows(RepRow, segments)
    deal_rows = deal_table.rows(DealRow, segments)
    account_table.check_unique("account_id")
    account_table.check_exists("owner_id", rep_table, "rep_id")
    account_table.check_exists("parent_id", account_table, "account_id")
    rep_table.check_unique("rep_id")
    deal_table.check_unique("deal_id")
    deal_table.check_exists("account_id", account_table, "account_id")
    for account in account_rows:
        if account.parent_id == account.account_id:
            account_table.complain(account.line, "parent_id", "is the account itself")
    for deal in deal_rows:
        if deal.created and deal.closed and deal.closed < deal.created:
            before = f"{deal_table.name_of('created')} {deal_table.raw(deal.line, 'created')!r}"
            deal_table.complain(deal.line, "closed", f"is before {before}")
    problems.raise_if_any()
    return Export(tuple(account_rows), tuple(rep_rows), tuple(deal_rows))
