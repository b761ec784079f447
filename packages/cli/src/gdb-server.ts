/** Waits for gdb where an option says, and gives it what it is to debug. */
import { UserError } from "@tsemu/base";
import { GdbSession } from "@tsemu/gdbstub";
import { listenAtPath, nodeNet } from "@tsemu/host-node/user";
import type { HostConnection, HostConnectionEvents } from "@tsemu/hw";
import type { Debuggee } from "@tsemu/target";

/** Where gdb connects: a TCP port, or a socket of the host's by its path. */
export type GdbPlace = { readonly host: string; readonly port: number } | { readonly path: string };

/** Others than the host's own programs must be let in by name: a debugger can do what the guest can. */
const LOCAL = "127.0.0.1";

const portOf = (text: string): number | undefined => (/^[0-9]{1,5}$/.test(text) && Number(text) < 0x1_0000 ? Number(text) : undefined);

/** User mode's: a port, or a path. */
export function userPlace(text: string): GdbPlace {
  const port = portOf(text);
  return port === undefined ? { path: text } : { host: LOCAL, port };
}

/** A machine's: "tcp:[host]:port" or "unix:path", with options of QEMU's that change nothing here. Undefined: "none". */
export function systemPlace(text: string): GdbPlace | undefined {
  const [device = "", ...options] = text.split(",");
  const known = ["server", "server=on", "wait=off", "nowait", "nodelay", "nodelay=on", "ipv4", "ipv4=on"];
  const unknown = options.find((option) => !known.includes(option));
  if (unknown !== undefined) throw new UserError(`-gdb ${text}: Parameter '${unknown}' is unexpected`);
  if (device === "none") return undefined;
  const tcp = /^tcp:(.*):([0-9]+)$/.exec(device);
  const port = tcp === null ? undefined : portOf(tcp[2]!);
  if (port !== undefined) return { host: tcp![1] === "" ? LOCAL : tcp![1]!.replace(/^\[(.*)\]$/, "$1"), port };
  if (device.startsWith("unix:") && device.length > 5) return { path: device.slice(5) };
  throw new UserError(`-gdb ${text}: could not connect gdbserver`);
}

/** Stops listening, once everything has been said. */
export type CloseGdb = () => Promise<void>;

/** One debugger at a time; another one may come after it. */
export async function serveGdb(place: GdbPlace, debuggee: Debuggee): Promise<CloseGdb> {
  let present: GdbSession | undefined;
  const accept = (connection: HostConnection): HostConnectionEvents => {
    const nothing = { connected: () => {}, data: () => {}, ended: () => {}, drained: () => {}, failed: () => {} };
    if (present !== undefined) {
      connection.close();
      return nothing;
    }
    connection.setNoDelay(true);
    const session = new GdbSession({ write: (bytes) => void connection.write(bytes), close: () => connection.close() }, debuggee);
    present = session;
    const gone = (): void => {
      if (present !== session) return;
      present = undefined;
      session.closed();
      connection.close();
    };
    // Node holds what comes back until it is asked for.
    connection.setReading(true);
    return { ...nothing, data: (bytes) => session.receive(bytes), ended: gone, failed: gone };
  };
  try {
    const close = "path" in place ? await listenAtPath(place.path, accept) : (await nodeNet.listen(place, false, accept)).close;
    return () => {
      close();
      return nodeNet.flush();
    };
  } catch (error) {
    const where = "path" in place ? place.path : `${place.host}:${place.port}`;
    throw new UserError(`Failed to open gdb connection at '${where}': ${(error as { readonly code?: string }).code ?? String(error)}`);
  }
}
