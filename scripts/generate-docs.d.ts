/** Where the page is, from the root of the project. */
export const ERRORS_PAGE: string;
/** The page as it must be. */
export function errorsPage(): Promise<string>;
