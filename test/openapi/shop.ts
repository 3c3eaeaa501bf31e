// A typed client in TypeScript: what docs/openapi.md shows, compiled and run by the
// tests. Usage: node shop.js URL KEY
import createClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';

declare const process: { argv: string[] };
const [url, key] = process.argv.slice(2);
const api = createClient<paths>({
  baseUrl: url,
  headers: { 'X-API-Key': key },
  querySerializer: { array: { style: 'form', explode: false }, object: { style: 'form', explode: true } },
});

const order = { number: 'TS-1', customer_id: 1, placed_at: '2026-01-31T15:04:05Z', status: 'draft', freight: '12.50' } satisfies components['schemas']['CrmOrderCreate'];
const created = await api.POST('/api/crm/orders', { body: order, params: { header: { 'Idempotency-Key': 'shop-ts-1' } } });
if (!created.data) throw new Error(JSON.stringify(created.error));
console.log('created', created.data.number, created.data.freight);

const found = await api.GET('/api/crm/orders', {
  params: { query: { filter: { number__starts_with: 'TS-', status__ne: 'cancelled' }, sort: ['-placed_at', 'number'], limit: 10, expand: ['customer'], count: true } },
});
if (!found.data) throw new Error(JSON.stringify(found.error));
console.log('found', found.data.total, found.data.items[0]?.number, typeof found.data.items[0]?.customer?.name);

const one = await api.GET('/api/crm/orders/{id}', { params: { path: { id: String(created.data.id) } } });
console.log('read', one.data?.id === created.data.id, one.response.headers.get('ETag'));

const placed = await api.POST('/api/crm/v1/orders', { body: { number: 'TS-2', customer: 1, lines: [{ product: 1, quantity: 2 }] } });
if (!placed.data) throw new Error(JSON.stringify(placed.error));
console.log('placed', placed.data.number, placed.data.status);

const refused = await api.POST('/api/crm/orders', { body: { ...order, number: '' } });
console.log('refused', refused.error?.status, refused.error?.errors?.map((e) => `${e.field} ${e.rule}`).join());
