// When an answer can be expected, in words: only what the desk knows.

/** Return the sentence, or undefined where nothing is known. */
export function expected({ outlook, reply_hint: hint }, words, lang) {
  if (!outlook || !words.closed) return undefined;
  const { is_open: open, opens_at: at, ahead, reply_s: seconds } = outlook;
  if (!open) return at ? filled(words.closedUntil, whenOf(at, lang)) : words.closed;
  if (ahead === 0) return words.next;
  if (ahead) return ahead === 1 ? words.aheadOne : filled(words.ahead, ahead);
  return hint || (seconds ? filled(words.usual, lengthOf(seconds, lang)) : undefined);
}

export function filled(text, value) {
  return text.replace(/\{\w+\}/, value);
}

/** Return a moment as its reader's clock has it; with its date from a week on. */
function whenOf(at, lang) {
  const date = new Date(at);
  const time = { hour: "numeric", minute: "2-digit" };
  const days = (date - Date.now()) / 86_400_000;
  if (date.toDateString() === new Date().toDateString()) return date.toLocaleTimeString(lang, time);
  const day = days < 6 ? { weekday: "long" } : { day: "numeric", month: "long" };
  return date.toLocaleString(lang, { ...day, ...time });
}

/** Return a length of time, rounded up to what people say. */
function lengthOf(seconds, lang) {
  const minutes = Math.ceil(seconds / 60);
  const step = minutes > 10 ? 5 : 1;
  const [value, unit] =
    minutes <= 55 ? [Math.ceil(minutes / step) * step, "minute"] : [Math.ceil(minutes / 60), "hour"];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(value);
}
