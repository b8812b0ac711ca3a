// Files: uploaded with progress, fetched by an address that works for ten minutes.

/** Upload one file; `progress` gets 0 to 1. Resolves to {id, name, mime, size}. */
export function upload(chat, file, progress) {
  const form = new FormData();
  form.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", `${chat.base}/files`);
  request.setRequestHeader("Authorization", `Bearer ${chat.token}`);
  request.responseType = "json";
  request.upload.onprogress = (event) => progress(event.loaded / (event.total || 1));
  return new Promise((resolve, reject) => {
    request.onload = () => {
      if (request.status === 201) resolve(request.response);
      else reject(new Error(request.response?.error));
    };
    request.onerror = () => reject(new Error());
    request.send(form);
  });
}

/** Download a file of the conversation. */
export async function download(chat, file) {
  const headers = { Authorization: `Bearer ${chat.token}` };
  const response = await fetch(`${chat.base}/files/${encodeURIComponent(file.id)}/link`, { headers });
  if (!response.ok) return;
  save((await response.json()).url, file.name);
}

/** Let the browser keep what is at `href` as a file. */
export function save(href, name) {
  const link = document.createElement("a");
  Object.assign(link, { href, download: name });
  link.click();
}
