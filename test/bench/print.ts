export function print(what: string, figures: string): void {
  console.log(`${what.padEnd(52)}${figures}`);
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
