"""The reactive core against a naive rebuild, and the screen's pure rules, in a real browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any

from tests.browser.chromium import chromium, complaints_of, marks
from tests.browser.workspace_desk import WorkDesk

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = marks

# Values that depend on each other in layers, some of them now on this, now on that: after every
# step each is what a naive calculation says, and no effect ran without a cause, or twice.
GRAPHS = """
async ([base, programs]) => {
  const { signal, computed, effect, batch } = await import(base + "core/signal.js");
  for (const [at, { sources, nodes, steps }] of programs.entries()) {
    const values = sources.map((value) => signal(value));
    const all = [...values];
    for (const [a, b, c] of nodes) {
      const [x, y, z] = [all[a], all[b], all[c]];
      all.push(computed(() => (x() % 2 ? y() + 1 : z() % 7)));
    }
    const naive = () => {
      const now = values.map((value) => value.peek());
      for (const [a, b, c] of nodes) now.push(now[a] % 2 ? now[b] + 1 : now[c] % 7);
      return now;
    };
    const runs = all.map(() => 0);
    const seen = all.map(() => null);
    const ends = all.map((node, n) => effect(() => {
      seen[n] = node();
      runs[n] += 1;
    }));
    for (const step of steps) {
      const before = naive();
      const ran = [...runs];
      batch(() => step.forEach(([source, value]) => values[source].set(value)));
      const now = naive();
      for (const n of all.keys()) {
        if (all[n]() !== now[n]) return `program ${at}: node ${n} is ${all[n]()}, not ${now[n]}`;
        if (seen[n] !== now[n]) return `program ${at}: effect ${n} saw ${seen[n]}, not ${now[n]}`;
        const more = runs[n] - ran[n];
        const due = before[n] === now[n] ? 0 : 1;
        if (more !== due) return `program ${at}: effect ${n} ran ${more}`;
      }
    }
    const ran = [...runs];
    ends.forEach((end) => end());
    values.forEach((value) => value.set(value.peek() + 1));
    if (runs.some((count, n) => count !== ran[n])) return `program ${at}: an effect lives on`;
  }
  return "well";
}
"""

# Lists of keys, one after the other: the children are always those of a list built anew, a key
# that stays keeps its node, one that went has ended its effects, the focus stays where it was.
LISTS = """
async ([base, programs]) => {
  const { signal, effect, scope } = await import(base + "core/signal.js");
  const { keyed } = await import(base + "core/keyed.js");
  const { h } = await import(base + "core/dom.js");
  for (const [at, steps] of programs.entries()) {
    const parent = h("div", {});
    document.body.append(parent);
    const items = signal([]);
    const living = new Map();
    const tick = signal(0);
    const make = (item) => {
      const key = item.peek().key;
      effect(() => living.set(key, tick()));
      return h("button", {}, () => `${item().key}=${item().value}`);
    };
    const end = scope(() => keyed(parent, items, (item) => item.key, make));
    let before = new Map();
    for (const step of steps) {
      const focused = parent.children[0];
      focused?.focus();
      items.set(step.map(([key, value]) => ({ key, value })));
      living.clear();
      tick.set(tick.peek() + 1);
      const shown = [...parent.children].map((node) => node.textContent).join();
      const naive = step.map(([key, value]) => `${key}=${value}`).join();
      if (shown !== naive) return `program ${at}: ${shown}, not ${naive}`;
      const now = new Map(step.map(([key], n) => [key, parent.children[n]]));
      for (const [key, node] of now) {
        if (before.has(key) && before.get(key) !== node) return `program ${at}: ${key} made anew`;
      }
      const alive = [...living.keys()].sort().join();
      if (alive !== [...now.keys()].sort().join()) return `program ${at}: alive are ${alive}`;
      if (focused?.isConnected && document.activeElement !== focused) return `${at}: lost focus`;
      before = now;
    }
    end();
    if (parent.children.length) return `program ${at}: nodes stay after the end`;
    parent.remove();
  }
  return "well";
}
"""

WINDOWS = """
async ([base, cases]) => {
  const { inSight, offsetsOf } = await import(base + "workspace/view/window.js");
  for (const [heights, top, height] of cases) {
    const offsets = offsetsOf(heights, (one) => one);
    const [first, last] = inSight(offsets, top, height);
    let y = 0;
    for (const [n, tall] of heights.entries()) {
      const visible = y < top + height && y + tall > top;
      if (visible && (n < first || n >= last)) return `item ${n} of ${heights} at ${top}`;
      y += tall;
    }
    const drawn = heights.slice(first, last).reduce((sum, one) => sum + one, 0);
    if (drawn > height + 800 + 2 * 70) return `${drawn} px drawn for ${height}`;
  }
  return "well";
}
"""

CHIPS = """
async ([base, lefts]) => {
  const { chipOf } = await import(base + "workspace/words/promise.js");
  const now = Date.parse("2026-11-23T09:00:00Z");
  const at = (s) => new Date(now + s * 1000).toISOString();
  return lefts.map((left) => {
    const clock = {state: "running", metric: "first_response", due_at: at(left), breached_at: null,
      ended_at: null, amber_at: at(left - 900), red_at: at(left - 360)};
    const { text, tone } = chipOf(clock, now);
    return [text, tone];
  });
}
"""

ORDER = """
async (base) => {
  const { ordered } = await import(base + "workspace/store/order.js");
  const clock = (state, due) => ({ state, due_at: due, breached_at: null });
  const row = (id, section, active, ...clocks) =>
    ({ section, clocks, case: { id, last_message_at: `2026-11-23T0${active}:00:00Z` } });
  const late = { state: "breached", due_at: null, breached_at: "2026-11-23T01:00:00Z" };
  const rows = [
    row(1, "waiting", 1, clock("running", "2026-11-23T02:00:00Z")),
    row(2, "own", 2),
    row(3, "own", 3, clock("running", "2026-11-23T12:00:00Z")),
    row(4, "own", 4, clock("paused", null)),
    row(5, "own", 5, clock("running", "2026-11-23T23:00:00Z"), late),
    row(6, "own", 6, clock("running", "2026-11-23T11:00:00Z")),
  ];
  return ["mine", "all", "unassigned"].map((v) => ordered(v, rows).map((one) => one.case.id));
}
"""

GROUPS = """
async (base) => {
  const { grouped } = await import(base + "workspace/view/groups.js");
  const at = (minute) => `2026-11-23T09:${minute}:00Z`;
  const said = (id, minute, more) =>
    ({ type: "message", id, at: at(minute), author: "customer", agent_id: null, channel: "chat",
       identity_id: 1, ...more });
  const event = (kind, minute) => ({ type: "event", kind, at: at(minute) });
  const line = [said(1, "00"), event("case.opened", "00"), said(2, "01"), said(3, "30"),
    event("case.assigned", "30"), said(4, "31", {author: "agent"}), event("case.assigned", "30")];
  const once = grouped(line);
  const again = grouped([...line]);
  const same = once.filter((thing, n) => thing.type !== "day" && thing !== again[n]).length;
  const shown = once.map((thing) => thing.type === "message"
    ? thing.id + (thing.continues ? "+" : "") : thing.type === "day" ? "day"
    : thing.items.map((one) => one.kind).join());
  return [shown, new Set(once.map((thing) => thing.key ?? thing.id)).size, same];
}
"""

RICH = """
async ([base, html]) => {
  const { rich } = await import(base + "workspace/view/rich.js");
  return rich(html).innerHTML;
}
"""


def graph(rng: Random) -> dict[str, Any]:
    count = rng.randint(1, 4)
    sources = [rng.randint(0, 9) for _ in range(count)]
    nodes = [[rng.randrange(count + n) for _ in range(3)] for n in range(rng.randint(1, 8))]
    steps = [
        [[rng.randrange(count), rng.randint(0, 9)] for _ in range(rng.randint(1, 3))]
        for _ in range(10)
    ]
    return {"sources": sources, "nodes": nodes, "steps": steps}


def lists(rng: Random) -> list[list[list[Any]]]:
    def one() -> list[list[Any]]:
        keys = rng.sample("abcdefghij", rng.randint(0, 10))
        return [[key, rng.randint(0, 3)] for key in keys]

    return [one() for _ in range(8)]


@asynccontextmanager
async def page_of(desk: WorkDesk, expected: str = "nothing") -> AsyncIterator[tuple["Page", str]]:
    """A page of the desk's own origin, and where its static files are."""
    async with chromium() as browser:
        page = await browser.new_page()
        complaints = complaints_of(page)
        await page.goto(f"{desk.url}/sign-in")
        sheet = await page.locator("link[rel=stylesheet]").first.get_attribute("href")
        assert sheet
        yield page, sheet.rsplit("/", 1)[0] + "/"
        assert [one for one in complaints if expected not in one] == []


async def test_the_core_agrees_with_a_naive_rebuild(desk: WorkDesk) -> None:
    rng = Random(20261123)
    async with page_of(desk) as (page, base):
        graphs = [graph(rng) for _ in range(400)]
        assert await page.evaluate(GRAPHS, [base, graphs]) == "well"
        programs = [lists(rng) for _ in range(300)]
        assert await page.evaluate(LISTS, [base, programs]) == "well"
        windows = [
            [[rng.choice([32, 70]) for _ in range(rng.randint(0, 80))], rng.randint(0, 6000), 700]
            for _ in range(300)
        ]
        assert await page.evaluate(WINDOWS, [base, windows]) == "well"


async def test_chips_count_down_in_words_and_tones(desk: WorkDesk) -> None:
    lefts = [720, 240, 119, 1, -5, -420, 7200, 3 * 86_400]
    async with page_of(desk) as (page, base):
        assert await page.evaluate(CHIPS, [base, lefts]) == [
            ["12 m left", "amber"],
            ["4 m left", "red"],
            ["119 s left", "red"],
            ["1 s left", "red"],
            ["late 5 s", "late"],
            ["late 7 m", "late"],
            ["2 h left", "calm"],
            ["3 d left", "calm"],
        ]


async def test_my_work_is_ordered_by_risk_and_other_lists_by_time(desk: WorkDesk) -> None:
    async with page_of(desk) as (page, base):
        assert await page.evaluate(ORDER, base) == [
            [5, 6, 3, 2, 4, 1],
            [6, 5, 4, 3, 2, 1],
            [2, 3, 4, 5, 6, 1],
        ]


async def test_a_timeline_is_grouped_by_day_and_author_and_stays_the_same(
    desk: WorkDesk,
) -> None:
    async with page_of(desk) as (page, base):
        assert await page.evaluate(GROUPS, base) == [
            ["day", "case.opened", "1", "2+", "3", "case.assigned", "4", "case.assigned"],
            8,
            0,
        ]


async def test_formatting_is_made_of_harmless_elements_only(desk: WorkDesk) -> None:
    hostile = (
        '<p onclick="x()">a<script>alert(1)</script><img src=x onerror=alert(1)></p>'
        '<a href="javascript:alert(1)">b</a> <a href="https://c.example" target="_top">c</a>'
        '<ol start="3"><li>d</li></ol><svg><style>*{}</style><text>e</text></svg>'
    )
    async with page_of(desk, expected="Content Security Policy") as (page, base):
        assert await page.evaluate(RICH, [base, hostile]) == (
            '<p>a</p>b <a href="https://c.example" target="_blank"'
            ' rel="noopener noreferrer nofollow">c</a><ol start="3"><li>d</li></ol>e'
        )
