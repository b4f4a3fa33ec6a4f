export function interopPython(): string;
