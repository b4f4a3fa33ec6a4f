import { describe, expect, it } from 'vitest';
import { crc32c, maskCrc } from './crc32c.ts';

describe('crc32c', () => {
  // RFC 3720, B.4.
  it.each([
    ['zeros', new Uint8Array(32), 0x8a9136aa],
    ['ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['descending', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('of 32 bytes, %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('of any length', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0))).toBe(0);
    expect(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345')))).toBe(0xe3069283);
  });

  it('is masked as LevelDB does it', () => {
    // The first 12 bytes of every event file that TensorFlow writes: a length of 24 and its CRC.
    expect(maskCrc(crc32c(Uint8Array.of(24, 0, 0, 0, 0, 0, 0, 0)))).toBe(0x224b7fa3);
  });
});
