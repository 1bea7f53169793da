// The server's clock, as a page knows it: devices' own may be wrong.

let offset = 0; // server minus device, ms

/** Sets the clock by what a server just said. */
export const setClock = (serverNow: string) => {
  offset = Date.parse(serverNow) - Date.now();
};

/** Milliseconds since the epoch, by the server's clock. */
export const now = () => Date.now() + offset;
