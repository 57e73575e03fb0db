/**
 * The RabbitMQ transport, over AMQP 1.0.
 *
 * <p>{@link io.stagepost.amqp.AmqpTransport} is what an application names; {@code Layout} says what
 * an address and a subscription are at the broker. On the way out, {@code AmqpBinding} turns a
 * CloudEvent into properties and a body (CloudEvents AMQP binding 1.0.2), and {@code AmqpSender}
 * gives it to the {@code Outlet} of its address, which has a link. On the way in:
 *
 * <pre>
 *   broker ──link──▶ Stay ──offer──▶ Intake (the engine)
 *                     ▲                 │      what was not taken is held in its Stay
 *                     └──── settle ─────┘
 *   broker ◀─accepted─┘
 * </pre>
 *
 * <p>The client's own recovery is switched off: a connection that is lost is gone, with all that
 * hangs on it, and another one is opened.
 *
 * <p>A <b>receiver</b> is one thread, its {@code Loop}, on which the client hands out messages too:
 * {@code AmqpReceiver} connects and closes there, {@code Stays} attaches, offers and settles,
 * {@code Members} shares the queues with other members, {@code Suspects} deals with what may kill
 * the process, {@code LookOut} finds queues that have been forgotten. What they know belongs to the
 * loop, and is neither synchronized nor volatile. What is sent as a message, published or asked, is
 * sent beside the loop, since a broker with an alarm reads none. A <b>stay</b> is the time from
 * attaching to a queue to detaching from it: one assignment. Invariants:
 *
 * <ol>
 *   <li>At most {@code Stay.READ_AHEAD} messages of a queue are unsettled with a member.
 *   <li>A queue's messages are offered in the order in which they came; what the intake refuses is
 *       held, and offered before any later one.
 *   <li>A queue that is given up is released first, then its running handlers are waited for (at
 *       most the drain limit), then what they settled is told, and only then it is detached from
 *       (D04). The broker puts what is unsettled back at its place, and makes the next member
 *       active when nothing of this one is unsettled any more.
 *   <li>What is settled after the end of its stay changes nothing (D11).
 * </ol>
 *
 * <p>A connection is <b>joined</b> in three steps: hear of other members (beside), attach to all
 * queues, say so (beside). The second one waits for the first, but not for long.
 *
 * <p>Each member attaches to all queues, of which the broker gives each to one of them, and to the
 * next when that one detaches; whose a queue should be is said by {@code Members}. Members tell
 * each other that they are there, and give up what somebody else weighs more at.
 *
 * <p>What may have killed the process has it to itself: {@code OwnProcess} has one permit for it,
 * and while somebody has that, nothing else is offered. {@code Evidence} is what outlives the
 * process. Invariant: a suspect is offered only after it is stored that this process begins with
 * it.
 *
 * <p>What is put aside until a time is kept by its queue, or, before RabbitMQ 4.3, moved to a
 * {@code Ladder} of queues. Invariant: it is settled only when it is stored there.
 *
 * <p>An <b>outlet</b> sends in the order of the calls, in {@code Turns}: it has a thread only while
 * there is something to be sent. Invariants:
 *
 * <ol>
 *   <li>A message is in its outlet's {@code Line} from the call until it is answered, behind those
 *       that were sent before it. What was left without an answer by a lost link is sent again
 *       before anything newer, until its time is over.
 *   <li>While something is in the line that is to be sent, a turn is under way, or resting, or
 *       about to begin; at most one. What is added, or breaks, wakes it after it can be seen; a
 *       turn that ends looks whether it was woken since it last began to look.
 * </ol>
 */
@NullMarked
package io.stagepost.amqp;

import org.jspecify.annotations.NullMarked;
