"""The network is cut and the desk killed, again and again; both sides see everything, once.

The same as `python -m tests.bench chaos`, with less of it. What the network itself cannot tell
after a cut is shown to the agent as uncertain; what is not shown so has arrived.
"""

from pathlib import Path

import pytest

from tests.bench.chaos import Plan, run


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("channel", ["telegram", "slack", "chat"])
async def test_cuts_and_kills_lose_nothing_and_double_nothing(tmp_path: Path, channel: str) -> None:
    plan = Plan(channel, messages=40, kills=2)
    outcome = await run(plan, f"sqlite:///{tmp_path}/parley.db", tmp_path)
    inbound, outbound = outcome.inbound, outcome.outbound
    assert (inbound.sent, inbound.arrived, outbound.sent) == (40, 40, 40)
    assert (inbound.lost, inbound.doubled, inbound.disordered) == ([], [], 0)
    assert (outbound.lost, outbound.doubled, outbound.disordered) == ([], [], 0)
    assert (outcome.failed, outcome.kills) == (0, 2)
    assert channel == "telegram" or not outbound.unsure  # others can be asked, or sent to again
