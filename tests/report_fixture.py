"""A small invented run folder, to draw reports from without simulating. Every number in it is made up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LIFTS = {
    "optimized": 0.031,
    "greedy_balance": 0.012,
    "gut_feel": 0.001,
    "equal_count": -0.006,
    "random": -0.15,
    "geographic": -0.09,
    "informed": 0.05,
}
SEGMENTS = ("commercial", "mid_market", "enterprise")
DELTA = 0.01


def write_run(
    folder: Path,
    arms: Sequence[str] = ("optimized", "status_quo", "equal_count", "geographic"),
    *,
    baseline: str = "status_quo",
    seats_n: int = 8,
    accounts_n: int = 240,
    futures_n: int = 12,
    quarters_n: int = 4,
    draws_n: int = 1,
    failed: Sequence[str] = (),
    place: str = "us",
    shift: float = 0.0,
) -> Path:
    """Write the files of a run to ``folder`` and return it.

    ``failed`` arms have an error instead of numbers; ``place`` is "us", "elsewhere" (Europe) or "none" (no coordinates); ``shift`` is added
    to the lift of every arm but the baseline.
    """
    rng = np.random.default_rng(5)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "designs").mkdir(exist_ok=True)
    ok = [arm for arm in arms if arm not in failed]
    lift = {arm: 0.0 if arm == baseline else LIFTS.get(arm, 0.02 - 0.004 * k) + shift for k, arm in enumerate(arms)}
    seats = [f"S{k + 1:02d}" for k in range(seats_n)]
    capacity = rng.uniform(10, 13, seats_n)
    today, owner, latitude, longitude, homes, potential = _geography(rng, seats_n, accounts_n, place, ok, baseline)

    runs, seat_rows = [], []
    for draw in range(draws_n):
        base = rng.lognormal(16.5, 0.05, futures_n)
        for arm in arms:
            noise = rng.normal(0, 0.025, futures_n) * (arm != baseline)
            for future in range(futures_n):
                key = {"market": "invented", "draw": draw, "arm": arm, "future": future, "strategy": _strategy(arm)}
                if arm in failed:
                    runs.append({**key, "status": "unsupported", "error": "needs owners, and this market has none", "plan_s": 0.0})
                    continue
                bookings = base[future] * (1 + lift[arm] + noise[future])
                rows, metrics = _seats_of(rng, key, seats, capacity, owner[arm], potential, bookings, quarters_n, base.mean())
                seat_rows += rows
                moved = (owner[arm] != today) & (today >= 0)
                runs.append(
                    {**key, "status": "ok", "error": "", "plan_s": 0.4, "plan_gap_share": 0.004 if arm == "optimized" else np.nan}
                    | metrics
                    | {
                        "bookings_usd": bookings,
                        "moved_n": float(moved.sum()),
                        "moved_share": float(moved.mean()),
                        "moved_potential_share": float(potential[moved].sum() / potential.sum()),
                        "moved_deals_n": float(moved.sum() // 9),
                        "moved_relationship_months": float(moved.sum() * 3.5),
                    }
                )
    table = pd.DataFrame(runs).assign(schema_version=1)
    table.to_parquet(folder / "runs.parquet")
    pd.DataFrame(seat_rows).assign(schema_version=1).to_parquet(folder / "seats.parquet")

    _summary(table, arms, baseline, futures_n, draws_n).to_csv(folder / "summary.csv", index=False)
    order = list(pd.read_csv(folder / "summary.csv")["arm"])
    _pairwise(lift, [arm for arm in order if arm in ok]).to_csv(folder / "pairwise.csv", index=False)

    ids = [f"A{k + 1:04d}" for k in range(accounts_n)]
    accounts = pd.DataFrame({"account_id": ids, "latitude": latitude, "longitude": longitude, "potential_usd": potential})
    accounts["segment"] = [SEGMENTS[k % 3] for k in range(accounts_n)]
    names = np.array([*seats, ""])
    accounts["today"] = names[today]
    for arm in ok:
        accounts[f"seat_{arm}"] = names[owner[arm]]
        reason = np.where(owner[arm] != today, "invented: closer to its seat", "")
        design = {
            "account_id": ids,
            "account_name": [f"Invented {k}" for k in ids],
            "from_seat": names[today],
            "to_seat": names[owner[arm]],
        }
        path = folder / "designs" / f"{arm}.csv"
        path.parent.mkdir(exist_ok=True, parents=True)  # labels of the fixture may be what no run's can be
        pd.DataFrame(design).assign(reason=reason, schema_version=1).to_csv(path, index=False)
        sheet = _sheet(seats, today, owner[arm], potential)
        sheet.assign(schema_version=1).to_csv(path.with_name(f"{path.name.removesuffix('.csv')}.seats.csv"), index=False)
    accounts.assign(schema_version=1).to_parquet(folder / "accounts.parquet")
    outlook = pd.DataFrame([(0, arm, seat) for arm in ok for seat in seats], columns=["draw", "arm", "seat"])
    outlook.assign(quota_probability_share=np.nan, schema_version=1).to_csv(folder / "seat_outlook.csv", index=False)
    home = pd.DataFrame({"seat": seats, "latitude": homes[0], "longitude": homes[1], "capacity_h_per_week": capacity})
    home.assign(schema_version=1).to_csv(folder / "seats_home.csv", index=False)
    ledger = [
        ("market.accounts_n", str(accounts_n), "identified", "the market's own size", accounts_n),
        ("world.pass_chance", ".45 .55 .50", "assumed", "default of the segment", 0),
        ("world.rest_after_loss_days", "180", "assumed", "default", 0),
    ]
    columns = ["parameter", "value", "status", "rule", "rows_n"]
    pd.DataFrame(ledger, columns=columns).assign(schema_version=1).to_csv(folder / "ledger.csv", index=False)
    (folder / "provenance.json").write_text(json.dumps(_provenance(arms, baseline, futures_n, draws_n, quarters_n), indent=1))
    (folder / "STATUS").write_text("partial\n" if failed else "complete\n")
    return folder


def _sheet(seats: Sequence[str], today: np.ndarray, owner: np.ndarray, potential: np.ndarray) -> pd.DataFrame:
    """Books before and after; loads, deals and relationships in proportion to accounts."""
    columns: dict[str, Any] = {"seat": seats, "seat_name": [f"Rep of {seat}" for seat in seats]}
    for when, book in (("before", today), ("after", owner)):
        n = np.bincount(book, minlength=len(seats))
        columns |= {f"accounts_{when}_n": n, f"potential_{when}_usd": np.bincount(book, potential, len(seats)), f"load_{when}": n / 20}
        columns |= {f"travel_{when}_h_per_week": n / 30, f"customers_{when}_n": n // 4}
    moved = today != owner
    given, received = (np.bincount(book[moved], minlength=len(seats)) for book in (today, owner))
    columns |= {"accounts_given_n": given, "accounts_received_n": received}
    columns |= {"deals_kept_n": (columns["accounts_before_n"] - given) // 9, "deals_given_n": given // 9, "deals_received_n": received // 9}
    kept = (columns["accounts_before_n"] - given) // 2
    return pd.DataFrame(columns | {"relationships_before_n": columns["accounts_before_n"] // 2, "relationships_kept_n": kept})


def _strategy(arm: str) -> str:
    if arm == "random":
        return "strategies.random_draw.Random"
    return f"strategies.{arm}.{arm.title().replace('_', '')}"


def _geography(
    rng: np.random.Generator, seats_n: int, accounts_n: int, place: str, ok: Sequence[str], baseline: str
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray], np.ndarray]:
    places = pd.read_csv(str(files("sim") / "data" / "us_places.csv"))
    weight = (places["population"] / places["population"].sum()).to_numpy()
    where = rng.choice(len(places), accounts_n, p=weight)
    latitude = places["latitude"].to_numpy()[where] + rng.normal(0, 0.15, accounts_n)
    longitude = places["longitude"].to_numpy()[where] + rng.normal(0, 0.15, accounts_n)
    at = rng.choice(40, seats_n, replace=seats_n > 40)
    homes = places["latitude"].to_numpy()[at], places["longitude"].to_numpy()[at]
    if place == "elsewhere":
        latitude, longitude = latitude + 10, longitude / 3 + 40
        homes = homes[0] + 10, homes[1] / 3 + 40
    near = np.hypot(latitude[:, None] - homes[0], longitude[:, None] - homes[1]).argmin(1)
    today = np.where(rng.random(accounts_n) < 0.5, near, rng.integers(0, seats_n, accounts_n))
    owner = {}
    for k, arm in enumerate(ok):
        moved = rng.random(accounts_n) < 0.1 * (k + 1)
        owner[arm] = today if arm == baseline else near if arm == "geographic" else np.where(moved, near, today)
    if place == "none":
        latitude, longitude, homes = latitude * np.nan, longitude * np.nan, (homes[0] * np.nan, homes[1] * np.nan)
    return today, owner, latitude, longitude, homes, rng.lognormal(10, 1, accounts_n)


def _seats_of(
    rng: np.random.Generator,
    key: dict[str, object],
    seats: Sequence[str],
    capacity: np.ndarray,
    owner: np.ndarray,
    potential: np.ndarray,
    bookings: float,
    quarters_n: int,
    team: float,
) -> tuple[list[dict[str, object]], dict[str, float]]:
    n, m = len(owner), len(seats)
    owned = np.bincount(owner[owner >= 0], minlength=m)
    book = np.bincount(owner[owner >= 0], weights=potential[owner >= 0], minlength=m)
    share = rng.lognormal(np.log(book + 1) * 0.3, 0.3)
    share = share / share.sum() * bookings / quarters_n
    rows: list[dict[str, object]] = []
    states = np.zeros(4)
    for quarter in range(1, quarters_n + 1):
        engaged = np.minimum(owned, rng.binomial(owned, 0.30))
        resting = np.minimum(owned - engaged, rng.binomial(owned, 0.05 + 0.03 * quarter))
        orphaned = owned - engaged - resting
        capacity_n = rng.binomial(orphaned, 0.8)
        states += np.array([engaged.sum(), resting.sum(), capacity_n.sum(), orphaned.sum() - capacity_n.sum()]) / n / quarters_n
        for k in range(m):
            rows.append(
                {name: key[name] for name in ("market", "draw", "arm", "future")}
                | {
                    "seat": seats[k],
                    "quarter": quarter,
                    "bookings_usd": share[k] * rng.uniform(0.7, 1.3),
                    "quota_usd": team / m / quarters_n,
                }
                | {"used_h": capacity[k] * 13 * rng.uniform(0.85, 1.0), "capacity_h": capacity[k] * 13, "travel_h": rng.uniform(5, 40)}
                | {"potential_usd": book[k], "owned_n": owned[k], "engaged_n": engaged[k], "resting_n": resting[k]}
                | {"orphaned_capacity_n": capacity_n[k], "orphaned_choice_n": orphaned[k] - capacity_n[k]}
            )
    unassigned = float((owner < 0).mean())
    orphaned_share = float(states[2] + states[3])
    attainment = share * quarters_n / (team / m)
    metrics = {
        "attainment": bookings / team,
        "attainment_median": float(np.median(attainment)),
        "seats_at_quota_share": float((attainment >= 1).mean()),
        "engaged_share": float(states[0]),
        "resting_share": float(states[1]),
        "orphaned_share": orphaned_share,
        "orphaned_capacity_share": float(states[2]),
        "orphaned_choice_share": float(states[3]),
        "unassigned_share": unassigned,
        "uncovered_share": orphaned_share + unassigned,
        "uncovered_n": (orphaned_share + unassigned) * n,
        "gini_opportunity": _gini(book / capacity),
        "gini_load": 0.05 + 0.01 * rng.random(),
        "gini_outcome": _gini(attainment),
        "luck_floor_gini": 0.11,
        "travel_h": 900.0,
        "utilisation_share": 0.93,
    }
    return rows, metrics


def _gini(values: np.ndarray) -> float:
    n = len(values)
    return float(np.abs(values[:, None] - values).sum() / 2 / ((n - 1) * values.sum())) if n > 1 else 0.0


def _verdict(low: float, high: float) -> str:
    return "equivalent" if low >= -DELTA and high <= DELTA else "better" if low > 0 else "worse" if high < 0 else "not settled"


def _summary(runs: pd.DataFrame, arms: Sequence[str], baseline: str, futures_n: int, draws_n: int) -> pd.DataFrame:
    ok = runs[runs["status"] == "ok"].assign(**({} if "bookings_usd" in runs else {"bookings_usd": np.nan}))
    book = ok.pivot_table(index=["draw", "future"], columns="arm", values="bookings_usd")
    metrics = ok.drop(columns=["market", "draw", "future", "strategy", "status", "error", "schema_version"]).groupby("arm").mean()
    rows = []
    for arm in arms:
        row: dict[str, Any] = {"arm": arm, "lift_share": np.nan, "strategy": _strategy(arm), "baseline": arm == baseline, "error": ""}
        if arm not in book:
            rows.append(row | {"futures_n": 0, "failed_n": futures_n, "error": "needs owners, and this market has none"})
            continue
        row |= {"futures_n": futures_n, "failed_n": 0, **{str(k): v for k, v in metrics.loc[arm].items()}}
        if arm != baseline and baseline in book:
            ratio = book[arm] / book[baseline] - 1
            mean, half = float(ratio.mean()), 2.5 * float(ratio.std()) / np.sqrt(len(ratio))
            row |= {
                "lift_share": mean,
                "lift_low_share": mean - half,
                "lift_high_share": mean + half,
                "verdict": _verdict(mean - half, mean + half),
            }
            row |= {
                "raw_lift_share": mean,
                "raw_low_share": mean - 2 * half,
                "raw_high_share": mean + 2 * half,
                "decided_by": "control variate",
            }
            row |= {
                "single_p10_share": ratio.quantile(0.1),
                "single_p90_share": ratio.quantile(0.9),
                "p_best_share": 0.9 if mean > 0.02 else 0.05,
            }
            if draws_n > 1:
                row |= {"draws_low_share": mean - 1.6 * half, "draws_high_share": mean + 1.6 * half}
        elif arm == baseline:
            row |= {"lift_share": 0.0, "p_best_share": 0.05}
        rows.append(row)
    return pd.DataFrame(rows).assign(schema_version=1).sort_values("lift_share", ascending=False, na_position="last", kind="stable")


def _pairwise(lift: dict[str, float], order: Sequence[str]) -> pd.DataFrame:
    rows = []
    for i, a in enumerate(order):
        for b in order[i + 1 :]:
            mean = lift[a] - lift[b]
            rows.append((a, b, mean, mean - 0.012, mean + 0.012, _verdict(mean - 0.012, mean + 0.012)))
    columns = ["arm_a", "arm_b", "lift_share", "low_share", "high_share", "verdict"]
    return pd.DataFrame(rows, columns=columns).assign(schema_version=1)


def _provenance(arms: Sequence[str], baseline: str, futures_n: int, draws_n: int, quarters_n: int) -> dict[str, object]:
    return {
        "schema_version": 1,
        "market": "invented",
        "seed": 7,
        "draws": draws_n,
        "futures": futures_n,
        "quarters": quarters_n,
        "baseline": baseline,
        "delta_share": DELTA,
        "scenario": "none",
        "command": "./run compare market=invented",
        "config": {"seed": 7, "market": {"seats_n": 8}},
        "commit": "0123456789abcdef",
        "dirty": False,
        "versions": {"numpy": "2.4.6", "simpy": "4.1.2"},
        "python": "3.11.9",
        "started": "2026-11-22T10:15:00",
        "finished": "2026-11-22T10:15:41",
        "elapsed_s": 41.0,
        "arms": list(arms),
        "notes": ["All numbers in this folder are invented."],
    }
