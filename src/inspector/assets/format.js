// Times, sizes and durations as people read them.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

const moment = (time, format) => {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time ?? "") : format.format(date);
};

export const timeOfDay = (time) => moment(time, clock);
export const dateAndTime = (time) => moment(time, calendar);

export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

export function size(bytes) {
  if (bytes === null || bytes === undefined) return "";
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** Who asked: a persona, a user, or nobody. */
export function caller({ persona, user }) {
  if (user) return persona && persona !== user.details ? `${user.details} (${persona})` : user.details;
  return persona ?? "nobody";
}

/** Why an answer is the answer: the rule that decided, and the reason. */
export function why({ rule, ruleRoute, line, reason }) {
  if (rule === null || rule === undefined) return reason ?? "";
  const place = line ? ` (line ${line})` : "";
  return `routes[${rule}] \`${ruleRoute}\`${place}${reason ? `: ${reason}` : ""}`;
}

/** The class of an answer, for its colour: "s2" to "s5". */
export const statusClass = (status) => `status s${Math.floor((status ?? 0) / 100)}`;
