// One more line of the transcript: something said, or what became of something said before.
export function applied(lines, { t, of, id, seq, at, ...changed }) {
  if (!of) return [...lines, { t, id, seq, at, ...changed }];
  const change = { gone: goneNow, react: reacted }[t] ?? edited;
  return lines.map((line) => (line.id === of ? { ...line, ...change(line, changed), version: seq } : line));
}

const goneNow = () => ({ gone: true, choices: [], files: [] });
const edited = (_, { cid, ...changed }) => ({ ...changed, edited: true });

// Ours come as they stand from now on, the visitor's one by one.
function reacted({ mine = [] }, { me, emoji, on }) {
  if (!me) return { ours: emoji };
  const rest = mine.filter((one) => one !== emoji);
  return { mine: on ? [...rest, emoji] : rest };
}
