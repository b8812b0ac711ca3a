// Words on screens: the English sentence is the key; a catalogue may hold another language.

let catalogue = {};

export function speak(words) {
  catalogue = words;
}

// t("Resolved #{number}", {number: 1042})
export function t(text, values) {
  const said = catalogue[text] ?? text;
  return values ? said.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "") : said;
}

// plural(2, "{n} new", "{n} new") picks by number; English knows one and other.
export function plural(n, one, other) {
  return t(n === 1 ? one : other, { n });
}
