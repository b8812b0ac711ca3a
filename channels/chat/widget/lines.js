// One more line of the transcript: something said, or what became of something said before.
export function applied(lines, { t, of, id, seq, at, ...changed }) {
  if (!of) return [...lines, { t, id, seq, at, ...changed }];
  const now = t === "gone" ? { gone: true, choices: [], files: [] } : { ...changed, edited: true };
  return lines.map((line) => (line.id === of ? { ...line, ...now, version: seq } : line));
}
