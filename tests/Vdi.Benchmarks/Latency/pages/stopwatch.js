// Runs in every measured page before any script of its own, the same for each product.
//
// A sample begins in a capturing listener on the window, before the product's own listener, and ends in the first animation frame in which
// the canvas, drawn into a canvas of one pixel, gives another colour there than before the key. This looks at what is on the canvas and not at
// what a product says of itself, works for a canvas that a worker paints as for one that the page paints, and costs one pixel a frame; a
// tighter loop would take the thread on which one product decodes and the other does not. A frame is 16.7 ms, so both products' figures
// are later than the pixels by 0 to 16.7 ms.
//
// 'arrived' is when the last message came on a WebSocket before the changed pixel was seen: until then it is server and guest, from then on page.
(() => {
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  pixel.canvas.width = pixel.canvas.height = 1;
  let pressed, arrived, result;

  addEventListener('keydown', () => { pressed ??= performance.now(); }, true);
  window.WebSocket = new Proxy(WebSocket, {
    construct(target, rest) {
      const socket = new target(...rest);
      socket.addEventListener('message', () => { arrived = performance.now(); });
      return socket;
    },
  });

  const colour = (canvas) => {
    pixel.drawImage(canvas, 8, 8, 1, 1, 0, 0, 1, 1);
    const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
    return (red << 16) | (green << 8) | blue;
  };

  window.stopwatch = {
    // To be called before the key.
    arm(selector, patience) {
      const canvas = document.querySelector(selector), before = colour(canvas), until = performance.now() + patience;
      pressed = arrived = undefined;
      result = new Promise((done) => {
        const look = () => {
          if (pressed !== undefined && colour(canvas) !== before) done([performance.now() - pressed, arrived - pressed]);
          else if (performance.now() > until) done(null);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      });
    },
    // Milliseconds from the key until [the pixel, the last message]; null where there was no change.
    read: () => result,
  };
})();
