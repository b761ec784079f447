/** The instructions: a row each. */
import { insnFor, type TableItem } from "@tsemu/decode";
import type { TemplateTranslator } from "./translator.ts";

export type TemplateItem = TableItem<TemplateTranslator>;

export const insn = insnFor<TemplateTranslator>();

export const rows: readonly TemplateItem[] = [];
