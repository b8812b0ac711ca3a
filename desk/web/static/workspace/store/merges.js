// Cases merged into one and split in two; each is undone by its opposite.

import { t } from "../../core/words.js";
import { tell } from "../view/toast.js";
import { ask } from "./ask.js";
import * as cases from "./cases.js";
import { goToCase } from "./place.js";
import { touch } from "./refresh.js";

async function done(row, what, body, words, undo) {
  try {
    const other = await ask("POST", `cases/${row.number}/${what}`, body);
    touch(row.id);
    touch(other.id);
    cases.refresh(row.number);
    cases.refresh(other.number);
    goToCase(other.number);
    tell(words(other), { undo: undo ? () => undo(other) : null });
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
}

export const split = (row, messageId) =>
  done(
    row,
    "split",
    { message_id: messageId },
    (fresh) => t("#{number} is a case of its own", { number: fresh.number }),
    (fresh) => merge(fresh, row.number, { quiet: true }),
  );

export const merge = (row, into, { quiet = false } = {}) =>
  done(
    row,
    "merge",
    { into },
    (other) => t("#{from} goes on as #{into}", { from: row.number, into: other.number }),
    quiet ? null : () => unmerge(row),
  );

export const unmerge = (row) =>
  done(
    row,
    "unmerge",
    undefined,
    (back) => t("#{number} is a case of its own again", { number: back.number }),
    null,
  );
