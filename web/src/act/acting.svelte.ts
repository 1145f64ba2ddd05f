/** How signals are steered and what people have done: asked for while a view shows it, and the one way to act. */

import { live } from "../live/store.svelte";
import { call, Refusal } from "./api";
import { canUndo, holds, type Action, type Mode, type Role, type Steered, type SteeringPage, type Wish } from "./kinds";

const EVERY_MS = 2000;
const ACTIONS_SHOWN = 100;
export type Access = "asking" | "open" | "denied" | "none" | "down";

class Acting {
  signals = $state.raw<Map<string, Steered>>(new Map());
  about = $state.raw<Omit<SteeringPage, "signals"> | null>(null);
  actions = $state.raw<Action[]>([]);
  access = $state<Access>("asking"); // none: nobody steers here
  wish = $state.raw<Wish | null>(null); // that the dialog asks about
  done = $state.raw<Action | null>(null); // the newest of this page, to be taken back
  private lastMs = 0;

  get role(): Role {
    return live.session.role;
  }

  may(least: Role): boolean {
    return holds(this.role, least);
  }

  /** Ask again and again, for one signal or for all; the answer ends it. */
  watch(row: number | null): () => void {
    let ended = false;
    const look = (): void => {
      if (!ended) void this.look(row);
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }

  private async look(row: number | null): Promise<void> {
    const began = performance.now();
    try {
      const range = row === null ? "limit=100000" : `limit=1&offset=${row}`;
      const [{ signals, ...about }, { actions }] = await Promise.all([
        call<SteeringPage>("GET", `steering?${range}`),
        call<{ actions: Action[] }>("GET", `actions?limit=${ACTIONS_SHOWN}`),
      ]);
      if (began < this.lastMs) return; // something was done meanwhile
      const kept = row === null ? [] : this.signals;
      this.signals = new Map([...kept, ...signals.map((one): [string, Steered] => [one.signal, one])]);
      [this.about, this.actions, this.access] = [about, actions, "open"];
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 0;
      this.access = status === 404 ? "none" : status === 401 || status === 403 ? "denied" : "down";
    }
  }

  /** What it would change; nothing happens. Throws Refusal. */
  async preview(wish: Wish): Promise<Action> {
    if (!wish.undoes) return this.ask(wish, "?", true);
    const changes = wish.undoes.changes.map(({ signal, before, after }) => ({ signal, before: after, after: before }));
    return { ...wish.undoes, number: 0, state: "preview", undoes: wish.undoes.number, changes };
  }

  /** Do it. Throws Refusal. */
  async carryOut(wish: Wish, why: string, seen: Action): Promise<void> {
    const done = wish.undoes ? await call<Action>("POST", `actions/${wish.undoes.number}/undo`, { why }) : await this.ask(wish, why, false, seen);
    this.lastMs = performance.now();
    this.done = done;
    const others = this.actions.filter(({ number }) => number !== done.number); // the list may have been asked for meanwhile
    this.actions = [done, ...others.map((one) => (one.number === done.undoes ? { ...one, undone_by: done.number } : one))];
    this.enter(done);
  }

  private ask({ kind, signals, mode, plan }: Wish, why: string, preview: boolean, seen?: Action): Promise<Action> {
    const stages = seen && (kind === "apply" || kind === "decline") ? { stages: seen.changes.map(({ after }) => after) } : {};
    return call<Action>("POST", "actions", { kind, signals, why, preview, ...stages, ...(mode ? { mode } : {}), ...(kind === "plan" ? { plan } : {}) });
  }

  /** The rows as they are now, before the server is asked again. */
  private enter(done: Action): void {
    if (done.kind !== "mode") return;
    const next = new Map(this.signals);
    for (const { signal, after } of done.changes) {
      const row = next.get(signal);
      if (row) next.set(signal, { ...row, mode: after as Mode });
    }
    this.signals = next;
  }

  /** The newest action of this page that can be taken back. */
  get undoable(): Action | null {
    const done = this.done && (this.actions.find(({ number }) => number === this.done!.number) ?? this.done);
    return done && canUndo(done) ? done : null;
  }

  undo(action: Action): void {
    this.wish = { kind: action.kind, signals: action.changes.map(({ signal }) => signal), undoes: action };
  }
}

export const acting = new Acting();
