"""What an account asks and brings: hours, chances, value. A planner's view, from estimates and history only.

The folder's map:

    throughput.py  the hours an account asks and the value it brings over the horizon
    support.py     hours that customers ask of their owners
    score.py       what an account is worth, and how its chances differ: from estimates, or from past deals
    score_model.py the same, learned; score_sample.py, score_fit.py, score_validation.py: from what, how, and whether it pays
    matching.py    what a history says of skills that match
    predict.py     what a planner expects of any design
    pool.py        what the hours do not suffice for, where it may be nobody's
"""
