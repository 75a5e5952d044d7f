/** Calls back when the element's box changes or the page is zoomed, which changes the device pixel ratio, sometimes without a change of the box. */
export function onResize(element: Element, callback: () => void): () => void {
  const observer = new ResizeObserver(callback);
  observer.observe(element);
  window.addEventListener('resize', callback);
  return () => {
    observer.disconnect();
    window.removeEventListener('resize', callback);
  };
}
