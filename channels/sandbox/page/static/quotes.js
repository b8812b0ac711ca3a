// A mail's own words apart from those of the mails before it.

const BEGINS = /^(?:>|(?:On|Am|Le|El|Il|Em) .*:$|-{2,} ?Original)/;

/** Return `words` and `quote`: from the first line that quotes to the end. */
export function quoteOf(text) {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => BEGINS.test(line));
  if (at < 1) return { words: text, quote: "" };
  return { words: lines.slice(0, at).join("\n").trim(), quote: lines.slice(at).join("\n").trim() };
}
