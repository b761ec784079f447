/**
 * The host's network as user mode sees it: TCP connections and UDP sockets. Hosts are numeric addresses of IPv4 or IPv6. Failures are
 * given by the name of an error number of POSIX: "ECONNREFUSED".
 */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** What a connection tells whoever has it. */
export interface HostConnectionEvents {
  connected(): void;
  data(bytes: Uint8Array): void;
  /** The other side sends no more. */
  ended(): void;
  /** There is room again, after a write that returned false. */
  drained(): void;
  failed(code: string): void;
}

export interface HostConnection {
  /** Undefined while it is not connected. */
  readonly local: HostAddress | undefined;
  readonly remote: HostAddress | undefined;
  /** False: no more for now, though these bytes were taken. */
  write(bytes: Uint8Array): boolean;
  /** Whether data may come. */
  setReading(on: boolean): void;
  setNoDelay(on: boolean): void;
  /** Sends no more. */
  end(): void;
  /** Sends what was written, then goes away. */
  close(): void;
}

export interface HostListener {
  readonly local: HostAddress;
  close(): void;
}

export interface HostDatagramEvents {
  data(bytes: Uint8Array, from: HostAddress): void;
  failed(code: string): void;
}

export interface HostDatagrams {
  readonly local: HostAddress;
  /** Undefined: to whom it is connected. */
  send(bytes: Uint8Array, to: HostAddress | undefined): void;
  /** Only that one is heard and sent to; undefined: everybody again. */
  connect(to: HostAddress | undefined): Promise<void>;
  setBroadcast(on: boolean): void;
  close(): void;
}

export interface HostInterfaceAddress {
  readonly host: string;
  /** Bits of the network's number. */
  readonly prefix: number;
}

/** A network interface of the host. */
export interface HostInterface {
  readonly name: string;
  readonly index: number;
  /** IFF bits and ARPHRD type of Linux. */
  readonly flags: number;
  readonly type: number;
  readonly mtu: number;
  readonly queueLength: number;
  /** Hardware address. */
  readonly mac: Uint8Array;
  readonly addresses: readonly HostInterfaceAddress[];
}

export interface HostNet {
  interfaces(): readonly HostInterface[];
  connect(to: HostAddress, from: HostAddress | undefined, events: HostConnectionEvents): HostConnection;
  /** `accept` is told of every new connection and says who hears of it. `only6`: no IPv4 on an address of IPv6. */
  listen(at: HostAddress, only6: boolean, accept: (connection: HostConnection) => HostConnectionEvents): Promise<HostListener>;
  datagrams(at: HostAddress, only6: boolean, events: HostDatagramEvents): Promise<HostDatagrams>;
  /** Resolves when all that was written has been sent. */
  flush(): Promise<void>;
}
