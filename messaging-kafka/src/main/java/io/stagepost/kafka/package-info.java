/**
 * The Kafka transport.
 *
 * <p>{@link io.stagepost.kafka.KafkaTransport} is what an application names. Behind it, on the way
 * out, {@code KafkaBinding} turns a CloudEvent into headers, key and value (CloudEvents Kafka
 * binding 1.0.2; {@code JsonEvents} is its JSON), and {@code KafkaSender} gives them to one
 * idempotent producer, after {@code Topics} has made sure that the topic exists. On the way in:
 *
 * <pre>
 *   broker ──poll──▶ Membership ──offer──▶ Intake (the engine)
 *                       │   ▲                  │
 *                       │   └── roomAvailable ─┤      what was not taken is held, its partition paused
 *                       ▼                      │
 *   broker ◀─commit── Ledger ◀──── settle ─────┘      one per partition and assignment
 * </pre>
 *
 * <p>A record is one delivery, with one exception: of a record that holds a batch of events each is
 * a delivery of its own ({@code BatchedEvent}), and the record is settled when all of them are. The
 * ledger knows records only.
 *
 * <p>A <b>receiver</b> is one thread, and a succession of memberships in the consumer group:
 *
 * <pre>
 *              joined                       closed
 *   (start) ──────────▶ MEMBER ────────────────────────────────▶ CLOSED
 *                        ▲  │ anything unexpected                  ▲
 *           backoff over │  ▼ (logged, handed over as far as it goes)
 *                       WAITING ───────────────────────────────────┘
 * </pre>
 *
 * Its invariants:
 *
 * <ol>
 *   <li>While a member it never stops polling: a full engine pauses partitions, not the loop.
 *   <li>A partition's deliveries are offered in the order of their offsets; while some of them are
 *       held back, the partition is paused, and no later one is offered.
 *   <li>A partition that is revoked is released first, then its running handlers are waited for (at
 *       most the drain limit), then what they settled is committed, and only then it goes (D04).
 *   <li>A partition that is lost is released, and nothing of it is committed any more (D11).
 * </ol>
 *
 * <p>A <b>ledger</b> holds the deliveries of one assignment in the order of their offsets.
 * Invariants: the offset to commit is that of the first delivery which is not settled, or, if all
 * are, the next one to be fetched (D03), and it never goes back; a settled delivery behind an
 * unsettled one costs a slot and no bytes; a ledger that has grown to its bound pauses its
 * partition (D09). Only the receiver's thread touches it, while deliveries are settled by any
 * thread, each by one volatile write.
 */
@NullMarked
package io.stagepost.kafka;

import org.jspecify.annotations.NullMarked;
