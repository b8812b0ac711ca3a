// What an agent changes of a message that was sent: its words, whether it stands, emoji on it.

import { tell } from "../view/toast.js";
import { ask } from "./ask.js";
import * as cases from "./cases.js";

async function change(row, method, path, body) {
  try {
    await ask(method, path, body);
    return true;
  } catch (refused) {
    tell(refused.message, { bad: true });
    return false;
  } finally {
    cases.refresh(row.number);
  }
}

export const edit = (row, { id }, text) => change(row, "PUT", `messages/${id}/text`, { text });

export const takeBack = (row, { id }) => change(row, "DELETE", `messages/${id}`);

export const react = (row, { id }, emoji, on) =>
  change(row, "PUT", `messages/${id}/reaction`, { emoji, on });
