"""Two pictures straight from the event log: an account's life, and a desk's quarter. They show what the simulation does."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.style import COLOURS, FAINT, INK, MUTED
from sim.planning import PlanningProblem
from sim.record import CUT, DROPPED, LOST, OPEN, WON, Record
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_WEEK, STAGES, UNASSIGNED, FloatArray, IntArray

WIDTH_IN = 11.0
LEFT_IN, RIGHT_IN = 1.6, 0.35
ENDS = {WON: ("*", "won"), LOST: ("x", "lost"), OPEN: (">", "still open"), CUT: ("|", "cut: deal waits"), DROPPED: ("_", "dropped")}
STAGE_LOOKS = ((COLOURS[0], 0.25, ""), (COLOURS[0], 0.55, "///"), (COLOURS[0], 0.95, ""))


def account_life(record: Record, problem: PlanningProblem, account: int) -> Figure:
    """Owner, engagements stage by stage, rests, leads and renewals of one account over the horizon."""
    rows = np.flatnonzero(record.account == account)
    rows = rows[np.argsort(record.start_day[rows])]
    people = len({(int(record.seat[r]), _person(record, r)) for r in rows.tolist()})
    wins, booked_usd = int(record.won[rows].sum()), float(record.amount_usd[rows].sum())
    attempts = len(np.unique(record.attempt[rows]))
    title = (
        f"An account's life: {problem.accounts.name[account]} was tried {_times(attempts)} by {_people(people)}, "
        f"bought {_times(wins)} and brought {style.usd(booked_usd)}"
    )
    segment = problem.vocabulary.segments[problem.accounts.segment[account]].replace("_", " ")
    subtitle = (
        f"A {segment} account that the CRM takes for {style.usd(float(problem.accounts.potential_usd[account]))} a year. "
        "Every mark is a row of the event log of one simulated future"
    )
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, subtitle) + 0.15
        figure = style.new_figure(WIDTH_IN, top_in + 2.75)
        style.head(figure, title, subtitle)
        axes = style.inches(figure, LEFT_IN, top_in, WIDTH_IN - LEFT_IN - RIGHT_IN, 1.9)
        _owners(axes, record, problem, account, y=2.0)
        for r in rows.tolist():
            _stages(axes, record, r, y=1.0)
            _end(axes, record, r, y=1.0)
        _rests(axes, record, rows, y=0.0)
        _asked(axes, record, account, y=0.0)
        axes.set_yticks([2, 1, 0], ["owner", "engagement", "rest, leads,\nrenewals"])
        axes.set_ylim(-0.6, 2.5)
        _quarters(axes, 0.0, record.horizon_days)
        _stage_legend(axes)
    return figure


def desk_quarter(record: Record, problem: PlanningProblem, seat: int, quarter: int, capacity_h: float) -> Figure:
    """Hours in use against capacity, and every engagement of a seat, in quarter 1, 2, ...; ``capacity_h`` a week of a ramped person."""
    begin, end = (quarter - 1) * DAYS_PER_QUARTER, quarter * DAYS_PER_QUARTER
    rows = np.flatnonzero((record.seat == seat) & (record.start_day < end) & (record.end_day > begin))
    rows = rows[np.lexsort((record.end_day[rows], record.start_day[rows]))]
    days = np.linspace(begin, end, 20 * DAYS_PER_QUARTER + 1)[:-1]
    used_h = _hours_in_use(record, rows, days)
    share = float(used_h.mean() / capacity_h) if capacity_h > 0 else float("nan")
    book_n = int(np.sum(record.owner_at(np.array([float(end)]))[:, 0] == seat))
    worked_n, won_n = len(np.unique(record.account[rows])), int(np.sum(record.won[rows] & (record.end_day[rows] < end)))
    title = (
        f"A desk's quarter: {problem.seats.name[seat]} worked {worked_n} of the {book_n} accounts in the book, "
        f"won {won_n}, and used {style.percent(share)} of the hours"
    )
    subtitle = "Each bar is an engagement; it starts when enough hours are free, in the order of what the rep believes it is worth an hour"
    with style.applied():
        top_in, row_in = style.head_height(WIDTH_IN, title, subtitle) + 0.15, 0.125
        height_in = max(1.0, row_in * len(rows))
        figure = style.new_figure(WIDTH_IN, top_in + 1.5 + height_in + 0.75)
        style.head(figure, title, subtitle)
        width_in = WIDTH_IN - LEFT_IN - RIGHT_IN
        hours = style.inches(figure, LEFT_IN, top_in, width_in, 1.2)
        hours.fill_between(days, used_h, step="post", color=COLOURS[0], alpha=0.35, lw=0)
        hours.axhline(capacity_h, color=INK, lw=1.2, ls=(0, (5, 1.6)))
        hours.annotate("capacity", (end, capacity_h), (-4, 3), textcoords="offset points", ha="right", fontsize=8.5)
        hours.set_ylabel("hours a week\nin use")
        hours.set_ylim(0, 1.25 * max(capacity_h, float(used_h.max(initial=0.0))))
        _quarters(hours, begin, end, labels=False)
        gantt = style.inches(figure, LEFT_IN, top_in + 1.5, width_in, height_in)
        for k, r in enumerate(rows.tolist()):
            _stages(gantt, record, r, y=-k, half=0.36)
            if record.end_day[r] < end:
                _end(gantt, record, r, y=-k, size=26)
        names = [style.short(problem.accounts.name[a], 20) for a in record.account[rows]]
        gantt.set_yticks(-np.arange(len(rows)), names, fontsize=6.5)
        gantt.set_ylim(-len(rows) + 0.3, 0.7)
        _quarters(gantt, begin, end)
        _stage_legend(gantt)
    return figure


def _hours_in_use(record: Record, rows: IntArray, days: FloatArray) -> FloatArray:
    under_way = (record.start_day[rows, None] <= days) & (record.end_day[rows, None] > days)
    hours: FloatArray = record.workload_h_per_week[rows] @ under_way
    return hours


def _owners(axes: Axes, record: Record, problem: PlanningProblem, account: int, y: float) -> None:
    moves, successions = record.events.moves, record.events.successions
    mine = np.flatnonzero((moves.account == account) & (moves.day > 0))
    days = [0.0, *moves.day[mine].tolist(), record.horizon_days]
    seats = [int(record.owner_at(np.array([0.0]))[account, 0]), *moves.to_seat[mine].tolist()]
    for seat, begin, end in zip(seats, days[:-1], days[1:], strict=True):
        name = "nobody" if seat == UNASSIGNED else problem.seats.name[seat]
        axes.barh(y, end - begin, left=begin, height=0.6, color=FAINT, edgecolor=MUTED, lw=0.8)
        axes.annotate(name, ((begin + end) / 2, y), ha="center", va="center", fontsize=8.5)
        for k in np.flatnonzero(successions.seat == seat):
            left, back = float(successions.left_day[k]), float(min(successions.start_day[k], record.horizon_days))
            if begin <= left < end:
                axes.barh(y, min(back, end) - left, left=left, height=0.6, color="white", edgecolor=MUTED, lw=0.8, hatch="xxx")
                axes.annotate("vacant", (left, y + 0.36), fontsize=7.5, color=MUTED)


def _stages(axes: Axes, record: Record, row: int, y: float, half: float = 0.3) -> None:
    begin, end = float(record.start_day[row]), float(record.end_day[row])
    for stage in range(int(record.first_stage[row]), len(STAGES)):
        until = min(float(record.stage_day[row, stage]), end)
        colour, alpha, hatch = STAGE_LOOKS[stage]
        if until > begin:
            axes.barh(y, until - begin, left=begin, height=2 * half, color=colour, alpha=alpha, hatch=hatch, edgecolor="white", lw=0.5)
        begin = max(begin, until)


def _end(axes: Axes, record: Record, row: int, y: float, size: float = 60) -> None:
    marker, _ = ENDS[int(record.outcome[row])]
    axes.scatter(record.end_day[row], y, marker=marker, s=size, color=INK, lw=1.2, zorder=5, clip_on=False)


def _rests(axes: Axes, record: Record, rows: IntArray, y: float) -> None:
    for r in rows.tolist():
        until = min(float(record.rest_until_day_after[r]), record.horizon_days)
        if record.outcome[r] in (WON, LOST) and until > record.end_day[r]:
            axes.plot([record.end_day[r], until], [y, y], color=MUTED, lw=1.2, ls=(0, (1.2, 1.4)))


def _asked(axes: Axes, record: Record, account: int, y: float) -> None:
    leads, renewals = record.events.leads, record.events.renewals
    for day, answered in zip(leads.day[leads.account == account], leads.answered_day[leads.account == account], strict=True):
        axes.scatter(day, y, marker="^", s=46, color=COLOURS[1], zorder=4)
        axes.annotate("lead" if np.isfinite(answered) else "lead, lost", (day, y - 0.42), ha="center", fontsize=7.5)
    mine = renewals.account == account
    for day, churned in zip(renewals.day[mine], renewals.churned[mine], strict=True):
        axes.scatter(day, y, marker="o", s=40, facecolor="white" if churned else COLOURS[2], edgecolor=COLOURS[2], zorder=4)
        axes.annotate("churned" if churned else "renewed", (day, y - 0.42), ha="center", fontsize=7.5)


def _quarters(axes: Axes, begin: float, end: float, labels: bool = True) -> None:
    single = end - begin <= DAYS_PER_QUARTER
    ticks = np.arange(begin, end + 1, 2 * DAYS_PER_WEEK if single else DAYS_PER_QUARTER)
    words = [f"day {t:.0f}" for t in ticks]
    axes.set_xticks(ticks, words if labels else [""] * len(ticks))
    axes.set_xlim(begin, end)
    axes.grid(axis="x", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)


def _stage_legend(axes: Axes) -> None:
    for stage, (colour, alpha, hatch) in zip(STAGES, STAGE_LOOKS, strict=True):
        axes.bar(0, 0, color=colour, alpha=alpha, hatch=hatch, edgecolor="white", label=stage)
    for marker, word in ENDS.values():
        axes.scatter([], [], marker=marker, color=INK, s=36, label=word)
    axes.plot([], [], color=MUTED, lw=1.2, ls=(0, (1.2, 1.4)), label="rest")
    figure = axes.figure
    assert figure is not None
    figure.legend(loc="lower center", ncols=9, frameon=False, fontsize=8, bbox_to_anchor=(0.5, 0.0), columnspacing=1.2, handletextpad=0.4)


def _person(record: Record, row: int) -> int:
    return 0 if record.person is None else int(record.person[row])


def _times(n: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(n, f"{n} times")


def _people(n: int) -> str:
    return "one person" if n == 1 else f"{n} people"
