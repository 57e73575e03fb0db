/**
 * The contract suite for stores. Published beside the module with the classifier {@code tests}; it
 * needs JUnit 5, AssertJ, Awaitility and {@code messaging-testkit}, for the clock.
 *
 * <p>Whoever writes a store extends {@link io.stagepost.outbox.contract.OutboxStoreContract}:
 *
 * <pre>{@code
 * class SqlServerStoreContractTest extends OutboxStoreContract {
 *   @Override protected DataSource dataSource() { return server; }
 *   @Override protected OutboxStore store(String table, int shards) {
 *     return new SqlServerStore(table, shards);
 *   }
 *   @Override protected String schema() { return "dbo"; }
 * }
 * }</pre>
 */
@NullMarked
package io.stagepost.outbox.contract;

import org.jspecify.annotations.NullMarked;
