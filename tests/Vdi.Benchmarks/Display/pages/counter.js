// Counts the pictures of the film (its number is in bars that studio.html draws and Film.cs reads) that are on the canvas in an animation frame:
// what somebody in front of it can have seen.
([left, top]) => {
  const canvas = document.querySelector('[data-testid=screen] canvas'), cells = 32, cell = 8;
  const strip = new OffscreenCanvas(cells, 1).getContext('2d', { willReadFrequently: true });
  let shown, count = 0, done = false;
  const look = () => {
    strip.drawImage(canvas, left + cell, top + cell, cells * cell, cell, 0, 0, cells, 1);
    const { data } = strip.getImageData(0, 0, cells, 1);
    let bits = 0;
    for (let bit = 0; bit < cells; bit++) if (data[bit * 4 + 1] > 128) bits |= 1 << bit;
    const number = bits & 0xffff, complement = bits >>> 16;
    if ((number ^ complement) === 0xffff && number !== shown) {
      shown = number;
      count++;
    }
    if (!done) requestAnimationFrame(look);
  };
  window.counted = () => {
    done = true;
    return count;
  };
  requestAnimationFrame(look);
}
