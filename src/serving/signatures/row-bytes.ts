/** @file What rows of a request take in memory, before anything of its size is made. */
import type { DataType, PictureFiles } from '../../contracts/index.ts';
import { bytesPerElement } from '../tensors/storage.ts';
import { product } from '../tensors.ts';
import type { FeedPlan, PictureFeed, SignaturePlan } from './served.ts';

/** Of a text that is read from an example: what it says is in the message, and counted there. */
const BYTES_PER_TEXT = 16;

/** Bytes that are made of so many rows of what was sent: decoded pictures, features of examples. */
export function decodedBytes({ feeds }: SignaturePlan, rows: number): number {
  return feeds.reduce((sum, feed) => sum + rows * rowBytes(feed) + numberBytes(feed), 0);
}

/** Of one row in the worker, at the least. */
function numberBytes(feed: FeedPlan): number {
  return 'picture' in feed ? pictureBytes(feed.picture) : 0;
}

function rowBytes(feed: FeedPlan): number {
  switch (feed.kind) {
    case 'tensor':
      return 0;
    case 'pictures':
    case 'examplePictures':
      return product(feed.picture.shape);
    case 'preparedPictures':
      return preparedBytes(feed.files);
    case 'examples': {
      const features = Object.values(feed.features).map(({ dtype, shape }) => product(shape) * elementBytes(dtype));
      const pictures = Object.values(feed.pictures).map(preparedBytes);
      return [...features, ...pictures].reduce((sum, bytes) => sum + bytes, 0);
    }
  }
}

/** Of one picture once it is prepared; sides that are not known count as 1. */
function preparedBytes({ nodes }: PictureFiles): number {
  return Object.values(nodes).reduce((sum, { dtype, shape }) => {
    return sum + product((shape ?? []).map(Math.abs)) * elementBytes(dtype);
  }, 0);
}

function elementBytes(dtype: DataType): number {
  return dtype === 'DT_STRING' ? BYTES_PER_TEXT : bytesPerElement(dtype);
}

/** Of one picture as the graph takes it: a worker makes numbers of its bytes where the graph takes numbers. */
export function pictureBytes({ shape, scale }: PictureFeed): number {
  return product(shape) * (scale ? Float32Array.BYTES_PER_ELEMENT : 1);
}
