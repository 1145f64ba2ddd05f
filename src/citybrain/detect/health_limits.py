"""Thresholds of sensor health, each with its reason.

Every test adds up evidence, the logarithm of how much likelier the reports are under the fault than from a good
sensor, and begins again at 0 whenever it would fall below. A good sensor is then wrongly found after e^EVIDENCE minutes
or later on average (Lorden: Procedures for reacting to a change in distribution, Ann. Math. Statist. 42 (1971), th. 2).
"""

from __future__ import annotations

import math

BIN_S = 60.0  # reports are judged by the minute
OPEN_BINS = 3  # minutes that still wait for late reports; the oldest is judged when a fourth begins
JUMP_BINS_MAX = 60  # after a longer gap the minutes before are not judged: nobody reported in them
MINUTES_A_DAY = 1440.0
FALSE_A_DAY = 1e-4  # wanted of each test: of six tests then 0.6 false alarms in 1,000 sensor-days
EVIDENCE = math.log(MINUTES_A_DAY / FALSE_A_DAY)  # 16.5

LOSS_SHARE_MAX = 0.2  # of messages that a network may lose and still work
SILENT_REPORTS = math.ceil(EVIDENCE / -math.log(LOSS_SHARE_MAX))  # 11 lost in a row are no chance
STALE_REPORTS = 3  # after so many a sensor is no longer known to be good
FEED_SHARE = 0.5  # when fewer of the sensors report, the feed is out and no sensor is to blame

MARGIN = 0.7  # a sensor may see so much less than its past share says (turns change, a lane is avoided) and be good
RED_MAX_S = 600.0  # nobody stands longer between two detectors of a lane without others coming to stand behind
STORE_VEHICLES = 8.0  # may stand between two detectors of a lane: counted by one, not yet by the other
NO_HITS_S = (
    3.25 * 3600.0
)  # where only other lanes speak against a sensor: most closures are shorter; IRIS waits for 4 h
MISSING = 2.0  # vehicles: from then on a lane may be closed, or its sensors dead; before it is only quiet
CLOSED_S = 6 * 3600.0  # where the lane's others are as quiet, it may be closed: what is missed then tells nothing
WAITED_EVIDENCE = math.log(86400.0 / NO_HITS_S / FALSE_A_DAY)  # 11.1: a day has no more than so many such waits
UNDER_WITNESS = 0.4  # a sensor known to count too little, as a witness: no vehicle of its is invented

FULL_FRAC = 0.99  # occupied throughout, but for rounding
LOCKED_S = 1800.0  # IRIS, ramps; its 2 min for the main line are a long red here
LOCKED_BOTH_S = 4 * 3600.0  # where the lane's others are as full: a gridlock ends sooner
REPEAT_SHARE = 0.4  # of two reports to be alike by chance: the likeliest count above 0 has at most exp(-1) = 0.37
REPEAT_SHARE_MAX = 0.9  # and where a sensor is coarser, its own past share, up to this

SAME_PLATE = EVIDENCE / 3.0  # nobody passes a camera thrice in each of three minutes, alone

HEADWAY_MIN_S = 1.2  # of a stream that lasts: saturation flow is 1.6 to 2 s, the fastest ever counted 1.3 s
BURST_VEHICLES = 10.0  # more than such a stream at once: a platoon's end in one minute, its begin in the other
CHATTER_COUNT, CHATTER_S = 38.0, 30.0  # IRIS: at once

RATIO_GOOD = 1.35  # a ratio may wander by this factor over a day (lane choice, turning shares)
RATIO_BAD = 2.0  # the factor that is to be found; less takes longer
RATIO_MEMORY = 2000.0  # vehicles after which a sensor's own share is learnt anew
RATIO_NOW = 150.0  # vehicles that tell the present ratio
RATIO_PRIOR = 20.0  # vehicles that a ratio of 1 weighs at the beginning
LEARN_DOUBT = EVIDENCE / 4.0  # a sensor against which so much speaks teaches nothing;
RATIO_DOUBT = 0.5  # of its ratio much less, or it would learn its bias
LEARN_MIN = 60.0  # vehicles before a learnt ratio may speak
COLD_HITS = 5.0  # a sensor with fewer has told nothing of its share;
COLD_RATIO = 0.1  # it might be a pocket that few turn into

ROAD_BIAS_EVIDENCE = 3.0 * EVIDENCE  # where only the road around can tell: its shares are less stable
JUMP_MIN = math.log(1.5)  # and the sensor's own rate must have changed by this, against what the road or the city did
LATELY, LATELY_PRIOR = 150.0, 5.0  # vehicles of its own that tell its present share of the city's traffic
LEAD_MIN = 0.25  # and by so much more than the lane's others: a closure changes all of them
RATIO_KEEP = 1.0 - 1.0 / 720.0  # a minute, of the evidence of bias: a ratio that is a little off for days is none
RATE_NOW_MIN, RATE_MIN = 15.0, 60.0  # memory of a sensor's own rate, minutes
REPEAT_DOUBT = 1.5  # evidence of two reports alike: chance for a sensor, but no witness against another
LOCKED_DOUBT_S = 300.0  # occupied for longer than any light is red
RISE_DOUBT = math.log(4.0)  # nor is one whose rate rose by this within minutes
WITNESS_FACTOR, WITNESS_FLOOR = 3.0, 2.0  # of its own rate, and vehicles a minute, count against others: ghosts do not
RATE_FLOOR = 0.2  # vehicles a minute: below this a rate says nothing
CITY_GOOD, CITY_BAD = 3.0, 6.0  # a road may see so much more than its share of the city's traffic: events, detours
CITY_MEMORY = 2000.0  # vehicles a sensor, in the city's mean, after which that share is learnt anew
CITY_PRIOR = 20.0  # of them, that a share of 0 weighs at the beginning
CITY_MINUTES = 120.0  # at least, to find ghosts by the city's traffic alone
CITY_EVIDENCE = 3.0 * EVIDENCE
LEARNING_GOOD, LEARNING_BAD = 4.0, 8.0  # in place of RATIO_GOOD, RATIO_BAD while the ratio is not yet learnt
GHOSTS = 3.0  # counting so many times what passes is chattering, no mere bias

KNOWN_MINUTES = 10.0  # reported, before a sensor is good
RECOVERED_MINUTES = 10.0  # without symptom and with vehicles, before it is good again
