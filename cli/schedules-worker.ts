/** A worker of `schedules --jobs`: some of the scenes. */
import type { ProductOrder } from '#properties/exhaustive/product.ts';
import { productHere } from './schedules.ts';
import { serveOrder } from './serve-order.ts';

serveOrder((order: ProductOrder, onProgress) => productHere(order, onProgress));
