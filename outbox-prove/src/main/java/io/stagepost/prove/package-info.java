/**
 * The crash harness of the outbox: {@code outbox/prove}.
 *
 * <pre>
 *   writers ─▶ database ─▶ relays ─▶ Kafka ─▶ consumers ─▶ database      processes of their own,
 *      └──────────┴───────────┴────────┴─────────┴── through proxies     killed and stopped by turns
 *   truth, in the transaction of the event          effects, in the transaction of the inbox
 *                      └──────── compared by the oracle ────────┘
 *                                 and with Kafka's log
 * </pre>
 *
 * <p>A writer changes a key's row, which counts the key's events, writes what it does to the table
 * {@code truth} and publishes it, all in one transaction; so what is in that table is what was
 * committed, whatever a writer believes. A {@link io.stagepost.prove.Plan} makes faults of a seed,
 * {@link io.stagepost.prove.Strikes} carries them out and counts those that bit: that struck
 * something at work. In the end all goes on, the outbox drains, and {@link
 * io.stagepost.prove.Oracle} compares.
 *
 * <p>Only the public API of the library is used.
 */
@NullMarked
package io.stagepost.prove;

import org.jspecify.annotations.NullMarked;
