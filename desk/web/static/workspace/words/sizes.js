// Bytes in words.

import { t } from "../../core/words.js";

export function bytes(n) {
  if (n < 1000) return t("{n} bytes", { n });
  if (n < 999_500) return t("{n} kB", { n: Math.round(n / 1000) });
  return t("{n} MB", { n: (n / 1e6).toFixed(1) });
}
