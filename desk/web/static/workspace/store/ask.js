// Questions to the desk's API. What goes wrong is a Refused, with a sentence for the agent.

import { signal } from "../../core/signal.js";
import { t } from "../../core/words.js";

export const signedOut = signal(false);

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status; // 0: the desk was not reached
  }
}

// Return the answer of `METHOD /api/v1/…` as JSON; null for an empty one. Throws Refused.
export async function ask(method, path, body) {
  const form = body instanceof FormData;
  const json = body !== undefined && !form;
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      headers: json ? { "Content-Type": "application/json" } : {},
      body: json ? JSON.stringify(body) : body,
    });
  } catch {
    throw new Refused(0, t("The desk cannot be reached."));
  }
  if (response.status === 204) return null;
  const said = await response.json().catch(() => null);
  if (response.ok) return said;
  if (response.status === 401 && path !== "session") signedOut.set(true);
  throw new Refused(response.status, said?.detail ?? t("The desk could not answer."));
}
