-- What the customary shape does to the database: the statements of each step as
-- the store had them at the schema's version 11, in their order. This copy is
-- frozen, as schema.sql is. A line "<- a b" names the parameters of the statement
-- above it; a quoted one stands for itself, now+5s for an instant.

-- step accept
begin
SELECT id FROM holds WHERE transaction_id = $1 AND client_id = $2
	<- tx client
SELECT body_digest, hold_id, reply FROM idempotency WHERE client_id = $1 AND key = $2
	<- client key
SELECT * FROM customers WHERE id = $1
	<- customer
SELECT * FROM devices WHERE customer_id = $1 ORDER BY id
	<- customer
SELECT n.id, n.number, n.country, n.prefix, n.line, n.opted_out_at, p.since, p.unusable_at FROM phones p JOIN numbers n ON n.id = p.number_id WHERE p.customer_id = $1 ORDER BY p.since, n.id
	<- customer
SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)
INSERT INTO holds (id, client_id, customer_id, transaction_id, request, terms, tx_digest, status, revision, deadline, accepted_at, look_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	<- hold client customer tx request terms digest 'held' '1' now+86400s now now
INSERT INTO idempotency (client_id, key, body_digest, hold_id, reply) VALUES ($1, $2, $3, $4, $5)
	<- client key digest hold reply
SELECT seq, hash FROM audit_heads WHERE subject = $1 FOR UPDATE
	<- hold
INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES ($1, $2, $3, $4)
	<- hold '1' entry1 digest
INSERT INTO audit_heads (subject, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
	<- hold '1' digest
INSERT INTO outbox (workflow_id, kind, due_at) VALUES ($1, $2, $3)
	<- hold 'start' now
commit
SELECT pg_notify($1, $2)
	<- 'holdfast' notice

-- step open
begin
SELECT 1 FROM holds WHERE id = $1 FOR UPDATE
	<- hold
SELECT * FROM holds WHERE id = $1
	<- hold
SELECT 1 FROM customers WHERE id = $1 FOR NO KEY UPDATE
	<- customer
SELECT * FROM customers WHERE id = $1
	<- customer
SELECT * FROM devices WHERE customer_id = $1 ORDER BY id
	<- customer
SELECT n.id, n.number, n.country, n.prefix, n.line, n.opted_out_at, p.since, p.unusable_at FROM phones p JOIN numbers n ON n.id = p.number_id WHERE p.customer_id = $1 ORDER BY p.since, n.id
	<- customer
SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)
SELECT h.look_at, COALESCE((SELECT a.second FROM approvals a WHERE a.hold_id = h.id AND a.kind = 'override' AND a.status = 'approved' AND a.revision = h.revision), '') AS overridden FROM holds h WHERE h.id = $1
	<- hold
SELECT * FROM challenges WHERE hold_id = $1 ORDER BY revision, rung, channel
	<- hold
SELECT device_id FROM presence WHERE customer_id = $1 AND seen_at > $2
	<- customer now-15s
SELECT (SELECT COUNT(*) FROM challenges WHERE hold_id = $1 AND channel = 'push' AND status <> 'undeliverable') AS of_hold, (SELECT COUNT(*) FROM challenges WHERE customer_id = $2 AND channel = 'push' AND status <> 'undeliverable' AND answer = '' AND opened_at > $3) AS of_customer
	<- hold customer now-3600s
INSERT INTO challenges (id, hold_id, customer_id, revision, rung, channel, status, cause, nonce, tx_digest, min_uv, opened_at, expires_at, closed_at, number_id, key_id, digits) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
	<- challenge hold customer '1' '0' 'push' 'open' '' nonce digest 'pin' now '0' '0' '' '' '0'
SELECT seq, hash FROM audit_heads WHERE subject = $1 FOR UPDATE
	<- hold
INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES ($1, $2, $3, $4)
	<- hold '2' entry2 digest
INSERT INTO audit_heads (subject, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
	<- hold '2' digest
UPDATE holds SET rung = $1, rung_opened_at = $2, rung_first_ends_at = $3 WHERE id = $4
	<- '0' now '0' hold
UPDATE holds SET rung_ends_at = $1 WHERE id = $2
	<- now+5s hold
UPDATE holds SET look_at = $1 WHERE id = $2
	<- now+5s hold
commit
SELECT pg_notify($1, $2)
	<- 'holdfast' customer

-- step challenges
SELECT * FROM challenges WHERE hold_id = $1 ORDER BY revision, rung, channel
	<- hold

-- step answer
begin
SELECT hold_id FROM challenges WHERE id = $1 AND customer_id = $2
	<- challenge customer
SELECT 1 FROM holds WHERE id = $1 FOR UPDATE
	<- hold
SELECT * FROM holds WHERE id = $1
	<- hold
SELECT 1 FROM customers WHERE id = $1 FOR NO KEY UPDATE
	<- customer
SELECT * FROM customers WHERE id = $1
	<- customer
SELECT * FROM devices WHERE customer_id = $1 ORDER BY id
	<- customer
SELECT n.id, n.number, n.country, n.prefix, n.line, n.opted_out_at, p.since, p.unusable_at FROM phones p JOIN numbers n ON n.id = p.number_id WHERE p.customer_id = $1 ORDER BY p.since, n.id
	<- customer
SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)
SELECT h.look_at, COALESCE((SELECT a.second FROM approvals a WHERE a.hold_id = h.id AND a.kind = 'override' AND a.status = 'approved' AND a.revision = h.revision), '') AS overridden FROM holds h WHERE h.id = $1
	<- hold
SELECT * FROM challenges WHERE hold_id = $1 ORDER BY revision, rung, channel
	<- hold
UPDATE challenges SET attempts = attempts + 1 WHERE id = $1
	<- challenge
SELECT COUNT(*) FROM answers WHERE challenge_id = $1 AND proof_digest = $2
	<- challenge digest
UPDATE answers SET late = 'overruled' WHERE challenge_id = $1 AND late = ''
	<- challenge
INSERT INTO answers (id, challenge_id, device_id, answer, uv, proof_digest, late, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	<- answer challenge device 'approve' 'pin' digest '' now
UPDATE challenges SET status = 'answered', answer = $1, closed_at = $2, void_at = 0 WHERE id = $3
	<- 'approve' now challenge
SELECT seq, hash FROM audit_heads WHERE subject = $1 FOR UPDATE
	<- hold
INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES ($1, $2, $3, $4)
	<- hold '3' entry3 digest
INSERT INTO audit_heads (subject, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
	<- hold '3' digest
UPDATE holds SET look_at = $1 WHERE id = $2
	<- now hold
INSERT INTO outbox (workflow_id, kind, due_at) VALUES ($1, $2, $3)
	<- hold 'wake' now
commit
SELECT pg_notify($1, $2)
	<- 'holdfast' notice

-- step conclude
begin
SELECT 1 FROM holds WHERE id = $1 FOR UPDATE
	<- hold
SELECT * FROM holds WHERE id = $1
	<- hold
SELECT 1 FROM customers WHERE id = $1 FOR NO KEY UPDATE
	<- customer
SELECT * FROM customers WHERE id = $1
	<- customer
SELECT * FROM devices WHERE customer_id = $1 ORDER BY id
	<- customer
SELECT n.id, n.number, n.country, n.prefix, n.line, n.opted_out_at, p.since, p.unusable_at FROM phones p JOIN numbers n ON n.id = p.number_id WHERE p.customer_id = $1 ORDER BY p.since, n.id
	<- customer
SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)
SELECT h.look_at, COALESCE((SELECT a.second FROM approvals a WHERE a.hold_id = h.id AND a.kind = 'override' AND a.status = 'approved' AND a.revision = h.revision), '') AS overridden FROM holds h WHERE h.id = $1
	<- hold
SELECT * FROM challenges WHERE hold_id = $1 ORDER BY revision, rung, channel
	<- hold
INSERT INTO decisions (hold_id, outcome, reason, author, decided_at) VALUES ($1, $2, $3, $4, $5)
	<- hold 'release' 'approved' 'customer' now
UPDATE holds SET status = $1, decided_at = $2, look_at = $3 WHERE id = $4 AND status = 'held'
	<- 'releasing' now now hold
UPDATE tasks SET status = 'closed', closed_at = $1, cause = $2 WHERE hold_id = $3 AND status <> 'closed'
	<- now 'decided' hold
SELECT * FROM approvals WHERE status = 'pending' AND hold_id = $1 ORDER BY id
	<- hold
SELECT seq, hash FROM audit_heads WHERE subject = $1 FOR UPDATE
	<- hold
INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES ($1, $2, $3, $4)
	<- hold '4' entry4 digest
INSERT INTO audit_heads (subject, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
	<- hold '4' digest
commit
SELECT pg_notify($1, $2)
	<- 'holdfast' notice

-- step hold
SELECT * FROM holds WHERE id = $1
	<- hold
SELECT d.hold_id, d.outcome, d.reason, d.author, d.decided_at, COALESCE(r.at, 0) AS recall_at FROM decisions d LEFT JOIN recalls r ON r.hold_id = d.hold_id WHERE d.hold_id = $1
	<- hold

-- step settle
begin
SELECT 1 FROM holds WHERE id = $1 FOR UPDATE
	<- hold
SELECT * FROM holds WHERE id = $1
	<- hold
SELECT d.hold_id, d.outcome, d.reason, d.author, d.decided_at, COALESCE(r.at, 0) AS recall_at FROM decisions d LEFT JOIN recalls r ON r.hold_id = d.hold_id WHERE d.hold_id = $1
	<- hold
SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)
UPDATE holds SET status = $1, parked_at = 0 WHERE id = $2
	<- 'released' hold
SELECT x.number_id AS id, x.prefix FROM texts x WHERE x.hold_id = $1 AND x.kind IN ('challenge', 'reminder') AND x.status IN ('sending', 'sent', 'delivered') ORDER BY x.created_at DESC LIMIT 1
	<- hold
SELECT seq, hash FROM audit_heads WHERE subject = $1 FOR UPDATE
	<- hold
INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES ($1, $2, $3, $4)
	<- hold '5' entry5 digest
INSERT INTO audit_heads (subject, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
	<- hold '5' digest
commit
SELECT pg_notify($1, $2)
	<- 'holdfast' notice
