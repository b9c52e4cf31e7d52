// How long the frames of a page take.

/** Put into the page: its way to measure. */
export function instruments() {
  /**
   * For each frame, how long the page was busy: a message that it sends itself over and
   * over is late by as much; and how long it took from the frame before. `each` is called
   * once a frame.
   */
  window.measureFrames = (milliseconds, each = () => {}) =>
    new Promise((done) => {
      const [busy, intervals] = [[], []];
      const channel = new MessageChannel();
      const began = performance.now();
      let [turn, frame, late] = [began, began, 0];
      channel.port1.onmessage = () => {
        const now = performance.now();
        if (now - turn > 0.25) late += now - turn;
        turn = now;
        if (now - began < milliseconds) channel.port2.postMessage(0);
        else done({ busy, intervals });
      };
      const next = (now) => {
        intervals.push(now - frame);
        busy.push(late);
        [frame, late] = [now, 0];
        each((performance.now() - began) / milliseconds);
        if (performance.now() - began < milliseconds) requestAnimationFrame(next);
      };
      channel.port2.postMessage(0);
      requestAnimationFrame(next);
    });
}

/** Frame times of a page for so many milliseconds. */
export async function frameTimes(page, milliseconds) {
  await page.evaluate(instruments);
  const { intervals } = await page.evaluate((time) => measureFrames(time), milliseconds);
  // The first frame began before.
  return intervals.slice(1);
}

/** The median, 95 %, the most. */
export function spread(times) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return [at(0.5), at(0.95), sorted.at(-1)];
}

/** The same in words. */
export function told(times) {
  const [median, most, slowest] = spread(times).map((time) => time.toFixed(1));
  return `median ${median} ms, 95 % ${most} ms, slowest ${slowest} ms`;
}
