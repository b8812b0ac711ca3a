"""The child of test_kill_deliveries: a desk that sends what is queued until nothing is."""

from tests.bot.paper_desk import PaperDesk
from tests.contracts.child_paper import live

SENDS_S = 0.004  # how long the network takes: the kill shall often find a call under way


def main(arguments: list[str]) -> None:
    """Send every queued message of the desk."""
    url, folder = arguments
    live(url, folder, _take_your_time, lambda desk: bool(desk.channel.sent), PaperDesk)


async def _take_your_time(desk: PaperDesk) -> None:
    desk.channel.delay_s = SENDS_S
