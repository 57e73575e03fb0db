/**
 * The transactional outbox (rule D08): events are written with the business change, in its
 * transaction, and a relay sends them once that has committed.
 *
 * <pre>
 *   publish:  event ─▶ complete message ─▶ INSERT in the caller's transaction ─▶ (its commit)
 *   relay:    claim ─▶ recall ─▶ fetch ─▶ send ─▶ settle (park, delete) ─▶ judge ─▶ mark ─▶ commit
 * </pre>
 *
 * <p>{@code stagepost_outbox} is a queue in slices, the <em>shards</em>; a key belongs to one shard
 * for ever. Each shard numbers its rows from a sequence of its own. Numbers are drawn before the
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
 * not the sending: up to 2,000 missing ranges are remembered for each shard, and merged beyond
 * that.
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
 *       statement, sent in their order: {@code OrderTest}.
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
 *       until they commit: {@code OrderTest}.
 * </ol>
 *
 * <h2>What can still reorder</h2>
 *
 * <p>Sends are pipelined. If one fails with its fate unknown while successors of its key are
 * already under way, those may arrive before it does. From the next try on the shard is sent with
 * care: nothing passes a key's row whose answer is not in, while other keys flow. A relay process
 * that was paused and continues may repeat rows late: first occurrences keep the order, last ones
 * do not, so a consumer whose last write wins needs the inbox.
 *
 * <h2>Parked rows</h2>
 *
 * <p>What the broker refuses would be refused again, so it is moved to {@code
 * stagepost_outbox_parked} with the reason, and later rows of its key pass it. When the cause is
 * mended, this puts rows back, at the end of their shard (the first statement matters, see the
 * first invariant):
 *
 * <pre>{@code
 * begin;
 * select pg_current_xact_id();
 * with retried as (
 *   delete from stagepost_outbox_parked where error like '%too large%' returning *)
 * insert into stagepost_outbox (shard, id, address, key, headers, body)
 *   select shard, nextval(('stagepost_outbox_id_' || shard)::regclass), address, key, headers, body
 *   from (select * from retried order by shard, id) r;
 * commit;
 * }</pre>
 *
 * <p>Everything that is said to PostgreSQL stands in {@code PostgresOutbox} (publishers, tools) and
 * {@code PostgresRelay}; what its errors mean, in {@code PostgresErrors}. How headers lie in a row
 * is documented at {@code HeaderBytes}.
 */
@NullMarked
package io.stagepost.outbox;

import org.jspecify.annotations.NullMarked;
