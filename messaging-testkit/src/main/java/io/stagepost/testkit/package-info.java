/**
 * For tests of what is built on the library: an in-memory transport, a manual clock, and a
 * recorder.
 *
 * <p>{@link io.stagepost.testkit.InMemoryTransport} is a connection to a broker in this JVM, {@link
 * io.stagepost.testkit.Faults} what goes wrong there, {@link io.stagepost.testkit.ManualClock} the
 * time and the threads of a test that wants neither. Behind the transport:
 *
 * <pre>
 *   MemorySender ──append──▶ Partition ──feed──▶ Member ──offer──▶ Intake (the engine)
 *        ▲                       ▲                  ▲                 │
 *     confirm                 Progress ◀──settle── Flow ◀─────────────┘
 * </pre>
 *
 * <p>A {@code Topic} has partitions; a {@code Group} has members and, per partition, a {@code
 * Progress}: what it has settled. A {@code Flow} is one assignment of a partition to a member; its
 * state diagram is in its documentation.
 *
 * <p>The rules of locking and threads:
 *
 * <ol>
 *   <li>One lock per broker guards topics, groups, progress, flows, faults and sendings under way.
 *       It is held for moments. Under it nobody's code but ours is called: no intake, no future, no
 *       visitor; tasks may be enqueued.
 *   <li>Feeding, and everything that gives or takes an assignment, happens on the broker's line of
 *       deliveries, one thing after another; so nothing is offered to an intake while its
 *       assignment is being released.
 *   <li>Confirmations have a line of their own: a publisher's callback that is slow delays no
 *       delivery. Neither line is a publisher's thread.
 *   <li>With a manual clock both lines are the clock's executor, and no thread is ever started. An
 *       ordinary publish is confirmed there before its call returns: who waits for it has the only
 *       thread.
 *   <li>Settling comes from any thread, and counts until its flow has ended (rule D11).
 * </ol>
 */
@NullMarked
package io.stagepost.testkit;

import org.jspecify.annotations.NullMarked;
