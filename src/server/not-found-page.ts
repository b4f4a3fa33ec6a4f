/** @file The page of TensorFlow Serving's HTTP library for paths that it does not know. */
export const NOT_FOUND_PAGE =
  '<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n';
