/** Faults of a program become signals. */
import type { FaultContext, Trap } from "@tsemu/target";
import type { Kernel } from "./kernel.ts";
import { PageFault } from "./mm/user-space.ts";
import { SI, SIG } from "./signals/numbers.ts";
import { forceSignal } from "./signals/send.ts";
import type { Task } from "./task.ts";

/** pc as the program sees it. */
function pcOf({ vcpu }: Kernel): number {
  const { pc, pcHigh } = vcpu.place;
  return pcHigh * 2 ** 32 + pc;
}

export function raiseFault(kernel: Kernel, task: Task, fault: PageFault | Extract<Trap, { kind: "signal" }>): void {
  if (fault instanceof PageFault) {
    if (fault.reason === "memory") {
      // No memory is left: whoever asks for more goes.
      kernel.exitProcess(task.process, SIG.SIGKILL);
      return;
    }
    const { address, exactAddress, access, reason } = fault;
    const other = kernel.abi.unaddressable?.(exactAddress, access);
    if (other !== undefined) return raiseFault(kernel, task, other);
    const context: FaultContext = kernel.abi.pageFaultContext(access, reason !== "unmapped", address);
    const [signal, code] =
      reason === "unmapped"
        ? [SIG.SIGSEGV, SI.SEGV_MAPERR]
        : reason === "forbidden"
          ? [SIG.SIGSEGV, SI.SEGV_ACCERR]
          : [SIG.SIGBUS, reason === "unaligned" ? SI.BUS_ADRALN : SI.BUS_ADRERR];
    forceSignal(task, { signal, code, address: exactAddress, fault: context });
    return;
  }
  const address = fault.address ?? pcOf(kernel);
  // The kernel's own code stands for a signal without further information.
  const where = fault.code === SI.KERNEL ? {} : { address };
  forceSignal(task, { signal: SIG[fault.signal], code: fault.code, ...where, fault: { trapNo: fault.trapNo, errorCode: 0, address: 0 } });
}
