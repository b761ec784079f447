/** The host's network through node:net and node:dgram, which are loaded when they are first needed. */
import type * as Dgram from "node:dgram";
import type * as Net from "node:net";
import type { HostAddress, HostConnection, HostConnectionEvents, HostDatagrams, HostListener, HostNet } from "@tsemu/hw";
import { nodeInterfaces } from "./interfaces.ts";

const net = (): typeof Net => process.getBuiltinModule("node:net");
const dgram = (): typeof Dgram => process.getBuiltinModule("node:dgram");

const codeOf = (error: unknown): string => (error as { readonly code?: string }).code ?? "EIO";

/** Connections that may still have something to send. */
const open = new Set<NodeConnection>();

class NodeConnection implements HostConnection {
  readonly #socket: Net.Socket;

  constructor(socket: Net.Socket) {
    this.#socket = socket;
    open.add(this);
    socket.on("close", () => open.delete(this));
    socket.pause();
  }

  tell(events: HostConnectionEvents): void {
    const socket = this.#socket;
    socket.on("connect", () => events.connected());
    socket.on("data", (bytes: Buffer) => events.data(bytes));
    socket.on("end", () => events.ended());
    socket.on("drain", () => events.drained());
    socket.on("error", (error) => events.failed(codeOf(error)));
  }

  get local(): HostAddress | undefined {
    const { localAddress: host, localPort: port } = this.#socket;
    return host === undefined || port === undefined ? undefined : { host, port };
  }
  get remote(): HostAddress | undefined {
    const { remoteAddress: host, remotePort: port } = this.#socket;
    return host === undefined || port === undefined ? undefined : { host, port };
  }
  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }
  setReading(on: boolean): void {
    if (on) this.#socket.resume();
    else this.#socket.pause();
  }
  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on);
  }
  end(): void {
    this.#socket.end();
  }
  close(): void {
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.destroySoon();
  }
  /** When nothing is left to be sent. */
  flushed(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      for (const event of ["drain", "close", "finish", "error"]) socket.once(event, () => resolve());
    });
  }
}

const address = ({ address: host, port }: { readonly address: string; readonly port: number }): HostAddress => ({ host, port });

/** Sockets with datagrams that were sent and have not left: Node sends them later, and drops them where the socket is closed before. */
const sending = new Set<NodeDatagrams>();

class NodeDatagrams implements HostDatagrams {
  readonly #socket: Dgram.Socket;
  /** Datagrams on their way to the host. */
  #underway = 0;
  #closed = false;
  constructor(socket: Dgram.Socket) {
    this.#socket = socket;
  }
  get local(): HostAddress {
    return address(this.#socket.address());
  }
  send(bytes: Uint8Array, to: HostAddress | undefined): void {
    this.#underway++;
    sending.add(this);
    const sent = (error: Error | null): void => {
      if (error !== null) this.#socket.emit("error", error);
      if (--this.#underway > 0) return;
      sending.delete(this);
      this.#socket.emit("flushed");
      if (this.#closed) this.#socket.close();
    };
    if (to === undefined) this.#socket.send(bytes, sent);
    else this.#socket.send(bytes, to.port, to.host, sent);
  }
  flushed(): Promise<void> {
    return new Promise((resolve) => void this.#socket.once("flushed", resolve));
  }
  connect(to: HostAddress | undefined): Promise<void> {
    const socket = this.#socket;
    try {
      socket.disconnect();
    } catch {
      // It was not connected.
    }
    if (to === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => socket.connect(to.port, to.host, (error?: Error) => (error ? reject(error) : resolve())));
  }
  setBroadcast(on: boolean): void {
    this.#socket.setBroadcast(on);
  }
  close(): void {
    this.#closed = true;
    if (this.#underway === 0) this.#socket.close();
  }
}

const listenAt = (options: Net.ListenOptions, accept: (connection: HostConnection) => HostConnectionEvents): Promise<Net.Server> =>
  new Promise((resolve, reject) => {
    const server = net().createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      const connection = new NodeConnection(socket);
      connection.tell(accept(connection));
    });
    server.on("error", reject);
    server.listen(options, () => resolve(server));
  });

/** Listens at a path of the host's. */
export const listenAtPath = async (path: string, accept: (connection: HostConnection) => HostConnectionEvents): Promise<() => void> => {
  const server = await listenAt({ path }, accept);
  return () => void server.close();
};

export const nodeNet: HostNet = {
  interfaces: nodeInterfaces,
  connect(to, from, events) {
    const socket = new (net().Socket)({ allowHalfOpen: true });
    const connection = new NodeConnection(socket);
    connection.tell(events);
    socket.connect({ ...to, ...(from === undefined ? {} : { localAddress: from.host, localPort: from.port }) });
    return connection;
  },
  async listen(at, only6, accept): Promise<HostListener> {
    const server = await listenAt({ ...at, ipv6Only: only6 }, accept);
    return { local: address(server.address() as Net.AddressInfo), close: () => void server.close() };
  },
  datagrams: (at, only6, events) =>
    new Promise<HostDatagrams>((resolve, reject) => {
      const socket = dgram().createSocket({ type: at.host.includes(":") ? "udp6" : "udp4", ipv6Only: only6 });
      socket.once("error", reject);
      socket.on("message", (bytes, from) => events.data(bytes, address(from)));
      socket.bind(at.port, at.host, () => {
        socket.off("error", reject);
        socket.on("error", (error) => events.failed(codeOf(error)));
        resolve(new NodeDatagrams(socket));
      });
    }),
  flush: () => Promise.all([...open, ...sending].map((socket) => socket.flushed())).then(() => undefined),
};
