export function interopTfjs(): string;
