/** The CPU models, oldest first. */
import type { CpuModel } from "@tsemu/target";

export interface TemplateModel extends CpuModel {
  readonly name: string;
}

export const models: readonly TemplateModel[] = [{ name: "template-1", description: "the first template CPU" }];
