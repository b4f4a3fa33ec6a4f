/** @file A form as browsers and curl send it, for `inject`. */

/** Parts with a file name are files. */
export function form(parts: { name: string; fileName?: string; content: Buffer | string }[]) {
  const boundary = 'x-boundary';
  const chunks = parts.flatMap(({ name, fileName, content }) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${fileName ? `; filename="${fileName}"` : ''}\r\n`,
    fileName ? 'content-type: application/octet-stream\r\n\r\n' : '\r\n',
    content,
    '\r\n',
  ]);
  const payload = Buffer.concat([...chunks, `--${boundary}--\r\n`].map((chunk) => Buffer.from(chunk)));
  return { payload, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}
