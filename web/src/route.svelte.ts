/** Which view the address names: #/now, #/junction/ID, #/replay?from=…, ... Every view can be shared by its address. */

export type View = "now" | "junction" | "corridor" | "signals" | "replay" | "whatif" | "data" | "health" | "admin" | "public";
const VIEWS: readonly View[] = ["now", "junction", "corridor", "signals", "replay", "whatif", "data", "health", "admin", "public"];

export function parse(hash: string): { view: View; id: string; query: string } {
  const [path = "", query = ""] = hash.split("?");
  const [, view = "", id = ""] = path.split("/");
  const known = VIEWS.find((one) => one === view) ?? "now";
  try {
    return { view: known, id: decodeURIComponent(id), query };
  } catch {
    return { view: known, id: "", query };
  }
}

class Route {
  private at = $state.raw(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.at = parse(location.hash)));
  }

  get view(): View {
    return this.at.view;
  }

  get id(): string {
    return this.at.id;
  }

  /** What stands behind the ? of the address. */
  get query(): URLSearchParams {
    return new URLSearchParams(this.at.query);
  }
}

export const route = new Route();

export function go(view: View, id = ""): void {
  location.hash = id ? `#/${view}/${encodeURIComponent(id)}` : `#/${view}`;
}

/** Says in the address how a view stands, without leaving it. */
export function tell(view: View, id: string, query: Record<string, string>): void {
  const said = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  history.replaceState(null, "", `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}${said ? `?${said}` : ""}`);
}
