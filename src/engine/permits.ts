/** Lets only so many tasks run at a time. */
export class Permits {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async use<T>(task: () => Promise<T>): Promise<T> {
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

/** Items made ready before they are asked for, in order and only a few at a time. */
export class Ahead<Item, Ready> {
  private next = 0;
  private readonly started: Promise<Ready>[] = [];

  constructor(
    private readonly items: readonly Item[],
    private readonly prepare: (item: Item) => Promise<Ready>,
    private readonly depth: number,
  ) {}

  /** The next item's preparation; undefined after the last one. */
  take(): Promise<Ready> | undefined {
    const index = this.next++;
    const end = Math.min(this.items.length, index + 1 + this.depth);
    for (const item of this.items.slice(this.started.length, end)) {
      const ready = this.prepare(item);
      // Who takes it hears of a failure; a job that ended before does not care.
      ready.catch(() => undefined);
      this.started.push(ready);
    }
    return this.started[index];
  }
}

/** Items handed from one loop to others; `next` waits while there are none. */
export class HandOver<Item> {
  private readonly items: Item[] = [];
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  push(item: Item): void {
    this.items.push(item);
    this.wake();
  }

  /** No more items come. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  /** Without waiting. */
  poll(): Item | undefined {
    return this.shift();
  }

  /** Waits until fewer than `limit` items lie here. */
  async roomFor(limit: number): Promise<void> {
    while (this.items.length >= limit) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Undefined when closed and empty. */
  async next(): Promise<Item | undefined> {
    while (this.items.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return this.shift();
  }

  private shift(): Item | undefined {
    const item = this.items.shift();
    if (item !== undefined) this.wake();
    return item;
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
