/** The programs' common way in: messages and exit codes. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { Program } from "./plan.ts";
import { planSystem } from "./plan-system.ts";
import { runSystem } from "./run-system.ts";

/** Runs the program with those arguments and ends the process. Whatever happens, the user gets a line, not a stack trace. */
export const main = async (program: Program, args: readonly string[]): Promise<void> => {
  const say = (text: string): void => void process.stderr.write(`${program.name}: ${text}\n`);
  const fail = (error: unknown): never => {
    // Before the message, so that it is not printed on a terminal in raw mode: process.exit gives it back, too late for that.
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    report(error, say);
    process.exit(error instanceof UserError ? error.exitCode : 1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    process.exit(await runSystem(planSystem(args, program, Date.now()), program, say));
  } catch (error) {
    if (error instanceof Answer) {
      process.stdout.write(error.text);
      process.exit(0);
    }
    fail(error);
  }
};

const report = (error: unknown, say: (text: string) => void): void => {
  if (error instanceof UserError) return say(error.message);
  say(`internal error: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
  if (process.env.TSEMU_DEBUG === "1") process.stderr.write(`${error instanceof Error ? error.stack : ""}\n`);
  else say("this is a bug: please report it, with the output of the same command under TSEMU_DEBUG=1");
};
