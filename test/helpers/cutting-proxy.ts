import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between client and server, and cuts a connection in the middle of what is being said. */
export interface CuttingProxy {
  readonly port: number;
  /** Connections that were cut on purpose. */
  readonly cuts: number;
  /** The next bytes in that direction are passed on up to `after` of them; then both ends are gone. Once. */
  cutAfter(direction: Direction, after: number): void;
  close(): void;
}

/** To the client or to the server. */
export type Direction = "down" | "up";

export async function startCuttingProxy(serverUrl: string): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let plan: { readonly direction: Direction; left: number } | undefined;
  let cuts = 0;

  const pass = (direction: Direction, from: Socket, to: Socket): void => {
    from.on("data", (bytes: Buffer) => {
      if (plan?.direction !== direction || bytes.length <= plan.left) {
        if (plan?.direction === direction) plan.left -= bytes.length;
        to.write(bytes);
        return;
      }
      const last = bytes.subarray(0, plan.left);
      plan = undefined;
      cuts += 1;
      from.destroy();
      // What was said before the cut arrives.
      to.end(last);
    });
  };
  const listener = createServer((client) => {
    const server = connect(Number(new URL(serverUrl).port), "127.0.0.1");
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.end();
      });
    }
    pass("up", client, server);
    pass("down", server, client);
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    cutAfter: (direction, after) => {
      plan = { direction, left: after };
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}
