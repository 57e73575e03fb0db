/**
 * What an outbox says to its database: the seam for those who add one.
 *
 * <p>A store has two sides. {@link io.stagepost.outbox.store.OutboxStore} is what publishers and
 * tools need: insert, look, retry, discard. {@link io.stagepost.outbox.store.RelaySession} is what
 * one relay needs, round by round: claim, fetch, settle, commit. How it knows that a row with a
 * lower number may still appear is the store's own secret, since databases differ in what they tell
 * of transactions that are open.
 *
 * <p>A new store extends {@code JdbcStore} with its SQL, or implements both interfaces, and runs
 * {@code OutboxStoreContract}.
 */
@NullMarked
package io.stagepost.outbox.store;

import org.jspecify.annotations.NullMarked;
