/**
 * The contract suite for stores: {@link io.stagepost.outbox.contract.OutboxStoreContract}.
 * Published beside the module with the classifier {@code tests}; it needs JUnit 5, AssertJ,
 * Awaitility and {@code messaging-testkit}, for the clock.
 */
@NullMarked
package io.stagepost.outbox.contract;

import org.jspecify.annotations.NullMarked;
