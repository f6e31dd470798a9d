-- The rows that order-service stores for the bench's order, a statement for each of its six rows, in one transaction.
-- Ids ascend for each client, as order-service's do.
\set number :number + 1
BEGIN;
INSERT INTO orders (id, version, status, kitchen, customer_id, restaurant_id, restaurant_name, owner_id, pickup,
  delivery_address, auto_accept, prep_minutes, currency, subtotal, delivery_fee, service_fee, tax, tip, total, created_at,
  paid, payment_closed, delivery_closed, needs_attention, customer_erased, lost_drivers)
VALUES (
  ('00000000-0000-7000-8' || lpad(to_hex(:client_id::int), 3, '0') || '-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid,
  1, 'pending', 'waiting', '0190b2c3-0000-7000-8000-0000000000c1', '0190b2c3-0000-7000-8000-000000000001', 'Da Lia',
  '0190b2c3-0000-7000-8000-0000000000a1',
  '{"line1": "Ring 1", "city": "Wien", "postal_code": "1010", "lat": 48.2, "lng": 16.37}',
  '{"line1": "Gasse 2", "city": "Wien", "postal_code": "1020", "lat": 48.21, "lng": 16.38}',
  false, 15, 'EUR', 3220, 299, 161, 368, 200, 4248, now(),
  false, false, false, false, false, '[]');
INSERT INTO order_lines (order_id, position, menu_item_id, name, quantity, options, unit_price, total)
VALUES (
  ('00000000-0000-7000-8' || lpad(to_hex(:client_id::int), 3, '0') || '-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid,
  1, '0190b2c3-0000-7000-8000-000000000011', 'Pizza', 2,
  '[{"id": "0190b2c3-0000-7000-8000-000000000021", "name": "Large", "price": 300}, {"id": "0190b2c3-0000-7000-8000-000000000022", "name": "Cheese", "price": 120}]',
  1370, 2740);
INSERT INTO order_lines (order_id, position, menu_item_id, name, quantity, options, unit_price, total)
VALUES (
  ('00000000-0000-7000-8' || lpad(to_hex(:client_id::int), 3, '0') || '-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid,
  2, '0190b2c3-0000-7000-8000-000000000012', 'Soup', 1, '[]', 480, 480);
INSERT INTO order_history (order_id, version, to_status, kitchen, trigger, event, actor, correlation_id, causation_id, at)
VALUES (
  ('00000000-0000-7000-8' || lpad(to_hex(:client_id::int), 3, '0') || '-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid,
  1, 'pending', 'waiting', 'place', 'order.created', 'customer', '0190b2c3-0000-7000-8000-0000000000d1',
  '0190b2c3-0000-7000-8000-0000000000d1', now());
INSERT INTO outbox (event_id, routing_key, body)
VALUES (gen_random_uuid(), 'order.created', '{"specversion":"1.0","id":"0190b2c3-0000-7000-8000-0000000000e1","source":"/order-service","type":"order.created.v1","subject":"0190b2c3-0000-7000-8000-0000000000f1","time":"2026-11-22T14:00:00.000000Z","datacontenttype":"application/json","sequence":1,"correlationid":"0190b2c3-0000-7000-8000-0000000000d1","causationid":"0190b2c3-0000-7000-8000-0000000000d1","data":{"order_id":"0190b2c3-0000-7000-8000-0000000000f1","customer_id":"0190b2c3-0000-7000-8000-0000000000c1","restaurant_id":"0190b2c3-0000-7000-8000-000000000001","currency":"EUR","subtotal":3220,"delivery_fee":299,"service_fee":161,"tax":368,"tip":200,"total":4248,"payment_method":"tok_ok"}}');
INSERT INTO deadlines (name, subject, due_at)
VALUES (
  'payment.unanswered',
  ('00000000-0000-7000-8' || lpad(to_hex(:client_id::int), 3, '0') || '-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid,
  now() + interval '5 minutes');
COMMIT;
