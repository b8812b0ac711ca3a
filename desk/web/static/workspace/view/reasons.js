// "Why me?": the stored routing decisions of a case, with everyone who was considered.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import { queueName } from "../store/furniture.js";
import { exact } from "../words/time.js";
import { dialog } from "./dialog.js";
import { tell } from "./toast.js";

const TRIGGERS = {
  arrival: () => t("when it came"),
  moved: () => t("when it was moved"),
  backlog: () => t("when somebody had room"),
  sweep: () => t("at a regular look"),
  next: () => t("when somebody asked for the next case"),
};

export async function showReasons(row) {
  try {
    const decisions = await ask("GET", `cases/${row.number}/routing`);
    const none = t("Routing never decided about this case: somebody took it, or the bot has it.");
    const shown = decisions.length ? decisions.map(decision) : h("p", {}, none);
    dialog(
      t("Why #{number} is where it is", { number: row.number }),
      h("div", { class: "reasons" }, shown),
    );
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
}

function decision(one) {
  const queue = queueName(one.queue_id);
  const when = TRIGGERS[one.trigger]?.() ?? one.trigger;
  return h(
    "section",
    {},
    h("h3", {}, one.sentence),
    h("p", { class: "meta" }, [exact(one.at), queue, when].filter(Boolean).join(" · ")),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [t("Agent"), t("Load"), t("Score"), t("Why")].map((name) =>
            h("th", { scope: "col" }, name),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        one.candidates.map((who) => candidate(who, one.agent_id)),
      ),
    ),
  );
}

function candidate(who, chosen) {
  return h(
    "tr",
    { class: who.agent_id === chosen ? "chosen" : "" },
    h("th", { scope: "row" }, who.name),
    h("td", {}, t("{load} of {capacity}", { load: who.load, capacity: who.capacity })),
    h("td", {}, who.score === null ? "–" : who.score.toFixed(2)),
    h("td", {}, who.reason),
  );
}
