/** Limits how many tasks run at the same time. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}

/** Prepares up to `depth` items before they are taken, in order. */
export class Prefetcher<Item, Ready> {
  private next = 0;
  private readonly started: Promise<Ready>[] = [];

  constructor(
    private readonly items: readonly Item[],
    private readonly prepare: (item: Item) => Promise<Ready>,
    private readonly depth: number,
  ) {}

  /** Undefined after the last item. */
  take(): Promise<Ready> | undefined {
    const index = this.next++;
    const end = Math.min(this.items.length, index + 1 + this.depth);
    for (const item of this.items.slice(this.started.length, end)) {
      const ready = this.prepare(item);
      // After a failure no one takes the item: its rejection must not be unhandled.
      ready.catch(() => undefined);
      this.started.push(ready);
    }
    return this.started[index];
  }
}

/** A queue whose readers wait for items and whose writer can wait for room. */
export class AsyncQueue<Item> {
  private readonly items: Item[] = [];
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  push(item: Item): void {
    this.items.push(item);
    this.wake();
  }

  /** No more items are pushed. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  /** Does not wait. */
  shift(): Item | undefined {
    const item = this.items.shift();
    if (item !== undefined) this.wake();
    return item;
  }

  /** Waits for an item; undefined once the queue is closed and empty. */
  async next(): Promise<Item | undefined> {
    while (this.items.length === 0 && !this.closed) await this.change();
    return this.shift();
  }

  /** Waits until the queue has fewer than `limit` items. */
  async roomFor(limit: number): Promise<void> {
    while (this.items.length >= limit) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
