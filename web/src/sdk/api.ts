// The API's client, typed by api/openapi.yaml.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.d";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type API = Client<paths>;

/** What went wrong: a problem of the API's, or that it could not be reached. */
export class Refused extends Error {
  constructor(
    readonly problem: Problem | null,
    readonly retryAfter = 0, // seconds
  ) {
    super(problem?.code ?? "unreachable");
  }
  get code(): string {
    return this.problem?.code ?? "unreachable";
  }
}

/** A client; headers() is asked before each request. */
export function makeAPI(baseUrl: string, headers: () => Promise<Record<string, string>>): API {
  const api = createClient<paths>({ baseUrl });
  api.use({
    async onRequest({ request }) {
      for (const [name, value] of Object.entries(await headers())) request.headers.set(name, value);
      return request;
    },
  });
  return api;
}

/** What a call gives within so many milliseconds; Refused "unreachable" when that is too little. */
export async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Refused(null)), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The data of a reply, or Refused. */
export async function reply<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let got: { data?: T; error?: unknown; response: Response };
  try {
    got = await call;
  } catch (e) {
    if (e instanceof Refused) throw e;
    throw new Refused(null);
  }
  if (!got.response.ok) throw new Refused((got.error as Problem) ?? null, Number(got.response.headers.get("Retry-After") ?? 0));
  return got.data as T;
}
