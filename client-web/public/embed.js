/*
 * Shows an application of a Vdi server inside another page:
 *
 *   <script src="https://vdi.example/embed.js"></script>
 *   <div id="place"></div>
 *
 *   const shown = Vdi.open(document.getElementById('place'), 'https://vdi.example/app/writer#SECRET', {
 *     arguments: { document: '42' },            // for parameters of the application
 *     onState: (state) => {},                   // 'opening', 'waiting', 'connected', 'reconnecting' or 'ended'
 *     onTitle: (title) => {},                   // what the application's window is called now
 *     onEnded: (reason) => {},                  // why it is not shown any more; see below
 *   });
 *   shown.close();                              // ends the application and takes the frame away
 *   shown.frame;                                // the <iframe>; it fills `place`, and follows its size
 *
 * The address is that of a link, which somebody who administers the server made. The application must name the origin of the
 * embedding page among those that may embed it; else the frame shows nothing. The embedding page's content security policy needs
 * the server's origin in `script-src` and `frame-src`, and nothing else: no inline scripts or styles.
 *
 * Frame and page speak by postMessage. Each message is an object with `vdi: 1`, and each side takes messages only from the other
 * one's window and origin:
 *
 *   from the frame   { vdi: 1, type: 'state', state }      as with onState
 *                    { vdi: 1, type: 'title', title }      as with onTitle
 *                    { vdi: 1, type: 'ended', reason }     as with onEnded
 *   to the frame     { vdi: 1, type: 'close' }             ends the application, and is answered with 'ended', reason 'closed'
 *
 * Reasons: 'closed' (by close(), or by the controls over the application), 'app-closed' (its last window was closed), 'app-failed',
 * 'idle', 'taken-over', 'unreachable', 'ended' and others of a session; where the link was not opened at all 'link-unknown',
 * 'link-expired', 'link-used-up', 'link-revoked', 'link-origin', 'app-closed-now', 'no-capacity', 'bad-arguments', 'unreachable' or
 * 'other'. The frame goes on to show what happened and how to open the application again, until it is closed or taken away; where it is
 * opened again, states follow anew.
 */
(function () {
  'use strict';

  /** A frame that does not answer to 'close' by then is taken away all the same. */
  var patienceMs = 2000;

  function open(element, url, options) {
    var wishes = options || {};
    var address = new URL(url, document.baseURI);
    var given = wishes.arguments || {};
    Object.keys(given).forEach(function (name) { address.searchParams.set(name, String(given[name])); });

    var frame = document.createElement('iframe');
    frame.title = wishes.title || 'Vdi';
    // The frame learns by it who embeds it, where the browser does not say so otherwise; it gets the origin, and no path.
    frame.referrerPolicy = 'origin';
    frame.allow = 'clipboard-read; clipboard-write; fullscreen; keyboard-map';
    frame.style.width = '100%';
    frame.style.height = '100%';
    frame.style.border = '0';
    frame.style.display = 'block';

    var timer;
    var gone = false;

    function hear(event) {
      if (event.source !== frame.contentWindow || event.origin !== address.origin) return;
      var data = event.data;
      if (typeof data !== 'object' || data === null || data.vdi !== 1) return;
      if (data.type === 'state' && typeof data.state === 'string' && wishes.onState) wishes.onState(data.state);
      if (data.type === 'title' && typeof data.title === 'string' && wishes.onTitle) wishes.onTitle(data.title);
      if (data.type === 'ended' && typeof data.reason === 'string') {
        if (timer !== undefined) remove();
        if (wishes.onEnded) wishes.onEnded(data.reason);
      }
    }

    function remove() {
      if (gone) return;
      gone = true;
      clearTimeout(timer);
      window.removeEventListener('message', hear);
      frame.remove();
    }

    function close() {
      if (gone || timer !== undefined) return;
      timer = setTimeout(remove, patienceMs);
      if (frame.contentWindow) frame.contentWindow.postMessage({ vdi: 1, type: 'close' }, address.origin);
    }

    window.addEventListener('message', hear);
    frame.src = address.href;
    element.append(frame);
    return { close: close, frame: frame };
  }

  window.Vdi = Object.freeze({ open: open });
})();
