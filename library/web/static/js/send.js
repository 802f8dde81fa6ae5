// fetch() for our own pages: the CSRF token, JSON both ways, and errors as words.
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || "Không nối được với máy chủ. Kiểm tra mạng rồi thử lại.");
    this.status = status;
    this.code = body?.code || "";
    this.reasons = body?.reasons || [];
  }
}

// POSTs `data` as JSON; returns the answer's JSON. Throws Problem with a sentence for people.
export async function send(url, data = {}, headers = {}) {
  const token = document.querySelector('input[name="csrf_token"]')?.value || "";
  let reply;
  try {
    reply = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token, ...headers },
      body: JSON.stringify(data),
    });
  } catch {
    throw new Problem(0, null);
  }
  const body = await reply.json().catch(() => null);
  if (!reply.ok) throw new Problem(reply.status, body);
  return body;
}
