/** Asking the server to change something, and what it says when it will not. */

const HEADERS = { "Content-Type": "application/json", "X-Requested-With": "citybrain" };

/** The server's no; status 0 = there was no answer. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The answer of a route below /api/v1. Throws Refusal. */
export async function call<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method,
      headers: method === "GET" ? { Accept: "application/json" } : HEADERS,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new Refusal(0, String(error));
  }
  const told = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  if (!answer.ok) throw new Refusal(answer.status, told?.error?.message ?? "");
  return told as T;
}
