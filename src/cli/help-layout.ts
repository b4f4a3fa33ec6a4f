/** @file How help is laid out: beside long terms, such as TensorFlow Serving's flags, there is no room to explain them. */
import { Help } from 'commander';

/** Narrower columns of text read badly; commander does not wrap them at all. */
const LEAST_TEXT = 40;
/** Around and between the columns. */
const SPACES = 4;
const LEAST_TERM = 12;

/** For `configureHelp`. A term that is too long for its column has a line of its own, above its text. */
export const HELP_LAYOUT: Partial<Help> = {
  subcommandTerm: (command) => command.name(),
  padWidth(this: Help, command, helper) {
    const room = Math.max(LEAST_TERM, (helper.helpWidth ?? 80) - LEAST_TEXT - SPACES);
    return Math.min(room, Help.prototype.padWidth.call(this, command, helper));
  },
  formatItem(this: Help, term, termWidth, description, helper) {
    const item = (left: string) => Help.prototype.formatItem.call(this, left, termWidth, description, helper);
    if (!description || helper.displayWidth(term) <= termWidth) return item(term);
    return `${Help.prototype.formatItem.call(this, term, termWidth, '', helper)}\n${item('')}`;
  },
};
