/** A worker of `--jobs`: one share of a campaign. */
import { campaignHere, type WorkerOrder } from './concurrent.ts';
import { serveOrder } from './serve-order.ts';

serveOrder((order: WorkerOrder, onProgress) => campaignHere(order, onProgress));
