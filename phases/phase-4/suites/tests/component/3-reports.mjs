import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventually } from '../support/api.mjs';
import { advance, cancel, place } from '../support/orders.mjs';
import { LARGE, LARGE_LINES, reported } from '../support/stores.mjs';

describe('orders, stream and reporting store', () => {
  it('an order that is cancelled arrives in the report', async () => {
    const before = await reported('cancelled', 'GBP');
    await cancel(await place({ currency: 'GBP', lines: LARGE_LINES }));
    await eventually(async () => (await reported('cancelled', 'GBP')).total >= before.total + LARGE, 'the order');
    assert.ok((await reported('cancelled', 'GBP')).orders > before.orders);
  });

  it('an order that is delivered arrives in the report', async () => {
    const before = await reported('delivered', 'GBP');
    await advance(await place({ currency: 'GBP', lines: LARGE_LINES }), 'confirmed', 'shipped', 'delivered');
    await eventually(async () => (await reported('delivered', 'GBP')).total >= before.total + LARGE, 'the order');
    assert.ok((await reported('delivered', 'GBP')).orders > before.orders);
  });

  it('a currency is reported apart from the others', async () => {
    const [pounds, dollars] = [await reported('cancelled', 'GBP'), await reported('cancelled', 'USD')];
    await cancel(await place({ currency: 'USD', lines: LARGE_LINES.map((line) => ({ ...line, quantity: 999 })) }));
    const more = LARGE_LINES[0].unitPrice * 999;
    await eventually(async () => (await reported('cancelled', 'USD')).total >= dollars.total + more, 'the order');
    // Others may place orders in pounds meanwhile: their sums are multiples of another.
    assert.notEqual((await reported('cancelled', 'GBP')).total, pounds.total + more);
  });
});
