/** `npm run demo`: Debian's kernel for ARM to a shell. What follows `--` is given to the emulator too. */
import { spawn } from "node:child_process";
import { debianArm } from "./debian-arm.ts";
import { emulator } from "./guest-process.ts";

const help = `The demo fetches Debian's kernel and BusyBox for ARM with apt, which must be there (Debian, Ubuntu with Debian's sources).
Without it, boot a kernel of your own:
  npx tsemu-system-arm -M virt -m 256 -nographic -kernel zImage -initrd initramfs.gz -append console=ttyAMA0
or the guest that comes with the project:
  npx tsemu-system-arm -M virt -nographic -kernel test/guests/bare/hello-arm.elf
`;

const demo = async (): Promise<number> => {
  const say = (text: string): void => void process.stderr.write(`demo: ${text}\n`);
  let guest: Awaited<ReturnType<typeof debianArm>>;
  try {
    guest = await debianArm(say);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.stderr.write(help);
    return 1;
  }
  const args = ["-M", "virt", "-m", "256", "-nographic", "-kernel", guest.kernel, "-initrd", guest.initrd, "-append", "console=ttyAMA0"];
  say(`tsemu-system-arm ${args.join(" ")}`);
  say("Ctrl-A x ends the emulator, 'poweroff' the guest");
  const child = spawn(process.execPath, [emulator, ...args, ...process.argv.slice(2)], { stdio: "inherit" });
  // The emulator gets these as well, from the terminal; that one only from us.
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("SIGTERM", () => void child.kill("SIGTERM"));
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
};

process.exit(await demo());
