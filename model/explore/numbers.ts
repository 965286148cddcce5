/** A list of 32-bit numbers that grows. */
export class Numbers {
  count = 0;
  private held = new Int32Array(1_024);

  push(number: number): void {
    if (this.count === this.held.length) {
      const { held } = this;
      this.held = new Int32Array(2 * held.length);
      this.held.set(held);
    }
    this.held[this.count] = number;
    this.count += 1;
  }

  /** What was pushed so far; not a copy. */
  toArray(): Int32Array {
    return this.held.subarray(0, this.count);
  }
}
