/**
 * The inbox (rule D07): database effects of an event commit together with the record that it was
 * handled, so at most once within its window, however often it is delivered. Beside it, for
 * handlers without a database of their own, {@code JdbcDedupStore}.
 *
 * <pre>
 *   enter the event ─▶ (its key) ─▶ the handler's effects ─▶ commit      one transaction,
 *        │                │                                              one round trip to enter,
 *        └─ known: skip   └─ held by another: recorded, skip             one to commit
 * </pre>
 *
 * <p>Three tables. {@code stagepost_inbox} has a row for each (consumer, source, id) that was
 * handled, on PostgreSQL in partitions by the event's day. {@code stagepost_inbox_mark} says up to
 * which time events are forgotten. {@code stagepost_inbox_key} says which event holds a business
 * (idempotency) key:
 *
 * <pre>
 *            handled                      another event: duplicate, recorded as such
 *   (free) ───────────▶ held ◀──────────┐
 *      │                                │ the same event, redelivered or replayed, handled
 *      └──────────────▶ refused ────────┘
 *            dead-lettered or parked      another event: duplicate, recorded as such
 * </pre>
 *
 * <p>Invariants, and the tests that guard them:
 *
 * <ol>
 *   <li>Record and effect commit or vanish together; done and skip commit, all else rolls back:
 *       {@code InboxContract}, and with the outbox {@code OutboxTest},
 *       d07_d08_effect_inbox_and_outbox_commit_or_vanish_together.
 *   <li>Nobody but the inbox ends its transaction, and what is committed is the transaction that
 *       entered the event, not one that an error has failed: {@code InboxContract},
 *       d07_a_handler_that_ends_the_transaction_by_sql_fails, and {@code JdbcInboxTest},
 *       d07_a_database_error_that_the_handler_swallowed_is_not_success. (PostgreSQL answers COMMIT
 *       in a failed transaction with a rollback, and its driver reports success.) A handler that
 *       said COMMIT is told so, however it ended: {@code InboxContract},
 *       d07_a_handler_that_commits_by_sql_and_then_fails_is_told_and_not_tried_again.
 *   <li>Of two at once the second waits in the unique index until the first has ended: {@code
 *       InboxContract}, d07_the_second_waits...
 *   <li>A refused event holds its key against others and not against itself: {@code InboxContract},
 *       d07_a_refused_event_holds_its_key_against_others_and_not_against_itself.
 *   <li>A key is held for the window of whoever took it, whoever keeps house: {@code
 *       InboxContract}, d07_a_key_is_held_for_the_window_of_whoever_took_it.
 *   <li>Values that an index cannot hold are replaced by their SHA-256, equal ones equally: {@code
 *       InboxContract}, d07_long_ids_and_keys_are_told_apart.
 *   <li>What waits in the database ends with the handler's time, by timeouts of that transaction
 *       alone; COMMIT does not: {@code JdbcInboxTimeoutTest}; when which strikes, {@code Deadline}.
 *   <li>What is forgotten is never taken for new: the mark moves first, only what lies before it is
 *       deleted, and it is read in the statement that enters an event, or after it: {@code
 *       InboxContract}, d07_what_was_forgotten_under_a_shorter_window_is_not_new_under_a_longer.
 * </ol>
 *
 * <p>What is said to a database stands in its {@code InboxDatabase}: {@code PostgresInbox}, {@code
 * MariaDbInbox} and {@code H2Inbox}, the last two on {@code PlainInbox}. Partitions come and go in
 * {@code PostgresPartitions}; {@code Window} says which events are told apart; {@code Housekeeping}
 * forgets.
 */
@NullMarked
package io.stagepost.inbox;

import org.jspecify.annotations.NullMarked;
