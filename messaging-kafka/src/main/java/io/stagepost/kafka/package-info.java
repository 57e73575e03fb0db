/**
 * The Kafka transport.
 *
 * <p>{@link io.stagepost.kafka.KafkaTransport} is what an application names. Behind it, on the way
 * out, {@code KafkaBinding} turns a CloudEvent into headers, key and value (CloudEvents Kafka
 * binding 1.0.2; {@link io.stagepost.cloudevents} has its JSON), and {@code KafkaSender} gives them
 * to one idempotent producer, after {@code Topics} has made sure that the topic exists. On the way
 * in:
 *
 * <pre>
 *   broker ──poll──▶ Membership ──offer──▶ Intake (the engine)
 *                     │   ▲  ▲                 │
 *                     │   │  └ roomAvailable ──┤      what was not taken is held in its Flow
 *                     ▼   │                    │
 *                    Flow, one per partition   │
 *                      and assignment          │
 *                     │                        │
 *   broker ◀─commit── Ledger ◀──── settle ─────┘
 *          Checkpoint
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
 *   <li>While a member it polls at least every half second: an engine that stays full pauses
 *       partitions, not the loop.
 *   <li>A partition's deliveries are offered in the order of their offsets; what the intake refuses
 *       is held, and offered before any later one.
 *   <li>A partition that is revoked is released first, then its running handlers are waited for (at
 *       most the drain limit), then what they settled is committed, and only then it goes (D04).
 *       Meanwhile what is settled is committed every second: if that finds out that it is lost, its
 *       handlers are cancelled at once (D11).
 *   <li>A partition that is lost is released, and nothing of it is committed any more (D11).
 * </ol>
 *
 * <p>A <b>ledger</b> holds the deliveries of one assignment in the order of their offsets.
 * Invariants: the offset to commit is that of the first delivery which is not settled, or, if all
 * are, the next one to be fetched (D03), and it never goes back; a settled delivery behind an
 * unsettled one costs a slot and no bytes; nothing is taken that lies further than {@code
 * Flow.SPAN} above the first unsettled one (D09), so that a bit for each offset has room in the
 * commit's metadata. Only the receiver's thread touches it, while deliveries are settled by any
 * thread, each by one volatile write.
 *
 * <p>A <b>checkpoint</b> is what is committed: the offset, and in its metadata what is settled
 * above it and the evidence of the {@code CrashGuard}. Invariants: a record is passed over only if
 * a commit says that it was settled, and no later leader wrote it; the evidence that something may
 * be under way is committed before it is offered (FlowInterleavingsTest, CrashGuardTest).
 */
@NullMarked
package io.stagepost.kafka;

import org.jspecify.annotations.NullMarked;
