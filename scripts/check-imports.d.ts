/** @returns one line for every broken rule */
export function checkImports(root: string): string[];
