/** The way in for programs of user mode: messages and exit codes. */
import { UserError } from "@tsemu/base";
import type { LinuxAbi } from "@tsemu/target";
import { Answer } from "./answer.ts";
import { planUser, type UserProgram } from "./user/plan-user.ts";
import { runUser } from "./user/run-user.ts";

/** Runs the program and ends the process. */
export async function userMain(program: UserProgram, abi: LinuxAbi, args: readonly string[]): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${program.name}: ${text}\n`);
  const fail = (error: unknown): never => {
    if (error instanceof Answer) {
      process.stdout.write(error.text);
      process.exit(0);
    }
    if (error instanceof UserError) {
      if (error.message.startsWith("usage:")) process.stderr.write(error.message);
      else say(error.message);
      process.exit(error.exitCode);
    }
    say(`internal error: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    if (process.env.TSEMU_DEBUG === "1") process.stderr.write(`${error instanceof Error ? error.stack : ""}\n`);
    else say("this is a bug: please report it, with the output of the same command under TSEMU_DEBUG=1");
    process.exit(1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    await runUser(await planUser(args, process.env, program), program, abi, say);
  } catch (error) {
    fail(error);
  }
}
