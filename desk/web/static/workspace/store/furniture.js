// What the page brought along: who I am, colleagues, queues, inboxes, the first list.

import { signal } from "../../core/signal.js";

const brought = JSON.parse(document.getElementById("furniture").textContent);

export const me = signal(brought.me);
export const agents = signal(brought.agents);
export const queues = signal(brought.queues);
export const inboxes = brought.inboxes;
export const copying = brought.copying; // kinds of channel with copies
export const originals = brought.originals; // and those whose messages can be saved as they came
export const amending = brought.amending; // what can be done to what was sent, by kind
export const palette = brought.palette; // emoji that agents put on messages
export const undoSeconds = brought.undo_s; // by kind of channel
export const firstView = brought.view;
export const firstWork = brought.work;
export const firstCounts = brought.counts;
export const skewMs = Date.parse(brought.now) - Date.now(); // our clock against the desk's

export const agentName = (id) => agents().find((one) => one.id === id)?.name ?? "";
export const queueName = (id) => queues().find((one) => one.id === id)?.name ?? "";
