/**
 * The transactional outbox (rule D08): events are written with the business change, in its
 * transaction, and a relay sends them once that has committed.
 *
 * <pre>
 *   publish:  event ─▶ complete message ─▶ INSERT in the caller's transaction ─▶ (its commit)
 *   relay:    claim ─▶ fetch ─▶ choose ─▶ send ─▶ settle (delete, park) ─▶ learn ─▶ commit
 * </pre>
 *
 * <p>{@code stagepost_outbox} is a queue in slices, the <em>shards</em>; a key belongs to one shard
 * for ever. How a relay finds what was committed is its store's secret (package {@code store}); on
 * PostgreSQL each shard numbers its rows from a sequence of its own. Numbers are drawn before the
 * commit, so a row with a lower number may appear after one with a higher number was seen. The
 * relay therefore remembers, for each shard, the highest number it has seen and which ones below it
 * are missing, and asks for both in every round:
 *
 * <pre>
 *                 below a number seen            found
 *   (not drawn) ───────────────────────▶ missing ─────▶ sent ─▶ deleted
 *        │                                  │              └──▶ parked, if the broker refuses it
 *        └── found above all seen ──▶ sent  └─ its transaction is over, and it is
 *                                              not there: forgotten
 * </pre>
 *
 * <p>Cost: a round is one claim, one fetch, one delete and one commit, whatever the backlog; an
 * idle one writes nothing. A foreign transaction that stays open for long holds up the forgetting,
 * not the sending: up to 2,000 missing ranges are remembered for each shard, and merged beyond that
 * where no row was left between them.
 *
 * <h2>Invariants, and the tests that guard them</h2>
 *
 * <ol>
 *   <li>A transaction gets its id before it draws a row number: {@code InterleavingsTest},
 *       the_library_draws_the_transaction_id_before_any_row_id; what happens otherwise:
 *       mutation_without_the_transaction_id_first_its_row_would_be_lost.
 *   <li>Numbers grow in the order in which they are drawn: sequences have CACHE 1 and are never set
 *       back: {@code OutboxTest}, d19_all_that_is_wrong_with_the_schema_is_said_at_once.
 *   <li>The horizon of a hole is a transaction id assigned after the snapshot that showed it:
 *       {@code InterleavingsTest}, d08_a_late_commit_with_a_higher_transaction_id_is_found; what
 *       happens otherwise: mutation_with_xmax_as_the_horizon_it_would_be_lost.
 *   <li>{@code xmin} and the rows come from one snapshot, and all numbers of a shard from one
 *       statement, sent in their order: {@code OrderTest}; what happens otherwise: {@code
 *       InterleavingsTest}, mutation_with_two_statements_a_row_would_be_passed_over.
 *   <li>Nothing is judged beyond a cut: {@code ShardMemoryTest} and {@code RoundTest},
 *       d08_a_cut_judges_nothing_beyond_itself.
 *   <li>Locks are taken before, and apart from, the fetch: {@code RoundTest},
 *       d08_several_relays_share_the_shards_and_hand_over, and {@code OrderTest}.
 *   <li>Only what was confirmed or parked is deleted, and nothing is committed before every answer
 *       is in: {@code RoundTest},
 *       d08_after_an_unknown_failure_what_was_confirmed_is_deleted_and_the_rest_is_sent_again and
 *       d08_a_session_cut_between_send_and_delete_loses_nothing.
 *   <li>Memory holds facts that stay true; old memory is dear, not wrong: {@code ShardMemoryTest},
 *       d08_in_random_schedules_of_several_relays_every_committed_row_is_found_once. Any error ends
 *       the session and its memory: {@code RelayTest}, and {@code CrashTest} for the server's.
 *   <li>Transaction ids are 64 bits wide; none is compared as 32.
 *   <li>The order of a key is that of the commits only if its writers lock something of the key
 *       until they commit, or publish in strict order: {@code OrderTest}; {@code
 *       InterleavingsTest}, d08_with_strict_order_writers_of_a_key_wait_for_each_other.
 *   <li>The mark never passes a row that was left: {@code DestinationTest},
 *       d08_whatever_fails_first_occurrences_keep_the_order_of_each_key.
 * </ol>
 *
 * <h2>What cannot be sent</h2>
 *
 * <p>A row whose fate is unknown stays where it is, and with it what follows in its <em>lane</em>
 * (its key at its address); other lanes go on. After a while the first row of the lane is tried
 * again, by its id. Once it is answered, what follows it is read again from the shard's mark, which
 * never passes what was left ({@code Shard}). When five lanes of an address have failed and none
 * was answered, the address rests ({@code Destination}): its rows are left, one tries now and then,
 * and when it is answered all is read again.
 *
 * <pre>
 *   fetched ─▶ sent ─▶ confirmed ─▶ deleted
 *      │         ├──▶ refused for its own fault ─▶ parked, until a person retries or discards it
 *      │         └──▶ unknown ─┐
 *      └── its lane failed, ───┴▶ left ─▶ read again: when the lane's first row is answered, when
 *          is held, or its address rests             the address is back, or when somebody has dealt
 *                                                    with the parked row
 * </pre>
 *
 * <p>What the broker refuses would be refused again, so it is parked with the reason. Later rows of
 * its key pass it, or wait behind it, as {@code OnRefused} says. To retry it puts it back under its
 * old number, takes the mark back below it, and counts up the shard's epoch, by which every relay
 * knows that what it remembers has to be read anew ({@code ParkedTest}).
 *
 * <h2>What can still reorder</h2>
 *
 * <p>Sends are pipelined. If one fails with its fate unknown while successors of its key are
 * already under way, those may arrive before it does. From the next try on it is sent with care:
 * nothing passes a lane's row whose answer is not in. With {@code HOLD_KEY} everything is. A relay
 * process that was paused and continues may repeat rows late: first occurrences keep the order,
 * last ones do not, so a consumer whose last write wins needs the inbox.
 *
 * <p>How headers lie in a row is documented at {@code HeaderBytes}.
 */
@NullMarked
package io.stagepost.outbox;

import org.jspecify.annotations.NullMarked;
