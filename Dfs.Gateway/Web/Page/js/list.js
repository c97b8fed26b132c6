// A list that has as many rows as it likes: only those that are seen, and a few around them, are elements.

const AROUND = 8;

export class VirtualList {
  /**
   * @param {HTMLElement} box scrolls
   * @param {(index: number) => HTMLElement} rowOf makes a row
   * @param {() => number} rowHeight in pixels, all alike
   */
  constructor(box, rowOf, rowHeight) {
    Object.assign(this, { box, rowOf, rowHeight });
    this.count = 0;
    this.rows = new Map();
    this.room = document.createElement('div');
    this.room.className = 'rows';
    this.room.setAttribute('role', 'presentation');
    box.append(this.room);
    this.paint = this.paint.bind(this);
    box.addEventListener('scroll', () => this.soon(), { passive: true });
    this.observer = new ResizeObserver(() => this.refresh());
    this.observer.observe(box);
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** There are more or fewer rows; those that are shown stay what they are. */
  setCount(count) {
    this.count = count;
    this.room.style.height = `${count * this.rowHeight()}px`;
    this.soon();
  }

  /** Everything may be different. */
  refresh() {
    this.rows.forEach((row) => row.remove());
    this.rows.clear();
    this.setCount(this.count);
    this.paint();
  }

  /** This row is different. */
  refreshRow(index) {
    const old = this.rows.get(index);
    if (old) {
      const made = this.make(index);
      old.replaceWith(made);
      this.rows.set(index, made);
    }
  }

  reveal(index) {
    const height = this.rowHeight();
    const { scrollTop, clientHeight } = this.box;
    if (index * height < scrollTop) {
      this.box.scrollTop = index * height;
    } else if ((index + 1) * height > scrollTop + clientHeight) {
      this.box.scrollTop = ((index + 1) * height) - clientHeight;
    }
    this.paint();
  }

  /** How many rows are seen at once. */
  get page() {
    return Math.max(1, Math.floor(this.box.clientHeight / this.rowHeight()) - 1);
  }

  /** The row behind the last one that is seen. */
  get seenEnd() {
    return Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.rowHeight());
  }

  soon() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(this.paint);
  }

  paint() {
    const height = this.rowHeight();
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - AROUND);
    const end = Math.min(this.count, this.seenEnd + AROUND);
    for (const [index, row] of this.rows) {
      if (index < first || index >= end) {
        row.remove();
        this.rows.delete(index);
      }
    }
    const made = document.createDocumentFragment();
    for (let index = first; index < end; index += 1) {
      if (!this.rows.has(index)) {
        const row = this.make(index);
        this.rows.set(index, row);
        made.append(row);
      }
    }
    this.room.append(made);
    this.onPaint?.();
  }

  make(index) {
    const row = this.rowOf(index);
    row.style.transform = `translateY(${index * this.rowHeight()}px)`;
    return row;
  }
}
