export function generatedPages(): Promise<Record<string, string>>;
