/** Keys of the view that is open; they go before those of the page, and the help lists them. */

export interface Key {
  key: string; // as the event names it
  shown?: string;
  what: string;
  act: () => void;
}

class ViewKeys {
  list = $state.raw<Key[]>([]);

  /** These are the keys until the answer is called. */
  set(keys: Key[]): () => void {
    this.list = keys;
    return () => {
      if (this.list === keys) this.list = [];
    };
  }

  pressed(key: string): (() => void) | undefined {
    return this.list.find((one) => one.key === key)?.act;
  }
}

export const viewKeys = new ViewKeys();
