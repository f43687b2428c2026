"""What a record says: pure functions, one formula and one unit each, computed from the event log after the simulation.

measure.py      all of them together: the two tables of a run
facts.py        what several metrics share: hours, quota, owners and states by seat and quarter
sales.py        bookings, the pipeline before the start and at the end, and the luck in them
seats.py        attainment, and how evenly opportunity, load and outcome fall on the seats
happenings.py   what moves, who leaves, who churns, which leads are lost
money.py        what is left of the bookings when everything is paid

Which accounts are worked stands in sim/coverage.py, formulas of evenness in sim/equity.py, who sits where in sim/ramp.py.
Workload and potential are the CRM's view. Every column is explained in docs/metrics.md.
"""

from sim.metrics.facts import quarter_ends
from sim.metrics.measure import measure
from sim.metrics.sales import control_variate_usd

__all__ = ["control_variate_usd", "measure", "quarter_ends"]
