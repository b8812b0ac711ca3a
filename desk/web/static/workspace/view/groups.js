// A flat timeline into what is drawn: days, messages with or without their author's name, and
// events that stand together folded into one line. Pure.

import { dayKey } from "../words/time.js";

const TOGETHER_MS = 5 * 60_000;

export function grouped(timeline) {
  const found = [];
  let day = "";
  let before = null;
  let count = 0; // two groups may begin with the same at the same instant
  for (const item of inOrder(timeline)) {
    if (isScore(item)) continue;
    if (dayKey(item.at) !== day) {
      day = dayKey(item.at);
      found.push({ type: "day", key: `day ${day}`, at: item.at });
      before = null;
    }
    if (item.type === "event") {
      const last = found.at(-1);
      if (last.type === "events") last.items.push(item);
      else {
        const key = `events ${item.kind} ${item.at} ${(count += 1)}`;
        found.push({ type: "events", key, items: [item] });
      }
    } else {
      const continues = before !== null && follows(before, item);
      found.push(continues === item.continues ? item : withMark(item, continues));
    }
    before = item.type === "event" ? null : item;
  }
  return found.map((thing) => (thing.type === "events" ? sameEvents(thing) : thing));
}

// The press that gives a score: the rating itself is told.
const isScore = ({ kind, fact }) => kind === "choice.taken" && fact.value.startsWith("rating:");

// Events that stand together are one object as long as they are the same ones.
const together = new WeakMap();

function sameEvents(thing) {
  const known = together.get(thing.items[0]);
  const same = known?.items.length === thing.items.length;
  if (same && known.items.every((item, at) => item === thing.items[at])) return known;
  together.set(thing.items[0], thing);
  return thing;
}

// A case is opened before its first words are said in it, though the clock shows the same.
function inOrder(timeline) {
  const opened = timeline.findIndex((item) => item.kind === "case.opened");
  const first = opened < 0 ? -1 : timeline.findIndex((item) => item.at === timeline[opened].at);
  return first < 0 ? timeline : timeline.toSpliced(opened, 1).toSpliced(first, 0, timeline[opened]);
}

// The mark is kept on one object per message, so that an unchanged one is not drawn again.
const marked = new WeakMap();

function withMark(item, continues) {
  const known = marked.get(item);
  if (known?.continues === continues) return known;
  const made = { ...item, continues };
  marked.set(item, made);
  return made;
}

const follows = (before, item) =>
  before.type === item.type &&
  before.author === item.author &&
  before.agent_id === item.agent_id &&
  before.channel === item.channel &&
  before.identity_id === item.identity_id &&
  Date.parse(item.at) - Date.parse(before.at) < TOGETHER_MS;
