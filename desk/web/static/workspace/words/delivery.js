// Where a message of ours stands, in words: never more than the channel can know.

import { t } from "../../core/words.js";
import { clockTime } from "./time.js";

const STATES = {
  queued: () => t("Queued"),
  sending: () => t("Sending"),
  accepted: () => t("Sent"),
  delivered: () => t("Delivered"),
  read: () => t("Read"),
  failed: () => t("Not delivered"),
  uncertain: () => t("Uncertain"),
};

// {text, tone, why, again: the deliveries that may be sent again}
export function deliveryWords({ state, deliveries }) {
  const bad = deliveries.filter((one) => one.state === "failed" || one.state === "uncertain");
  const again = bad.map((one) => one.id);
  const text = STATES[state]?.() ?? state;
  if (state === "failed") return { text, tone: "bad", why: bad[0]?.reason ?? "", again };
  if (state === "uncertain") return { text, tone: "warn", why: uncertainty(bad[0]), again };
  const late = deliveries.find((one) => one.retry_at);
  const slow = deliveries.find((one) => one.state === "accepted" && one.reason);
  if (slow) return { text: t("Not yet delivered"), tone: "warn", why: slow.reason, again: [] };
  if (state !== "queued" || !late) return { text, tone: "", why: "", again: [] };
  const why = t("{reason} Tried again at {time}.", {
    reason: late.reason,
    time: clockTime(late.retry_at),
  });
  return { text, tone: "warn", why, again: [] };
}

function uncertainty(delivery) {
  const plain = t("It may have arrived all the same. Sending it again may show it twice.");
  return delivery?.reason ? `${delivery.reason} ${plain}` : plain;
}
