/**
 * Dead letters: read, grouped, kept, and replayed, on any transport whose dead letters can be read
 * without being consumed.
 *
 * <pre>
 *   Collector ── moves a queue to where it can be read
 *      │
 *   Letters ── what lies at an address, as Letter; grouped as Group; kept in an Archive
 *      │
 *   Planner ── by Terms: what would become of which letters, frozen as a Plan
 *      │
 *    Replay ── does it: sends them again, parks them, or notes that nobody wants them;
 *              confirmed, and then noted in the Ledger
 *
 *    Editor ── writes an edited copy, which takes a letter's place
 *     Purge ── deletes what was dealt with and exported, where the broker can
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
