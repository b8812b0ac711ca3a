// The desk's time, ticking each second while somebody looks.

import { signal } from "../../core/signal.js";
import { skewMs } from "./furniture.js";

export const now = signal(Date.now() + skewMs);
export const tick = () => now.set(Date.now() + skewMs);

setInterval(() => document.hidden || tick(), 1000);
addEventListener("visibilitychange", () => document.hidden || tick());
