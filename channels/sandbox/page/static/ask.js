// Asking the server to let a phone's owner do something.

/** Do `action` on a phone. Throws an Error with a sentence when it could not be done. */
export async function ask(phone, action, asked) {
  await post(`/phones/${phone}/${action}`, JSON.stringify(asked), "application/json");
}

/** Send a file from a phone. Throws an Error with a sentence. */
export async function sendFile(phone, file) {
  const address = `/phones/${phone}/file?name=${encodeURIComponent(file.name)}`;
  await post(address, file, file.type || "application/octet-stream");
}

/** Return where a file on a phone's screen can be had. */
export function fileAddress(phone, id) {
  return `/phones/${phone}/file?id=${encodeURIComponent(id)}`;
}

async function post(address, body, type) {
  let answer;
  try {
    answer = await fetch(address, { method: "POST", body, headers: { "Content-Type": type } });
  } catch {
    throw new Error("The demo does not answer. It may have been stopped.");
  }
  if (answer.ok) return;
  const { error } = await answer.json().catch(() => ({}));
  throw new Error(error ?? "That could not be sent.");
}
