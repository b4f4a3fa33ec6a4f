/** Where the page is, from the root of the project. */
export const ERRORS_PAGE: string;
/** The page as it must be. */
export function errorsPage(): Promise<string>;
/** Where the table of TensorFlow Serving's flags is, from the root of the project. */
export const FLAGS_PAGE: string;
/** That page with the table as it must be. */
export function flagsPage(page: string): Promise<string>;
