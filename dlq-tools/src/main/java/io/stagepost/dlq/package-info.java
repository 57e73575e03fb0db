/**
 * Dead letters: read, grouped, kept, and replayed, on any transport whose dead letters can be read
 * without being consumed.
 *
 * <pre>
 *   Collector ── moves a queue to where it can be read
 *      │
 *   Letters ── what lies at an address, as Letter; grouped as Group; kept in an Archive
 *      │
 *     Plan ── which letters would be replayed, frozen, and what would become of each
 *      │
 *    Replay ── sends them again, confirmed, and notes it in the Ledger
 * </pre>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Nothing here consumes or deletes, but for {@link io.stagepost.dlq.Collector}, which empties
 *       queues, and {@link io.stagepost.dlq.Purge}: a dead-letter address is a log, and stays as it
 *       is. What has become of a letter is said by the {@link io.stagepost.dlq.Ledger}, which is
 *       only ever appended to.
 *   <li>A letter is noted as replayed after its message was confirmed, never before. So a run that
 *       dies may send again what was in flight, at most as many as its bound, with the same ids.
 *   <li>Of all runs on an address one at a time holds its claim.
 * </ul>
 */
@NullMarked
package io.stagepost.dlq;

import org.jspecify.annotations.NullMarked;
